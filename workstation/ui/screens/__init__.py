"""The panes of the candidate's desk that show and change records."""

from workstation.ui.pane import Pane
from workstation.ui.screens.collection_desk import CollectionDeskPane
from workstation.ui.screens.customer_file import CustomerFilePane
from workstation.ui.screens.order_desk import OrderDeskPane

RECORD_PANES: tuple[type[Pane], ...] = (CustomerFilePane, OrderDeskPane, CollectionDeskPane)
