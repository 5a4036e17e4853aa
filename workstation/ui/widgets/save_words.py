"""What the screen says of a save: saved means confirmed by the server, and nothing else says so. Pure."""

from __future__ import annotations

from typing import Literal

from workstation.desk.state import SaveView
from workstation.i18n import N_, _

Tone = Literal["", "good", "busy", "bad"]


NOT_SAVED = N_("NON ENREGISTRÉ")


def save_words(view: SaveView | None, edited: bool) -> tuple[str, Tone, str]:
    """Words, tone, and the reason of a failure. `edited`: something typed differs from what was last confirmed."""
    if view is not None and view.state == "pending":
        return _("enregistrement…"), "busy", ""
    if view is not None and view.state in ("failed", "conflict"):
        return _(NOT_SAVED), "bad", view.title or (_("Modifié entre-temps") if view.state == "conflict" else _("Refusé"))
    if edited:
        return _("Modifié – brouillon gardé"), "busy", ""
    if view is not None and view.state == "saved":
        return _("Enregistré {at}").format(at=view.at), "good", ""
    return "", "", ""
