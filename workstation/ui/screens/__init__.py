"""The panes of the candidate's desk that show and change records."""

from workstation.ui.pane import Pane
from workstation.ui.screens.customer_file import CustomerFilePane

RECORD_PANES: tuple[type[Pane], ...] = (CustomerFilePane,)
