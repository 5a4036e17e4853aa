"""The company's information system over HTTP: a router to include under a prefix, and its error answers.

    app.include_router(crm_router(lambda caller: case_file, authorise), prefix="/crm")
    answer_crm_errors(app)

`authorise` is a FastAPI dependency that gives a `Caller` or refuses; `async def`, it costs no change of thread.
Errors are JSON `{"error_id", "title", "details"}`.
"""

# Annotations are evaluated here, not postponed: FastAPI must see the dependencies closed over by `crm_router`.
import datetime as dt
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field
from starlette.types import Message

from crm_mock import permissions
from crm_mock.casefile import CaseFile
from crm_mock.errors import BodyTooLarge, CrmError, Forbidden, InvalidFields, UnknownKind
from crm_mock.journal import Event
from crm_mock.models import KINDS, CustomerFile, Listing, Product, Saved, SearchPage
from crm_mock.rules import card_numbers
from crm_mock.store import dump
from crm_mock.validation import french_messages

LIST_LIMIT = 500  # records of one page
BODY_LIMIT = 256 * 1024  # bytes; the largest record of a form is some 20 kB


@dataclass(frozen=True)
class Caller:
    """Who is asking: the role of the token ("candidate", "customer", "trainer"), a name for the journal, and the place (a station of a
    room) whose case file is meant."""

    role: str
    name: str
    place: str = ""


class WriteBody(BaseModel):
    """A save. `version` is the one the form was opened on, 0 to create; `fields` holds only what is to be set."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "write_id": "5b1e4a52-0c0e-4f6e-9a44-5d3a3a0f6c11",
                    "version": 3,
                    "fields": {"line1": "3 impasse du Colombier-Vert", "city": "Saint-Orme-le-Haut", "valid_from": "2026-12-01"},
                    "call_key": "c-2026-11-23-0007",
                }
            ]
        },
    )
    write_id: UUID
    version: Annotated[int, Field(ge=0, le=2**53)]
    fields: dict[str, Any]
    call_key: Annotated[str, Field(max_length=120)] = ""


class Problem(BaseModel):
    """Every refusal: a stable `error_id`, a French sentence for a person, details for the form."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "error_id": "invalid_fields",
                    "title": "Certains champs sont à corriger : rien n'a été enregistré.",
                    "details": {"fields": {"due_on": "Date non reconnue ; attendu : AAAA-MM-JJ."}},
                }
            ]
        }
    )
    error_id: str
    title: str
    details: dict[str, Any]


