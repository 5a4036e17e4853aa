"""A trainee's progress over the practice sittings of this machine or room, told at the desk. Under /sitting, in practice only."""

# Annotations are evaluated here, not postponed: FastAPI must see the dependencies closed over by `progress_router`.
from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from crm_mock.rules.calendar import PARIS
from scenarios.room.access import Identity, only
from scenarios.room.core import Room
from scenarios.sitting import SittingError
from scenarios.standard import load_standard, standards
from scenarios.training.practised import read_practice
from scenarios.training.progress import Progress, build_progress


def progress_router(room: Callable[[], Room], authorise: Callable[[Request], Identity]) -> APIRouter:
    router = APIRouter(prefix="/sitting", tags=["sitting"])

    @router.get("/progress")
    def progress(who: Annotated[Identity, Depends(authorise)], name: Annotated[str, Query(max_length=60)] = "") -> Progress:
        """Of the trainee of that name: whoever sits at the desk is told of their own. Off the event loop: it reads many files."""
        only(who, "candidate", "trainer")
        settings = room().settings
        if settings.mode != "practice" or settings.history is None:
            raise SittingError("no_progress", 403, "Il n'y a pas de relevé de progression pendant un examen.", {})
        found = read_practice([settings.history], PARIS)
        whose = found.whose(name)
        if whose is None:
            title = "Plusieurs personnes se sont entraînées ici : dites qui vous êtes à la prise de poste (F2)."
            raise SittingError("whose_progress", 409, title, {})
        return build_progress(whose, found.of(whose), [load_standard(one) for one in standards()])

    return router
