"""Conversations: what the customer says and does for what happens, one habit of the core at a time."""

from __future__ import annotations

import pytest

from scenarios.customer import moves as m
from scenarios.customer.dialogue import start
from scenarios.customer.graph import DialogueError, spoken_texts
from scenarios.customer.state import Phase
from tests.scenarios.customer.playbook import Playbook, line, made, on

SENT = {"kind": "RecordCreated", "record_kind": "payment_link", "after.status": "envoyé"}


def test_a_call_from_greeting_to_goodbye() -> None:
    play = Playbook(
        made(
            line("ecoute", next=[on("ouverture", turn=1), on("ouverture", silence=4)]),
            line("ouverture", "Bonjour, je déménage.", reveals=("demenagement",), next=[on("fin", turn=2)]),
            line("fin", "Merci, au revoir.", hang_up=True),
        )
    )
    assert play.give(m.CallConnected()) == ["waits in ecoute"]
    assert play.speak() == ["says ouverture: Bonjour, je déménage."]
    assert play.finish() == ["reveals demenagement", "waits in ouverture"]
    assert play.speak() == []  # the first turn in this node
    assert play.speak() == ["says fin: Merci, au revoir."]
    assert play.finish() == ["hangs up in fin"]
    assert play.state.phase is Phase.OVER
    assert play.speak() == [] and play.give(m.CallOver()) == []


def test_nobody_greets() -> None:
    play = Playbook(made(line("ecoute", next=[on("allo", silence=4)]), line("allo", "Allô ?", next=[on("allo", turn=1)])))
    play.give(m.CallConnected())
    assert play.wait(3.9) == []
    assert play.wait(0.3) == ["says allo: Allô ?"]


def test_at_the_end_of_a_turn_words_go_before_cues_before_rows_before_counting() -> None:
    always = [on("h2", heard=("carte",))]
    lines = [
        line("n", next=[on("t", turn=1), on("r", record=SENT), on("c", cue="reformule"), on("h", heard=(r"d[ée]ménag",))]),
        *(line(name, name, next=[on("n", turn=9)]) for name in ("t", "r", "c", "h", "h2")),
    ]

    def turn(text: str | None, *, cue: bool, row: bool) -> str:
        play = Playbook(made(*lines, always=always))
        play.give(m.CallConnected(), m.TraineeSpoke())
        if cue:
            play.give(m.CueGiven("reformule"))
        if row:
            play.row("RecordCreated", record_kind="payment_link", after={"status": "envoyé"})
        return play.give(m.TurnEnded(2.0, text))[0]

    assert turn("Vous DEMENAGEZ donc", cue=True, row=True) == "says h: h"
    assert turn("votre CARTE", cue=True, row=True) == "says h2: h2"  # words wanted anywhere go before the node's own cue
    assert turn("bien sûr", cue=True, row=True) == "says c: c"
    assert turn(None, cue=False, row=True) == "says r: r"
    assert turn(None, cue=False, row=False) == "says t: t"


def test_own_edges_go_before_common_ones_of_the_same_sort() -> None:
    play = Playbook(made(line("n", next=[on("own", cue="x")]), line("own", "A"), line("common", "B"), always=[on("common", cue="x")]))
    play.give(m.CallConnected())
    assert play.give(m.CueGiven("x")) == ["says own: A"]


def test_a_cue_acts_at_once_when_nobody_speaks_and_after_the_line_when_the_customer_does() -> None:
    play = Playbook(made(line("a", "Un.", next=[on("b", cue="x")]), line("b", "Deux.", next=[on("c", cue="x")]), line("c", "Trois.")))
    play.give(m.CallConnected())
    assert play.give(m.CueGiven("x")) == []
    assert play.finish()[:2] == ["waits in a", "says b: Deux."]
    assert play.wait(5) == []  # one press, one move
    assert play.give(m.CueGiven("x")) == ["says c: Trois."]