class BoundedRoute(APIRoute):
    """Stops reading a body beyond `BODY_LIMIT`, whatever its Content-Length says."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def bounded(request: Request) -> Response:
            body = bytearray()
            async for chunk in request.stream():
                body += chunk
                if len(body) > BODY_LIMIT:
                    raise BodyTooLarge(BODY_LIMIT)

            async def replay() -> Message:
                return {"type": "http.request", "body": bytes(body), "more_body": False}

            return await handle(Request(request.scope, replay))

        return bounded


def answer_crm_errors(app: FastAPI) -> None:
    """Gives the error tree, and requests that do not fit their form, the answers of `Problem`."""

    async def crm_error(_request: Request, error: Exception) -> Response:
        assert isinstance(error, CrmError)
        return JSONResponse(error.as_dict(), status_code=error.status)

    async def invalid_request(_request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        told = InvalidFields(french_messages(error.errors()))
        return JSONResponse(told.as_dict(), status_code=told.status)

    app.add_exception_handler(CrmError, crm_error)
    app.add_exception_handler(RequestValidationError, invalid_request)


_REFUSALS: dict[int | str, dict[str, Any]] = {
    403: {"model": Problem, "description": "Ce rôle n'a pas ce droit"},
    404: {"model": Problem, "description": "Fiche ou type de fiche inconnu"},
}
_WRITE_REFUSALS: dict[int | str, dict[str, Any]] = {
    **_REFUSALS,
    409: {"model": Problem, "description": "`version_conflict` (la fiche a changé) ou `write_id_reused`"},
    413: {"model": Problem, "description": "Envoi trop volumineux"},
    422: {"model": Problem, "description": "`invalid_fields`, `business_refusal` ou `card_number_refused`"},
}
_LIST_REFUSALS: dict[int | str, dict[str, Any]] = {
    **_REFUSALS,
    422: {"model": Problem, "description": "`invalid_fields` : filtre inconnu ou date non reconnue"},
}
_READERS = ("candidate", "trainer")
_CALL_KEY = Query(description="Clé de l'appel en cours, vide hors appel", max_length=120, examples=["c-2026-11-23-0007"])


def crm_router(case_file: Callable[[Caller], CaseFile], authorise: Callable[..., Any]) -> APIRouter:
    """Routes without prefix. `case_file` gives the open case file of the caller's sitting at each request."""
    router = APIRouter(tags=["crm"], route_class=BoundedRoute)

    async def reader(caller: Annotated[Caller, Depends(authorise)]) -> Caller:
        if caller.role not in _READERS:
            raise Forbidden("Ce rôle ne consulte pas le fichier clients.", "")
        return caller

    @router.get("/search", summary="Chercher un client", responses=_REFUSALS)
    def search(
        caller: Annotated[Caller, Depends(reader)],
        q: Annotated[str, Query(max_length=200, description="Nom, téléphone, e-mail, ville, numéro", examples=["oville vaserand"])],
        page: Annotated[int, Query(ge=1, le=500)] = 1,
        call_key: Annotated[str, _CALL_KEY] = "",
    ) -> SearchPage:
        """Vingt clients par page : téléphone dans toute écriture, nom sans accents ou mal orthographié, numéro de client,
        de commande, de facture ou de contrat (même partiel), e-mail, code postal, ville. Mille au plus sont comptés et rangés ;
        `more` dit qu'il y en a d'autres. Journalise `Searched`."""
        case = case_file(caller)
        found = case.search(q, page)
        told = {"q": q, "total": found.total, "page": page, **({"more": True} if found.more else {})}
        case.append_events([Event("Searched", told, caller.name, call_key)])
        return found

    @router.get("/lookup", summary="Qui a ce numéro ?", responses=_REFUSALS)
    def lookup(
        caller: Annotated[Caller, Depends(reader)],
        phone: Annotated[str, Query(max_length=200, examples=["04 65 71 21 08"])],
        call_key: Annotated[str, _CALL_KEY] = "",
    ) -> SearchPage:
        """Les clients qui ont exactement ce numéro : aucun, un ou plusieurs. Aucun pour un appel anonyme."""
        return case_file(caller).lookup_phone(phone)

    @router.get("/contacts/{contact_id}/file", summary="Le dossier d'un client", responses=_REFUSALS)
    def customer_file(
        contact_id: str, caller: Annotated[Caller, Depends(reader)], call_key: Annotated[str, _CALL_KEY] = ""
    ) -> CustomerFile:
        """Tout ce que la société sait d'un client, le plus récent d'abord. Journalise `RecordOpened`."""
        case = case_file(caller)
        found = case.customer_file(contact_id)
        data = {"record_kind": "contact", "id": contact_id, "contact_id": contact_id}
        case.append_events([Event("RecordOpened", data, caller.name, call_key)])
        return found

    @router.get("/products", summary="Le catalogue", responses=_REFUSALS)
    def products(caller: Annotated[Caller, Depends(reader)], q: Annotated[str, Query(max_length=200)] = "") -> list[Product]:
        """Produits dont le nom, la catégorie ou les mots-clés commencent par les mots cherchés ; tous sans recherche."""
        return case_file(caller).products(q)

    @router.get("/documents/{document_id}/content", summary="Le fichier d'un document", responses=_REFUSALS, response_class=FileResponse)
    def document_content(document_id: str, caller: Annotated[Caller, Depends(reader)]) -> FileResponse:
        path = case_file(caller).document_path(document_id)
        return FileResponse(path, media_type="application/pdf", filename=path.name)

    @router.get("/{kind}", summary="Une liste de fiches", responses=_LIST_REFUSALS)
    def listing(
        kind: str,
        request: Request,
        caller: Annotated[Caller, Depends(reader)],
        since: Annotated[dt.date | None, Query(description="À partir de ce jour, compris")] = None,
        until: Annotated[dt.date | None, Query(description="Jusqu'à ce jour, compris")] = None,
        limit: Annotated[int, Query(ge=1, le=LIST_LIMIT)] = 100,
        offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    ) -> Listing:
        """Ce qui n'appartient à aucun client (agenda, commerciaux, ressources, disponibilités, produits), les cibles d'une campagne,
        et les personnes d'une société (`contact`, avec `company_id`).
        Tout autre paramètre est un filtre : le nom d'un champ et sa valeur, `rep_id=kerdilis&status=libre`."""
        own = {"since", "until", "limit", "offset"}
        equal = {name: value[:200] for name, value in request.query_params.items() if name not in own}
        first, last = since.isoformat() if since else "", until.isoformat() if until else ""
        try:
            return case_file(caller).listing(kind, equal, first, last, limit, offset)
        except UnknownKind:
            raise UnknownKind(card_numbers.mask(kind)) from None

    @router.get("/{kind}/{record_id}", summary="Une fiche", responses=_REFUSALS)
    def read(kind: str, record_id: str, caller: Annotated[Caller, Depends(authorise)]) -> dict[str, Any]:
        """La fiche telle qu'elle est enregistrée. Le client (virtuel) ne lit que ses liens de paiement."""
        if caller.role not in _READERS and (caller.role, kind) != ("customer", "payment_link"):
            raise Forbidden("Ce rôle ne consulte pas le fichier clients.", kind)
        model = KINDS.get(kind)
        if model is None:
            raise UnknownKind(card_numbers.mask(kind))
        return dump(case_file(caller).get(model, record_id))

    @router.put("/{kind}/{record_id}", summary="Créer ou modifier une fiche", responses=_WRITE_REFUSALS)
    def write(kind: str, record_id: str, body: WriteBody, caller: Annotated[Caller, Depends(authorise)]) -> Saved:
        """Enregistré signifie écrit sur le disque, avec ses conséquences et son journal. Renvoyer le même `write_id`
        donne la première réponse sans rien changer."""
        if caller.role not in permissions.GRANTS:  # nor is such a role told of a conflict, with the record in it
            raise Forbidden("Ce rôle n'enregistre rien dans le fichier clients.", kind)
        return case_file(caller).put(
            kind,
            record_id,
            body.version,
            body.fields,
            write_id=str(body.write_id),
            actor=caller.name,
            role=caller.role,
            call_key=body.call_key,
        )

    return router
