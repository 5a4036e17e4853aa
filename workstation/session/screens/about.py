"""What the session is: type, subject, settings, people, phases."""

from __future__ import annotations

from pathlib import Path

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll

from workstation.desk.course import phase_word
from workstation.desk.words import duration, instant
from workstation.i18n import _
from workstation.session import view
from workstation.session.state import SessionState
from workstation.ui.focus import take_focus
from workstation.ui.pane import Pane
from workstation.ui.plain_text import one_line
from workstation.ui.widgets.static import Static


def about_lines(state: SessionState) -> list[str]:
    told = view.session(state)
    if not told:
        return [_("Aucune session n'est ouverte : Ctrl+N.")]
    settings = view.record(told.get("settings"))
    allowed, not_allowed = _("autorisé"), _("interdit")
    lines = [
        f"{one_line(told.get('title') or '')} — {one_line(told.get('label') or '')}",
        _("Identifiant : {id} · jour {day}").format(id=told.get("id"), day=told.get("day")),
        _("Sujet : {pack} ; sujets tirés au sort : {variants}").format(
            pack=one_line(view.offers(state).get("pack") or ""), variants=", ".join(str(one) for one in told.get("variants") or ())
        ),
        _("Correcteur : {spell} · LibreOffice : {office} · conservation : {days} jours après la fermeture").format(
            spell=allowed if settings.get("spellcheck") else not_allowed,
            office=allowed if settings.get("office") else not_allowed,
            days=settings.get("retention_days"),
        ),
        "",
        _("Phases"),
        *(f"  {phase_word(str(one['id'])):<24} {duration(float(one['seconds']))}" for one in view.records(told.get("phases"))),
        "",
        _("Personnes (Alt+N les change)"),
    ]
    labels = {str(one.get("id")): str(one.get("label") or one.get("id")) for one in view.records(view.offers(state).get("places"))}
    for one in view.records(told.get("people")):
        place = str(one.get("place"))
        lines.append(f"  {one_line(labels.get(place, place), 24):<24} {one_line(one.get('name') or '', 60)}")
    if opened := view.record(settings.get("unsealed")):
        hour = instant(str(opened.get("at") or ""))
        by = _(" et ").join(one_line(str(name), 40) for name in opened.get("by") or ())
        lines += ["", _("Sujet scellé, ouvert par {by} à {hour}").format(by=by, hour=_hour(hour))]
    return lines


def _hour(at: float) -> str:
    import time

    return time.strftime("%H:%M:%S", time.localtime(at))


class About(Pane[SessionState]):
    pane_id = "about"
    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")

    def __init__(self) -> None:
        super().__init__(id=self.pane_id)
        self._text = Static("", markup=False)
        self.scroll = VerticalScroll(self._text)

    def title(self) -> str:
        return _("Session")

    def compose(self) -> ComposeResult:
        yield self.scroll

    def show_state(self, state: SessionState) -> None:
        self._text.update(Text("\n".join(about_lines(state))))

    def opened(self, state: SessionState) -> None:
        self.show_state(state)
        take_focus(self.scroll)
