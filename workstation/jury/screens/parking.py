"""Parking the call in front for a colleague, and picking one up."""

from __future__ import annotations

from cti.call import CallState
from workstation.i18n import _
from workstation.jury.console import room_view as view
from workstation.jury.console.phone_side import SPACES, parked_guise
from workstation.jury.console.state import JuryState
from workstation.jury.console.words import who_words
from workstation.ui.plain_text import one_line
from workstation.ui.widgets.choice_list import Choice

PARK = "park"


def parking_choices(state: JuryState) -> tuple[Choice, ...]:
    """Park; the spaces that are known to hold a call; all the others, for when the room does not say."""
    call = state.call
    talking = call is not None and call.state in (CallState.TALKING, CallState.HELD)
    choices = [Choice(PARK, _("Garer l'appel en cours (700)"), "1", "" if talking else _("aucune conversation en cours"))]
    parked = view.parked(state)
    for place, (space, key) in enumerate(sorted(parked.items()), 2):
        guise = parked_guise(state, key)
        who = one_line(who_words(guise), 60) if guise is not None else ""
        choices.append(Choice(space, _("Reprendre l'appel garé en {space}").format(space=space), str(place) if place <= 9 else "", "", who))
    choices.append(Choice("", _("Autres places")))
    choices += [Choice(space, _("Reprendre en {space}").format(space=space)) for space in SPACES if space not in parked]
    return tuple(choices)