def test_a_cue_given_long_before_is_forgotten() -> None:
    play = Playbook(made(line("a", next=[on("b", turn=1)]), line("b", "Deux.", next=[on("c", cue="x")]), line("c", "Trois.")))
    play.give(m.CallConnected(), m.CueGiven("x"))
    play.now += 10.5
    play.speak()
    assert play.finish() == ["waits in b"]


def test_a_cue_given_during_a_long_line_still_acts_at_its_end() -> None:
    """« Je fais préciser le besoin », pressed while the customer spells his name for twelve seconds."""
    play = Playbook(made(line("a", "Un.", next=[on("b", cue="x")]), line("b", "Deux.", next=[on("c", cue="x")]), line("c", "Trois.")))
    play.give(m.CallConnected(), m.CueGiven("x"))
    play.wait(15)
    assert play.finish()[:2] == ["waits in a", "says b: Deux."]


def test_a_cue_given_during_the_trainees_own_long_turn_still_acts_at_its_end() -> None:
    play = Playbook(made(line("a", next=[on("b", cue="x")]), line("b", "Deux.")))
    play.give(m.CallConnected(), m.TraineeSpoke(), m.CueGiven("x"))
    play.wait(12)
    assert play.give(m.TurnEnded(11.0)) == ["says b: Deux."]


def test_a_cue_nobody_wanted_is_forgotten_after_the_line() -> None:
    play = Playbook(made(line("a", "Un.", next=[on("b", turn=1)]), line("b", next=[on("c", cue="x")]), line("c", "Trois.")))
    play.give(m.CallConnected(), m.CueGiven("x"))
    play.wait(15)
    play.finish()
    play.wait(11)
    assert play.speak() == ["waits in b"]


def test_rows_that_came_before_count_and_are_used_once() -> None:
    """The trainee worked ahead: before the answer, during a line, in an earlier node."""
    opened = {"kind": "RecordOpened", "record_kind": "contact", "id": "c-1"}
    moved = {"kind": ["RecordCreated", "RecordChanged"], "record_kind": "address", "after.valid_from": "2026-12-01"}
    play = Playbook(
        made(
            line("a", "Je suis madame Vasserand.", next=[on("b", record=opened)]),
            line("b", "Je déménage.", next=[on("c", record=moved)]),
            line("c", "Et encore une.", next=[on("d", record=moved)]),
            line("d", "Merci.", hang_up=True),
        )
    )
    play.row("RecordOpened", record_kind="contact", id="c-2")
    play.row("RecordOpened", record_kind="contact", id="c-1")
    play.give(m.CallConnected())
    play.row("RecordCreated", record_kind="address", after={"valid_from": "2026-12-01"})
    play.finish()
    assert play.wait(0.75) == []  # a breath first
    assert play.wait(0.5) == ["says b: Je déménage."]
    play.finish()
    assert play.speak() == ["says c: Et encore une."]  # or at the end of a turn
    play.finish()
    assert play.wait(30) == []  # the row that was used is gone
    assert play.row("RecordChanged", record_kind="address", after={"valid_from": "2026-12-01"}) == ["says d: Merci."]


def test_a_row_waits_for_the_end_of_the_turn() -> None:
    play = Playbook(
        made(line("a", next=[on("b", record=SENT)]), line("b", "Je l'ai reçu.", does="open_link", then="c"), line("c", "C'est payé."))
    )
    play.give(m.CallConnected(), m.TraineeSpoke())
    assert play.row("RecordCreated", record_kind="payment_link", after={"status": "envoyé"}) == []
    assert play.wait(5) == []
    assert play.give(m.TurnEnded(5.0)) == ["says b: Je l'ai reçu.", "does open_link"]
    assert play.finish() == ["says c: C'est payé.", "waits in c"]


