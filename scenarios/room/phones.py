"""What a phone of the room needs beside its account: a certificate, so that it can be called straight when the exchange is down."""

# Annotations are evaluated here, not postponed: FastAPI must see the dependencies closed over by `phone_router`.
from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Request

from scenarios.room.access import Identity, only
from scenarios.sitting import SittingError

Issue = Callable[[str, str], tuple[str, str]]
"""(place, address) → its certificate and its key, PEM."""


def phone_router(issue: Issue | None, authorise: Callable[[Request], Identity]) -> APIRouter:
    """`issue` None: a room without encryption has no certificates."""
    router = APIRouter(prefix="/phone", tags=["phone"])

    @router.get("/certificate")
    def certificate(who: Annotated[Identity, Depends(authorise)], request: Request) -> dict[str, str]:
        """For the address it is asked from."""
        only(who, "candidate", "juror")
        if issue is None:
            raise SittingError("no_certificate", 404, "Dans cette salle les téléphones ne chiffrent pas.")
        chain, key = issue(who.place, request.client.host if request.client else "127.0.0.1")
        return {"chain": chain, "key": key}

    return router
