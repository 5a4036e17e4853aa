"""What each action of the console's table does. What cannot be undone is asked for twice, and the first answer is to do nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from workstation.desk.course import phase_word
from workstation.desk.words import duration, instant
from workstation.i18n import N_, _, labelled
from workstation.session import events as ev
from workstation.session import view
from workstation.session.screens.candidate import CandidateForm
from workstation.session.screens.jury_form import JuryForm
from workstation.session.screens.opening import OpenForm, PeopleForm
from workstation.session.screens.stopping import OTHER, GrantForm, Nature, OtherCause, ResumeForm, cause_choices, cause_of
from workstation.session.state import SessionState
from workstation.ui.happened import new_id
from workstation.ui.screens.dialog import ChoiceDialog
from workstation.ui.screens.help import Help, Messages
from workstation.ui.widgets.choice_list import Choice

if TYPE_CHECKING:
    from workstation.session.app import SessionApp

EVERYWHERE = N_("  Listes : ↑ ↓ ou le chiffre.  Formulaires : Tab passe, ← → choisit, Entrée valide.\n")
BEFORE_TIME = "rendu avant l'heure par le candidat"  # goes into the journal: French


def _ask(app: SessionApp, name: str, title: str, lead: str, choices: tuple[tuple[str, str], ...], do: Callable[[str], object]) -> None:
    """`choices`: (id, words) of what can be done; doing nothing comes first."""
    made = (Choice("no", _("Ne rien faire"), "1"), *(Choice(ident, words, str(n)) for n, (ident, words) in enumerate(choices, 2)))

    def chosen(ident: str) -> None:
        if ident != "no":
            do(ident)

    app.open_dialog(ChoiceDialog(name, title, app.state, lambda state: made, chosen, lead=lead))


def _number(app: SessionApp) -> str:
    return str(view.in_front(app.state).get("number") or "")


def _who(app: SessionApp) -> str:
    one = view.in_front(app.state)
    return _("candidat {number} ({station})").format(number=one.get("number"), station=view.label(one))


def late_by(state: SessionState, number: str, now: float) -> float:
    """Seconds since a candidate's planned start, on the room's clock; 0 before it."""
    begins = instant(str(view.candidate(state, number).get("starts_at") or ""))
    return max(0.0, now + state.clock_offset - begins) if begins else 0.0


def _start(app: SessionApp) -> None:
    number, phase = _number(app), view.following(view.in_front(app.state))
    choices = [("start", _("Commencer maintenant, avec tout son temps"))]
    late = late_by(app.state, number, time.time())
    first = view.course(view.in_front(app.state)).get("phases")
    if late >= 60 and phase == str((view.records(first) or [{}])[0].get("id")):
        choices.append(("late", _("Entrée tardive : {late} de moins, la fin ne bouge pas").format(late=duration(late))))
    write_id = new_id()
    lead = "" if view.in_front(app.state).get("connected") else _("ATTENTION : le poste de ce candidat n'est pas relié.")
    _ask(
        app,
        "start",
        labelled(_who(app), _("commencer {phase}").format(phase=phase_word(phase))),
        lead,
        tuple(choices),
        lambda ident: app.happen(ev.StartWanted(((number, phase, write_id),), ident == "late")),
    )


def _start_all(app: SessionApp) -> None:
    """One phase for everybody who is ready for it; where they are not ready for the same one, it is chosen."""
    choices = []
    for phase in view.next_phases(app.state):
        numbers = ", ".join(str(one["number"]) for one in view.ready(app.state, phase))
        choices.append((phase, _("{phase} : candidats {numbers}").format(phase=phase_word(phase), numbers=numbers)))

    def start(phase: str) -> None:
        app.happen(ev.StartWanted(tuple((str(one["number"]), phase, new_id()) for one in view.ready(app.state, phase))))

    _ask(app, "start_all", _("Commencer pour tous les candidats prêts"), "", tuple(choices), start)


def _end(app: SessionApp) -> None:
    number, phase, write_id = _number(app), str(view.phase(view.in_front(app.state)).get("id") or ""), new_id()
    left = view.left(app.state, view.in_front(app.state), time.time()) or 0.0
    lead = _("Il lui reste {time}. Une phase terminée ne se rouvre pas.").format(time=duration(left)) if left > 0 else ""
    choices = (("end", _("Terminer")), ("early", _("Terminer : rendu avant l'heure par le candidat")))

    def end(ident: str) -> None:
        app.happen(ev.EndWanted(number, phase, BEFORE_TIME if ident == "early" else "", write_id))

    _ask(app, "end", labelled(_who(app), _("terminer {phase}").format(phase=phase_word(phase))), lead, choices[: 2 if left > 0 else 1], end)


def _sitting(app: SessionApp) -> None:
    number, write_id = _number(app), new_id()
    lead = _("Le poste repart de zéro pour ce candidat : rien n'y reste du précédent.")
    choices = (("open", _("Ouvrir sa séance")),)
    _ask(app, "sitting", _who(app), lead, choices, lambda ident: app.happen(ev.SittingWanted(number, write_id)))


def _absent(app: SessionApp) -> None:
    number, write_id = _number(app), new_id()
    lead = _("Son passage sera clos : cela ne se défait pas.")
    _ask(app, "absent", _who(app), lead, (("absent", _("Noter absent")),), lambda ident: app.happen(ev.AbsentWanted(number, write_id)))


def _remove(app: SessionApp) -> None:
    number, write_id = _number(app), new_id()
    choices = (("remove", _("Le retirer de la session")),)
    _ask(app, "remove", _who(app), "", choices, lambda ident: app.happen(ev.RemoveWanted(number, write_id)))


def _stop(app: SessionApp) -> None:
    """The candidate is the one in front when the key was pressed, whatever moves meanwhile."""
    station, who, write_id = str(view.in_front(app.state).get("station") or ""), _who(app), new_id()

    def stop(nature: Nature, cause: str) -> None:
        app.happen(ev.FreezeWanted(station, nature, cause, write_id))

    def chosen(key: str) -> None:
        if key == OTHER:
            app.open_dialog(OtherCause(app.state, who, stop))
        else:
            stop(*cause_of(key))

    lead = _("Le temps s'arrête dès que vous choisissez ; rien n'est perdu au poste.")
    app.open_dialog(ChoiceDialog("stop", labelled(who, _("arrêter le temps")), app.state, cause_choices, chosen, lead=lead))


def _stop_all(app: SessionApp) -> None:
    def stop(nature: Nature, cause: str) -> None:
        for one in view.candidates(app.state):
            if view.phase(one) and not view.frozen(one):
                app.happen(ev.FreezeWanted(str(one["station"]), nature, cause, new_id()))

    def chosen(key: str) -> None:
        if key == OTHER:
            app.open_dialog(OtherCause(app.state, _("tous les candidats"), stop))
        else:
            stop(*cause_of(key))

    lead = _("Le temps de tous les candidats en cours s'arrête ; la suite se décide pour chacun (F9).")
    app.open_dialog(ChoiceDialog("stop_all", _("Arrêter le temps de tous"), app.state, cause_choices, chosen, lead=lead))


def _archive(app: SessionApp) -> None:
    over = [str(one["number"]) for one in view.candidates(app.state) if view.over(one)]
    missing = [number for number in over if not view.archive(app.state, number)]
    choices = []
    if missing:
        choices.append(("missing", _("Faire celles qui manquent : {numbers}").format(numbers=", ".join(missing))))
    number = _number(app)
    if number in over:
        choices.append(("one", _("Faire celle du candidat {number}").format(number=number)))
    choices.append(("all", _("Les refaire toutes : {numbers}").format(numbers=", ".join(over))))

    def make(ident: str) -> None:
        wanted = {"missing": missing, "one": [number], "all": over}[ident]
        app.happen(ev.ArchiveWanted(tuple((one, new_id()) for one in wanted)))
        app.show_pane("archives")

    lead = _("Une archive refaite remplace la précédente. Quelques secondes par candidat.")
    _ask(app, "archive", _("Archives des candidats"), lead, tuple(choices), make)


def _minutes(app: SessionApp) -> None:
    def choices(state: SessionState) -> tuple[Choice, ...]:
        return Choice("odt", _("À compléter (ODT)"), "1"), Choice("pdf", _("À lire et signer (PDF)"), "2")

    def chosen(form: str) -> None:
        app.happen(ev.MinutesWanted("odt" if form == "odt" else "pdf", app.documents))

    lead = _("Enregistrée sur cette machine : {folder}").format(folder=app.documents)
    app.open_dialog(ChoiceDialog("minutes", _("Annexe du procès-verbal"), app.state, choices, chosen, lead=lead))


def _close(app: SessionApp) -> None:
    write_id, missing = new_id(), view.without_archive(app.state)
    lead = _("Une session fermée ne se rouvre pas : ni archive ni annexe ne peuvent plus être faites.")
    if missing:
        lead += "\n" + _("SANS ARCHIVE : {numbers}. Faites-les d'abord (Alt+S).").format(numbers=", ".join(missing))
    choices = (("close", _("Fermer la session sans ces archives") if missing else _("Fermer la session")),)
    _ask(app, "close", _("Fermer la session"), lead, choices, lambda ident: app.happen(ev.CloseWanted(write_id)))


def _quit(app: SessionApp) -> None:
    waiting = len(app.state.asked)
    lead = _("Les temps continuent sur le serveur ; vous retrouverez tout en revenant.")
    if waiting:
        lead += "\n" + _("{count} demande(s) non confirmée(s) seraient perdues.").format(count=waiting)
    _ask(app, "quit", _("Quitter ?"), lead, (("leave", _("Quitter la console")),), lambda ident: app.leave_soon())


DOES: dict[str, Callable[[SessionApp], object]] = {
    "phase.start": _start,
    "phase.start_all": _start_all,
    "phase.end": _end,
    "sitting.open": _sitting,
    "candidate.add": lambda app: app.open_dialog(CandidateForm(app.state)),
    "candidate.absent": _absent,
    "candidate.remove": _remove,
    "candidate.jury": lambda app: app.open_dialog(JuryForm(app.state, _number(app))),
    "time.grant": lambda app: app.open_dialog(GrantForm(app.state, _number(app))),
    "stop.one": _stop,
    "stop.all": _stop_all,
    "stop.resume": lambda app: app.open_dialog(ResumeForm(app.state, _number(app))),
    "session.open": lambda app: app.open_dialog(OpenForm(app.state)),
    "session.people": lambda app: app.open_dialog(PeopleForm(app.state)),
    "archive.make": _archive,
    "minutes.save": _minutes,
    "session.close": _close,
    "desk.help": lambda app: app.open_dialog(Help(app.state, app.actions, _(EVERYWHERE))),
    "desk.messages": lambda app: app.open_dialog(Messages(app.state)),
    "desk.palette": lambda app: app.push_palette(),
    "desk.menu": lambda app: app.open_menu(),
    "desk.quit": _quit,
}
