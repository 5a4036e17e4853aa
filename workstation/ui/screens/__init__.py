"""The panes of the candidate's desk that show and change records."""

from workstation.desk.state import DeskState
from workstation.ui.pane import Pane
from workstation.ui.screens.booking_desk import BookingDeskPane
from workstation.ui.screens.campaign_desk import CampaignDeskPane
from workstation.ui.screens.chat_desk import ChatDeskPane
from workstation.ui.screens.collection_desk import CollectionDeskPane
from workstation.ui.screens.contact_desk import ContactDeskPane
from workstation.ui.screens.customer_file import CustomerFilePane
from workstation.ui.screens.documents_desk import DocumentsDeskPane
from workstation.ui.screens.notes import NotesPane
from workstation.ui.screens.office_desk import OfficeDeskPane
from workstation.ui.screens.order_desk import OrderDeskPane
from workstation.ui.screens.reference import ReferencePane
from workstation.ui.screens.reply_desk import ReplyDeskPane
from workstation.ui.screens.retention_desk import RetentionDeskPane
from workstation.ui.screens.search import SearchPane
from workstation.ui.screens.selling_desk import SellingDeskPane
from workstation.ui.screens.support_desk import SupportDeskPane
from workstation.ui.screens.survey_desk import SurveyDeskPane

RECORD_PANES: tuple[type[Pane[DeskState]], ...] = (
    CustomerFilePane,
    OrderDeskPane,
    CollectionDeskPane,
    ContactDeskPane,
    DocumentsDeskPane,
    ReferencePane,
    SearchPane,
    NotesPane,
    SurveyDeskPane,
    CampaignDeskPane,
    SupportDeskPane,
    ChatDeskPane,
    BookingDeskPane,
    SellingDeskPane,
    RetentionDeskPane,
    ReplyDeskPane,
    OfficeDeskPane,
)