def test_speech_over_a_line_stops_it_and_a_word_lets_it_go_on() -> None:
    play = Playbook(made(line("a", "Une longue histoire.", next=[on("b", turn=1)]), line("b", "Ah.")))
    play.give(m.CallConnected())
    assert play.give(m.TraineeSpoke()) == ["stops"]
    assert play.give(m.TurnEnded(0.4)) == ["says a on: Une longue histoire."]
    assert play.give(m.TraineeSpoke()) == ["stops"]
    assert play.give(m.TurnEnded(3.0)) == ["says b: Ah."]


def test_a_line_that_reveals_is_told_to_its_end() -> None:
    play = Playbook(made(line("a", "Mon adresse électronique est fermée.", reveals=("mail",), next=[on("b", turn=1)]), line("b", "Ah.")))
    play.give(m.CallConnected())
    assert play.speak(seconds=3.0) == ["stops", "says a on: Mon adresse électronique est fermée."]
    assert play.finish() == ["reveals mail", "waits in a"]


def test_a_line_cut_near_its_end_counts_as_said() -> None:
    play = Playbook(
        made(line("a", "C'est déductible, non ?", reveals=("fiscal",), next=[on("b", turn=1)]), line("b", "Au revoir.", hang_up=True))
    )
    play.give(m.CallConnected())
    assert play.give(m.TraineeSpoke(unsaid=0.2)) == ["stops"]
    assert play.give(m.TurnEnded(2.0)) == ["reveals fiscal", "says b: Au revoir."]
    assert play.give(m.TraineeSpoke(unsaid=0.1), m.TurnEnded(0.5)) == ["stops", "hangs up in b"]  # "au revoir" over "au revoir"


def test_an_announced_hold_that_comes_during_the_answer_was_announced() -> None:
    play = Playbook(
        made(
            line("a", next=[on("b", turn=2)]),
            line("b", "Deux."),
            line("patiente", "D'accord.", reveals=("attente",)),
            always=[on("patiente", cue="attente")],
        )
    )
    play.give(m.CallConnected())
    assert play.give(m.CueGiven("attente")) == ["says patiente: D'accord."]
    assert play.give(m.CallHeld()) == ["stops", "reveals attente"]
    assert play.give(m.CallResumed()) == ["waits in a"]


def test_a_line_that_may_not_be_interrupted_goes_on() -> None:
    play = Playbook(made(line("a", "Je lis ma carte.", interruptible=False, next=[on("b", turn=1)]), line("b", "Ah.")))
    play.give(m.CallConnected())
    assert play.speak() == []
    assert play.finish() == ["waits in a"]
    assert play.speak() == ["says b: Ah."]


def test_the_pack_may_say_what_an_interruption_does() -> None:
    carte = line("carte", "Alors, quatre neuf sept…", next=[on("suite", turn=3), on("coupe", interrupted=True)])
    play = Playbook(made(carte, line("suite", "Voilà."), line("coupe", "Ah, il ne faut pas ?")))
    play.give(m.CallConnected())
    assert play.speak(seconds=0.5) == ["stops", "says coupe: Ah, il ne faut pas ?"]


def test_an_interrupted_goodbye_is_still_a_goodbye() -> None:
    play = Playbook(made(line("a", "Au revoir, bonne journée.", hang_up=True)))
    play.give(m.CallConnected())
    assert play.speak(seconds=2.0) == ["stops", "hangs up in a"]


def test_an_aside_comes_back_where_it_left() -> None:
    play = Playbook(
        made(
            line("a", "Un.", next=[on("b", turn=2)]),
            line("b", "Deux."),
            line("robot", "Oui, je suis une voix de synthèse.", then="robot2"),
            line("robot2", "Continuons."),
            always=[on("robot", heard=("robot",))],
        )
    )
    play.give(m.CallConnected())
    play.finish()
    play.speak("bien")
    assert play.speak("vous êtes un robot ?") == ["says robot: Oui, je suis une voix de synthèse."]
    assert play.finish() == ["says robot2: Continuons.", "waits in a"]
    assert play.speak("bon") == ["says b: Deux."]  # the turns of before the aside still count


