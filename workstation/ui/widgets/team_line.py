"""One line, where people practise together: which round it is, who is meant to be here, who is what elsewhere."""

from __future__ import annotations

from rich.text import Text

from workstation.desk.state import Record
from workstation.desk.team import HERE, PLACES, WAITS, people_of, role_of
from workstation.i18n import _, labelled
from workstation.ui.plain_text import fitted, one_line, plain
from workstation.ui.widgets.lines import Line


class TeamLine(Line):
    def __init__(self) -> None:
        super().__init__(id="team-line")
        self.display = False

    def show(self, team: Record, here: str) -> None:
        """`here`: the role of whoever sits at this machine; "" none."""
        people = people_of(team)
        self.display = bool(people)
        if people:
            self.put(team_text(team, here, self.cells))


def team_text(team: Record, here: str, width: int) -> Text:
    """`Tour 2   ICI, AU POSTE : Cyr   client : Ana   observateur : Bao`; who is meant to be here is never left out."""
    parts = [(plain(_("Tour {n}").format(n=team.get("round")), "bold"), 1)]
    told = [(role_of(place), one_line(who, 40)) for place, who in enumerate(people_of(team))]
    for role, who in sorted(told, key=lambda one: one[0] != here):
        if role == here:
            parts.append((Text(f" {labelled(_(HERE[role]), who)} ", "reverse bold"), 0))
        else:
            parts.append((plain(labelled(_(PLACES[role]), who)), 3 if role == WAITS else 2))
    if here in HERE and here not in dict(told):
        parts.append((plain(labelled(_(HERE[here]), _("personne"))), 0))
    return fitted(parts, width)
