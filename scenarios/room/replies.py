"""The papers of the written replies: PDF and OpenDocument, made from the record when asked for and kept in the sitting's `replies/`."""

# Annotations are evaluated here, not postponed: FastAPI must see the dependencies closed over by `replies_router`.
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import Response

from crm_mock.documents import address_in_force, postal_lines
from crm_mock.journal import Event
from crm_mock.models import Address, Contact, Reply
from crm_mock.reply_odt import reply_odt
from crm_mock.reply_pages import reply_pdf
from crm_mock.reply_paper import Paper
from scenarios.room.access import Identity, only
from scenarios.room.live_sitting import LiveSitting

FOLDER = "replies"
PDF, ODT = "application/pdf", "application/vnd.oasis.opendocument.text"


@dataclass(frozen=True)
class Written:
    """A paper as kept: `name` is its file's."""

    name: str
    media_type: str
    content: bytes


def candidate_of(live: LiveSitting) -> str:
    """What names the candidate on paper: the number the sitting was opened with, else the place and the sitting."""
    opened = live.sitting.opened
    return str((opened.get("session") or {}).get("candidate") or f"{live.station}, séance {opened['id']}")


def paper_of(live: LiveSitting, reply: Reply) -> Paper:
    contact = live.case.get(Contact, reply.contact_id)
    address = address_in_force(live.case.all(Address, contact_id=contact.id), live.pack.day)
    asked = next((s.written.id for s in live.simulations if s.written and s.id == reply.simulation), reply.simulation)
    return Paper(live.pack.company, reply, tuple(postal_lines(contact, address)), live.pack.day, candidate_of(live), asked)


def write_paper(live: LiveSitting, reply_id: str, form: Literal["pdf", "odt"], actor: str) -> Written:
    """Made, kept on disk, journaled as `ReplyExported`. Raises RecordNotFound; SittingError for a disk that refuses."""
    reply = live.case.get(Reply, reply_id)
    paper = paper_of(live, reply)
    content = reply_pdf(paper) if form == "pdf" else reply_odt(paper)
    stem = re.sub(r"[^A-Za-z0-9-]", "-", paper.asked)[:40] or "reponse"
    name = f"{stem}-{paper.sha256[:12]}{'' if reply.status == 'remise' else '-brouillon'}.{form}"
    live.keep_file(FOLDER, name, content, "paper_not_kept", "Ce document ne peut pas être écrit dans le dossier de la séance.")
    data = {"id": reply.id, "contact_id": reply.contact_id, "simulation": reply.simulation, "status": reply.status, "file": name}
    live.journal([Event("ReplyExported", {**data, "sha256": hashlib.sha256(content).hexdigest(), "text_sha256": paper.sha256}, actor)])
    return Written(name, PDF if form == "pdf" else ODT, content)


def replies_router(live: Callable[[Identity], LiveSitting], authorise: Callable[[Request], Identity]) -> APIRouter:
    """GET /sitting/replies/{id}/pdf and …/odt."""
    router = APIRouter(prefix="/sitting/replies", tags=["sitting"])

    @router.get(
        "/{reply_id}/{form}",
        response_class=Response,
        responses={200: {"content": {PDF: {}, ODT: {}}}},
        summary="Une réponse écrite, en fichier",
    )
    def paper(
        reply_id: Annotated[str, Path(max_length=64, pattern=r"^[A-Za-z0-9_-]+$")],
        form: Literal["pdf", "odt"],
        who: Annotated[Identity, Depends(authorise)],
    ) -> Response:
        """La lettre ou l'e-mail à en-tête, avec le numéro de candidat et l'empreinte du texte ; un brouillon est marqué comme tel."""
        only(who, "candidate", "trainer")
        made = write_paper(live(who), reply_id, form, who.name)
        return Response(made.content, media_type=made.media_type, headers={"Content-Disposition": f'attachment; filename="{made.name}"'})

    return router