def test_an_aside_in_the_middle_of_a_line_takes_the_line_up_again() -> None:
    play = Playbook(made(line("a", "Un.", "Eins."), line("robot", "Oui."), always=[on("robot", heard=("robot",))]))
    first = play.give(m.CallConnected())
    assert play.speak("un robot ?") == ["stops", "says robot: Oui."]
    assert play.finish()[0] == first[0]


def test_silence_of_the_common_edges_is_remarked_once_until_the_trainee_speaks() -> None:
    play = Playbook(
        made(
            line("a", "Un.", next=[on("b", turn=9)]),
            line("b", "Deux."),
            line("la", "Vous êtes toujours là ?"),
            line("adieu", "Bon, je rappellerai.", hang_up=True),
            always=[on("la", silence=8), on("adieu", silence=20)],
        )
    )
    play.give(m.CallConnected())
    play.finish()
    assert play.wait(9) == ["says la: Vous êtes toujours là ?"]
    play.finish()
    play.speak()
    assert play.wait(9) == ["says la: Vous êtes toujours là ?"]
    play.finish()
    assert play.wait(19) == []
    assert play.wait(2) == ["says adieu: Bon, je rappellerai."]
    assert play.finish() == ["hangs up in adieu"]


def test_on_hold_nothing_is_said_and_a_cut_line_is_said_again() -> None:
    play = Playbook(made(line("a", "Je disais donc.", next=[on("b", turn=1)]), line("b", "Deux.")))
    play.give(m.CallConnected())
    assert play.give(m.CallHeld()) == ["stops"]
    assert play.speak() == [] and play.wait(30) == []
    assert play.give(m.CallResumed()) == ["says a: Je disais donc."]
    assert play.finish() == ["waits in a"]
    play.give(m.CallHeld())
    assert play.give(m.CallResumed()) == ["waits in a"]


def test_a_long_hold_is_remarked_when_taken_back_and_a_longer_one_ends_the_call() -> None:
    lines = (
        line("a", next=[on("b", turn=1)]),
        line("b", "Deux."),
        line("enfin", "Ah, quand même."),
        line("parti", "Tant pis.", hang_up=True),
        line("oui", "Oui, je suis là."),
    )
    always = [on("enfin", hold=20), on("parti", hold=60), on("oui", resumed=True)]
    play = Playbook(made(*lines, always=always))
    play.give(m.CallConnected(), m.CallHeld())
    assert play.wait(5) == []
    assert play.give(m.CallResumed()) == ["says oui: Oui, je suis là."]
    assert play.finish() == ["waits in a"]
    play.give(m.CallHeld())
    assert play.wait(30) == []
    assert play.give(m.CallResumed()) == ["says enfin: Ah, quand même."]
    assert play.finish() == ["waits in a"]
    play.give(m.CallHeld())
    assert play.wait(61) == ["hangs up in parti"]


def test_asked_to_repeat_by_key_and_by_words() -> None:
    play = Playbook(made(line("a", "F 26 10 0231.", next=[on("b", turn=2)]), line("b", "Deux.")))
    play.give(m.CallConnected())
    play.finish()
    assert play.give(m.RepeatAsked()) == ["says a: F 26 10 0231."]
    assert play.finish() == ["waits in a"]
    assert play.speak("Pardon, vous pouvez répéter ?") == ["says a: F 26 10 0231."]
    play.finish()
    assert play.give(m.CueGiven("repeter")) == ["says a: F 26 10 0231."]
    play.finish()
    play.give(m.TraineeSpoke(), m.RepeatAsked())
    assert play.give(m.TurnEnded(1.5)) == ["says a: F 26 10 0231."]
    play.finish()
    assert play.speak() == [] and play.speak() == ["says b: Deux."]  # asking to repeat was never a turn


def test_the_key_pressed_just_after_asking_takes_the_move_back() -> None:
    """Nothing recognises speech here: the request itself was taken for an answer, the key says what it was."""
    play = Playbook(made(line("a", "Un.", next=[on("b", turn=1)]), line("b", "Deux.")))
    play.give(m.CallConnected())
    play.finish()
    assert play.speak() == ["says b: Deux."]
    play.now += 1
    assert play.give(m.RepeatAsked()) == ["stops", "says a: Un."]
    assert play.finish() == ["waits in a"]
    assert play.speak() == ["says b: Deux."]


def test_an_edge_is_passed_over_once_its_facts_are_known() -> None:
    play = Playbook(
        made(
            line("a", next=[on("dit", cue="mail", unless=("mail",)), on("deja", cue="mail")]),
            line("dit", "Elle est fermée.", reveals=("mail",), then="a"),
            line("deja", "Je vous l'ai dit."),
        )
    )
    play.give(m.CallConnected())
    assert play.give(m.CueGiven("mail")) == ["says dit: Elle est fermée."]
    play.finish()
    assert play.give(m.CueGiven("mail")) == ["says deja: Je vous l'ai dit."]


def test_variants_come_from_the_seed_and_do_not_repeat_at_once() -> None:
    graph = made(line("a", "un", "deux", "trois", next=[on("a", turn=1)]))

    def said(seed: str) -> list[str]:
        play = Playbook(graph, seed)
        play.give(m.CallConnected())
        for _ in range(3):
            play.finish()
            play.speak()
        return [t.partition(": ")[2] for t in play.told if t.startswith("says")]

    assert said("x") == said("x")
    assert {"un", "deux", "trois"} == set(said("x"))
    assert len({said(str(n))[0] for n in range(20)}) == 3


def test_an_answered_outgoing_call_and_a_third_party() -> None:
    play = Playbook(
        made(
            line("decroche", next=[on("mere", answered=True)]),
            line("mere", "Allô ?", speaker="mere", next=[on("fille", turn=1)]),
            line("fille", "Oui, c'est moi."),
        )
    )
    assert play.give(m.CallConnected()) == ["waits in decroche", "says mere: Allô ?"]
    assert play.saying is not None and play.saying.speaker == "mere"


def test_whoever_has_the_phone_says_the_asides() -> None:
    play = Playbook(
        made(
            line("mere", "Allô ?", speaker="mere", next=[on("fille", turn=1)]),
            line("fille", "Oui, c'est moi."),
            line("la", "Vous êtes là ?"),
            line("adieu", "Je raccroche.", hang_up=True),
            always=[on("la", silence=8), on("adieu", silence=20)],
        )
    )

    def voice() -> str:
        assert play.saying is not None
        return play.saying.speaker

    play.give(m.CallConnected())
    play.finish()
    play.wait(9)
    assert voice() == "mere"
    play.finish()
    play.speak()
    assert voice() == "client"
    play.finish()
    play.wait(9)
    assert voice() == "client"
    play.finish()
    play.wait(21)
    assert voice() == "client"


def test_what_can_be_rendered_ahead() -> None:
    assert list(spoken_texts(made(line("a", "un", "deux", speaker="mere"), line("b"), line("c", "trois")))) == [
        ("mere", "un"),
        ("mere", "deux"),
        ("client", "trois"),
    ]


@pytest.mark.parametrize(
    ("lines", "always", "says"),
    [
        ([line("a"), line("a")], [], "twice: a"),
        ([line("a", next=[on("z", turn=1)])], [], "unknown node: z"),
        ([line("a", then="b"), line("b", "Deux.", then="a")], [], "comes round"),
        ([line("a")], [on("a", heard=("(",))], "no regular expression"),
    ],
)
def test_a_graph_that_cannot_be_played_is_refused(lines: list[object], always: list[object], says: str) -> None:
    with pytest.raises(DialogueError, match=says):
        start(made(*lines, always=always))  # type: ignore[arg-type]  # parametrised values
