"""The writing desk by keys: which replies are due, a template, the text kept and counted, handing in, the lock, papers, the printer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Button, TextArea

from tests.workstation.panes import sample
from tests.workstation.panes.host import Host, type_text, wait_for
from workstation.desk.state import DeskState, PrintView, Record, SaveView
from workstation.links.french_dictionary import NoSpeller
from workstation.ui.messages import DraftChanged, FileAsked, PaperAsked, PrintAsked, SaveAsked, Told
from workstation.ui.screens import reply_desk
from workstation.ui.screens.reply_desk import ReplyDeskPane
from workstation.ui.screens.reply_due import letters_for, writing
from workstation.ui.screens.reply_record import letter_values
from workstation.ui.screens.reply_spelling import ReplySpelling
from workstation.ui.screens.reply_words import before_handing_in, first_blank, length_line, printing_words

LETTERS: list[Record] = [
    {"id": "e-mail", "title": "E-mail à en-tête", "channels": ["e-mail"], "subject": "[objet]", "text": "[nom],\n\nCordialement"},
    {
        "id": "accord",
        "title": "Accord de paiement",
        "channels": ["lettre", "e-mail"],
        "subject": "Notre accord – [référence client]",
        "text": "[nom],\n\n[échéances]\n\n[conseiller]",
    },
    {"id": "sms", "title": "SMS", "channels": ["sms"], "subject": "", "text": "[société]"},
]


def asked(ident: str = "W3", simulation: str = "S9", contact_id: str = "corbulon", **more: Any) -> Record:
    written = {
        "id": ident, "title": "Accord de paiement", "instructions": "Confirmez l'accord à Mme Corbulon.", "channels": ["e-mail", "lettre"],
        "letters": ["accord"], "minutes": 14, "contact_id": contact_id, **more,
    }  # fmt: skip
    return {"id": simulation, "title": "Quatre factures", "state": "terminée", "written": written}


def desk(*simulations: Record, **sitting: Any) -> DeskState:
    state = sample.desk("corbulon", call=None)
    told = {**state.sitting, "simulations": list(simulations or (asked(),)), "current": None, **sitting}
    return replace(state, sitting=told, brief={**state.brief, "letters": LETTERS})


def _iso(at: float) -> str:
    return dt.datetime.fromtimestamp(at, dt.UTC).isoformat()


class ReplyHost(Host):
    """Answers as the server does for replies, and notes the papers asked for."""

    def __init__(self, state: DeskState, **more: Any) -> None:
        super().__init__("reply_desk", state, **more)
        self.papers: list[PaperAsked | PrintAsked] = []

    def on_paper_asked(self, event: PaperAsked) -> None:
        self.papers.append(event)

    def on_print_asked(self, event: PrintAsked) -> None:
        self.papers.append(event)

    @property
    def desk(self) -> ReplyDeskPane:
        assert isinstance(self.pane, ReplyDeskPane)
        return self.pane

    @property
    def body(self) -> TextArea:
        editor = self.desk.form.box("body").editor
        assert isinstance(editor, TextArea)
        return editor


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """The keys rest sooner than people's."""
    monkeypatch.setattr(reply_desk, "REST", 0.15)


async def ready(pilot: Pilot[None], host: ReplyHost) -> None:
    await wait_for(pilot, lambda: host.desk.form.subject is not None and host.focused is host.body, "the text has the focus")


def saved(host: ReplyHost) -> list[SaveAsked]:
    return [one for one in host.of(SaveAsked) if one.kind == "reply"]


async def press_button(pilot: Pilot[None], host: ReplyHost, name: str) -> None:
    button = host.query_one(f"#reply-{name}", Button)
    await wait_for(pilot, lambda: not button.disabled, f"{name} can be pressed")
    button.focus()
    await pilot.press("enter")


async def test_nothing_is_due_before_a_simulation_with_a_reply_is_over() -> None:
    host = ReplyHost(desk({"id": "S9", "title": "Quatre factures", "state": "en cours"}))
    async with host.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: "Aucune réponse écrite n'est demandée" in host.screen_text(), "says that nothing is due")


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_the_text_the_record_and_the_instructions_are_in_sight(size: tuple[int, int]) -> None:
    host = ReplyHost(desk())
    async with host.run_test(size=size) as pilot:
        await ready(pilot, host)
        await wait_for(pilot, lambda: all(one in host.screen_text() for one in ("Confirmez l'accord", "Canal", "Objet")), "all of it")
        shown = host.screen_text()
        for words in (
            "W3 Accord de paiement",
            "Modèle",
            "Canal",
            "Objet",
            "0 mots",
            "(8 à 15)",
            "Remettre",
            "PDF",
            "ODT",
            "Imprimer",
        ):
            assert words in shown, shown
        assert "Mme Nadège CORBULON" in shown and "sans correcteur" in shown
        assert "nadege.corbulon@courriel" in shown  # whom it goes to
        assert host.body.size.height >= 4 and host.body.size.width >= 40


class Speller:
    """Knows no word with a k."""

    def known(self, word: str) -> bool:
        return "k" not in word

    def suggest(self, word: str) -> list[str]:
        return [word.replace("k", "qu")]


async def test_unknown_words_are_listed_walked_and_given_suggestions_where_the_session_allows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ReplySpelling, "load", lambda self: Speller())
    host = ReplyHost(desk(spellcheck=True))
    async with host.run_test(size=(80, 24)) as pilot:
        await ready(pilot, host)
        await wait_for(pilot, lambda: "avec correcteur (permis par la session)" in _flat(host), "it is said")
        assert "sans correcteur" not in host.screen_text()
        await type_text(pilot, "kand et komme CORBULON")
        await wait_for(pilot, lambda: "2 mots inconnus (Maj+F11) : kand, komme" in _flat(host), "once the keys rest")
        assert host.body.text == "kand et komme CORBULON"  # nothing is corrected by itself
        assert host.desk.next_word() and host.body.selected_text == "kand"
        await wait_for(pilot, lambda: "« kand » est inconnu (1/2) · Alt+N suggestions" in _flat(host), "which one")
        assert host.desk.next_word() and host.body.selected_text == "komme"
        await pilot.press("alt+n")
        await wait_for(pilot, lambda: "« komme » : quomme" in _flat(host), "asked for")
        await type_text(pilot, "comme")
        await wait_for(pilot, lambda: "1 mot inconnu (Maj+F11) : kand" in _flat(host), "typed in its place")
        await type_text(pilot, " ")
        assert host.desk.next_word() and host.body.selected_text == "kand"


async def test_a_checker_that_is_allowed_where_there_is_no_dictionary_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(self: ReplySpelling) -> Speller:
        raise NoSpeller("Correcteur permis, mais ce poste n'a pas de dictionnaire.")

    monkeypatch.setattr(ReplySpelling, "load", nothing)
    host = ReplyHost(desk(spellcheck=True))
    async with host.run_test(size=(80, 24)) as pilot:
        await ready(pilot, host)
        await wait_for(pilot, lambda: "Correcteur permis, mais ce poste n'a pas de dictionnaire." in _flat(host), "why")
        assert not host.desk.next_word()


def _flat(host: ReplyHost) -> str:
    """The writing column, as one line."""
    return " ".join(" ".join(line[:50] for line in host.screen_text().splitlines()).split())


async def test_the_file_is_read_without_leaving_the_text() -> None:
    host = ReplyHost(desk())
    async with host.run_test(size=(80, 20)) as pilot:
        await ready(pilot, host)
        await wait_for(pilot, lambda: "Consigne" in host.screen_text() and "Banque" not in host.screen_text(), "the top")
        for _page in range(4):
            await pilot.press("alt+down")
        await wait_for(pilot, lambda: "Banque" in host.screen_text(), "the end of the file")
        assert host.focused is host.body
        for _page in range(4):
            await pilot.press("alt+up")
        await wait_for(pilot, lambda: "Consigne" in host.screen_text(), "the top again")


async def test_what_is_typed_is_a_draft_at_once_and_a_record_once_the_keys_rest() -> None:
    host = ReplyHost(desk())
    async with host.run_test(size=(100, 30)) as pilot:
        await ready(pilot, host)
        await type_text(pilot, "Bonjour")
        await wait_for(pilot, lambda: "Bonjour" in [(one.fields or {}).get("body") for one in host.of(DraftChanged)], "the draft")
        await wait_for(pilot, lambda: saved(host) != [], "the save")
        first = saved(host)[0]
        assert first.version == 0 and first.fields["simulation"] == "S9" and first.fields["contact_id"] == "corbulon"
        assert first.fields["channel"] == "e-mail" and first.fields["sent_to"] == "nadege.corbulon@courriel.example"
        assert "1 mot · 1 ligne" in host.screen_text()
        await type_text(pilot, " madame")
        await wait_for(pilot, lambda: saved(host)[-1].fields.get("body") == "Bonjour madame", "the next save")
        assert saved(host)[-1].version >= 1 and {one.record_id for one in saved(host)} == {first.record_id}
        assert host.focused is host.body and host.body.cursor_location == (0, 14)
        await pilot.press("ctrl+z")
        assert host.body.text != "Bonjour madame"
        await pilot.press("ctrl+y")
        assert host.body.text == "Bonjour madame"


async def test_a_draft_left_by_a_desk_that_stopped_comes_back() -> None:
    kept = {
        "kind": "reply", "record_id": "r9", "version": 0, "where": {"pane": "reply_desk", "contact": "corbulon", "form": "reply-form"},
        "fields": {"simulation": "S9", "contact_id": "corbulon", "channel": "lettre", "sent_to": "", "subject": "O", "body": "perdu ?"},
    }  # fmt: skip
    host = ReplyHost(replace(desk(), drafts={"r9": kept}))
    async with host.run_test(size=(100, 30)) as pilot:
        await ready(pilot, host)
        assert host.body.text == "perdu ?" and host.desk.form.record_id == "r9"
        assert host.desk.form.box("channel").typed == "lettre"


async def test_a_template_goes_in_at_the_cursor_with_what_is_known() -> None:
    host = ReplyHost(desk())
    async with host.run_test(size=(100, 30)) as pilot:
        await ready(pilot, host)
        await type_text(pilot, "Avant ")
        host.desk.letter.focus()
        await pilot.press("right")
        await wait_for(pilot, lambda: "Accord de paiement ▸" in host.screen_text(), "the simulation's own template first")
        await press_button(pilot, host, "insert")
        await wait_for(pilot, lambda: host.body.text.startswith("Avant Madame Corbulon,\n\n[échéances]"), "the template")
        assert host.desk.form.box("subject").typed == "Notre accord – MVL-199407"
        assert host.body.selected_text == "[échéances]"
        await type_text(pilot, "x")
        assert host.body.text.startswith("Avant Madame Corbulon,\n\nx\n")
        await pilot.press("ctrl+z", "ctrl+z")
        assert host.body.text == "Avant "


async def test_another_channel_another_addressee_and_other_templates() -> None:
    host = ReplyHost(desk())
    async with host.run_test(size=(100, 30)) as pilot:
        await ready(pilot, host)
        host.desk.form.box("channel").editor.focus()
        await pilot.press("right")
        await wait_for(pilot, lambda: "(8 à 25)" in host.screen_text(), "the letter's length")
        assert host.desk.form.box("sent_to").typed == ""  # the sample has no address
        assert [value for value, _words in host.desk.letter.options] == ["-", "accord"]


async def test_handed_in_after_a_question_it_is_closed_for_good() -> None:
    host = ReplyHost(desk())
    async with host.run_test(size=(100, 30)) as pilot:
        await ready(pilot, host)
        await type_text(pilot, "Merci [montant]")
        await press_button(pilot, host, "hand-in")
        await wait_for(pilot, lambda: "Une réponse remise ne se modifie plus." in host.screen_text(), "the question")
        assert "Champs du modèle non remplis : [montant]" in host.screen_text() and "L'objet est vide." in host.screen_text()
        await pilot.press("1")
        await wait_for(pilot, lambda: "Une réponse remise" not in host.screen_text(), "the question is gone")
        assert all("status" not in one.fields for one in saved(host))
        await press_button(pilot, host, "hand-in")
        await wait_for(pilot, lambda: "Remettre définitivement" in host.screen_text(), "the question again")
        await pilot.press("2")
        await wait_for(pilot, lambda: any(one.fields.get("status") == "remise" for one in saved(host)), "handed in")
        assert saved(host)[-1].fields == {"status": "remise"} and saved(host)[-1].version >= 1
        await wait_for(pilot, lambda: "elle ne se modifie plus" in host.screen_text(), "closed")
        assert host.query_one("#reply-hand-in", Button).disabled and host.desk.form.subject is None
        await type_text(pilot, "x")
        assert len([one for one in saved(host) if one.fields.get("status")]) == 1 and "Merci [montant]" in host.screen_text()


async def test_an_empty_reply_is_not_handed_in() -> None:
    host = ReplyHost(desk())
    async with host.run_test(size=(100, 30)) as pilot:
        await ready(pilot, host)
        await press_button(pilot, host, "hand-in")
        await wait_for(pilot, lambda: any("La réponse est vide" in one.text for one in host.of(Told)), "told")
        assert saved(host) == []


async def test_what_the_room_refuses_is_still_being_written() -> None:
    host = ReplyHost(desk(), confirms=False)
    async with host.run_test(size=(100, 30)) as pilot:
        await ready(pilot, host)
        await type_text(pilot, "Bonjour")
        await wait_for(pilot, lambda: saved(host) != [], "asked")
        host.answer(saved(host)[0].record_id, SaveView("reply", saved(host)[0].record_id, "failed", title="Refusé par la salle."))
        await wait_for(pilot, lambda: "NON ENREGISTRÉ" in host.screen_text(), "said")
        assert host.body.text == "Bonjour"


async def test_a_hand_in_that_could_not_be_saved_is_not_done_later_by_itself() -> None:
    host = ReplyHost(desk(), confirms=False)
    async with host.run_test(size=(100, 30)) as pilot:
        await ready(pilot, host)
        await type_text(pilot, "Bonjour")
        await press_button(pilot, host, "hand-in")
        await wait_for(pilot, lambda: "Remettre définitivement" in host.screen_text(), "the question")
        await pilot.press("2")
        await wait_for(pilot, lambda: saved(host) != [], "the save that goes before")
        host.answer(saved(host)[0].record_id, SaveView("reply", saved(host)[0].record_id, "failed", title="Refusé."))
        await wait_for(pilot, lambda: any("n'est pas remise" in one.text for one in host.of(Told)), "told")
        host.confirms = True
        host.body.focus()
        await type_text(pilot, " !")
        await wait_for(pilot, lambda: (saved(host)[-1].fields.get("body") or "").endswith("!"), "saved again")
        await pilot.pause(0.5)
        assert all("status" not in one.fields for one in saved(host))


async def test_three_replies_one_after_the_other() -> None:
    two = desk(asked(), asked("W1", "S2", "vasserand"))
    host = ReplyHost(two)
    async with host.run_test(size=(100, 30)) as pilot:
        await ready(pilot, host)
        await type_text(pilot, "un")
        await pilot.press("alt+right")
        await wait_for(pilot, lambda: host.desk.due is not None and host.desk.due.id == "W1" and "VASSERAND" in host.screen_text(), "W1")
        await ready(pilot, host)
        assert host.body.text == ""
        await type_text(pilot, "deux")
        await pilot.press("alt+left")
        await wait_for(pilot, lambda: host.desk.form.subject is not None and host.body.text == "un", "the first again")
        await wait_for(pilot, lambda: {one.fields.get("body") for one in saved(host)} >= {"un", "deux"}, "both saved")


async def test_a_customer_whose_file_is_not_here_is_asked_for_without_leaving() -> None:
    state = desk()
    host = ReplyHost(replace(state, files={}))
    async with host.run_test(size=(100, 30)) as pilot:
        await wait_for(pilot, lambda: host.of(FileAsked) != [], "asked for")
        assert host.of(FileAsked)[0].contact_id == "corbulon" and host.of(FileAsked)[0].stay
        host.show(state)
        await ready(pilot, host)


async def test_the_phase_s_end_closes_every_text_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reply_desk, "REST", 3600.0)
    now = [1_000_000.0]
    monkeypatch.setattr(ReplyDeskPane, "_now", lambda self: now[0])
    host = ReplyHost(desk(course=course("written", _iso(now[0] + 60))))
    async with host.run_test(size=(100, 30)) as pilot:
        await ready(pilot, host)
        await type_text(pilot, "fini")
        await wait_for(pilot, lambda: "1 mot · 1 ligne" in host.screen_text(), "typed")
        assert saved(host) == []
        now[0] += 60 - reply_desk.LAST_SECONDS
        await wait_for(pilot, lambda: [one.fields.get("body") for one in saved(host)] == ["fini"], "saved just before the end")
        await type_text(pilot, " !")
        now[0] += reply_desk.LAST_SECONDS
        await wait_for(pilot, lambda: "Le temps de l'épreuve écrite est écoulé" in host.screen_text(), "closed")
        await wait_for(pilot, lambda: saved(host)[-1].fields.get("body") == "fini !", "what was typed last too")
        assert "Brouillon, non remis." in host.screen_text()
        count = len(saved(host))
        await type_text(pilot, "x")
        assert len(saved(host)) == count and all("status" not in one.fields for one in saved(host))
        await press_button(pilot, host, "hand-in")
        await wait_for(pilot, lambda: "Remettre définitivement" in host.screen_text(), "it may still be handed in")
        await pilot.press("2")
        await wait_for(pilot, lambda: saved(host)[-1].fields == {"status": "remise"}, "handed in as it stands")
        await wait_for(pilot, lambda: "elle ne se modifie plus" in host.screen_text(), "closed for good")
        assert host.query_one("#reply-hand-in", Button).disabled


def course(phase: str, ends_at: str, *opened: str) -> Record:
    """As the room tells a candidate's passage."""
    allowed = opened or {"written": ("brief", "hand_in", "records", "replies"), "contacts": ("brief", "file", "records", "work")}.get(
        phase, ()
    )
    return {"phase": phase, "opens": list(allowed), "phases": [{"id": phase, "state": "en cours", "ends_at": ends_at}], "frozen": None}


@pytest.mark.parametrize(
    ("told", "open_now", "hand_in"),
    [
        (course("written", _iso(1_060.0)), True, True),
        (course("written", _iso(999.0)), False, True),  # over, and the room has not said so yet
        (course("written", "", "hand_in"), False, True),  # the grace
        (course("contacts", _iso(1_060.0)), False, False),
        (course("", ""), False, False),
    ],
)
def test_in_a_session_the_phases_open_the_writing(told: Record, open_now: bool, hand_in: bool) -> None:
    found = writing(desk(course=told), 1_000.0)
    assert (found.open, found.hand_in) == (open_now, hand_in) and bool(found.why) is not open_now and len(found.dues) == 1


def test_a_simulation_that_runs_closes_the_writing() -> None:
    assert not writing(desk(current="S4"), 0.0).open
    assert writing(desk(), 0.0).open and writing(desk(), 0.0).hand_in
    assert writing(DeskState(), 0.0).dues == ()


async def test_papers_of_what_is_saved_and_what_the_printer_says(monkeypatch: pytest.MonkeyPatch) -> None:
    host = ReplyHost(desk())
    async with host.run_test(size=(100, 30)) as pilot:
        await ready(pilot, host)
        await type_text(pilot, "Bonjour")
        await wait_for(pilot, lambda: saved(host) != [] and host.desk.form.edited == set(), "saved")
        monkeypatch.setattr(reply_desk, "REST", 3600.0)
        await type_text(pilot, " madame")
        await press_button(pilot, host, "pdf")
        await wait_for(pilot, lambda: len(host.papers) == 1, "made once the text is saved")
        assert saved(host)[-1].fields["body"] == "Bonjour madame"
        for name in ("odt", "print"):
            await press_button(pilot, host, name)
        await wait_for(pilot, lambda: len(host.papers) == 3, "asked for")
        assert [getattr(one, "form", one.reply_id) for one in host.papers][:2] == ["pdf", "odt"]
        assert isinstance(host.papers[2], PrintAsked) and host.papers[2].title == "W3 Accord de paiement"
        reply_id = host.papers[2].reply_id
        host.show(replace(host.state, prints={reply_id: PrintView("stopped", "Laser", 3, ("media-empty-error",))}))
        await wait_for(pilot, lambda: "L'imprimante est arrêtée – plus de papier" in host.screen_text(), "no paper")
        host.show(replace(host.state, prints={reply_id: PrintView("done", "Laser", 3)}))
        await wait_for(pilot, lambda: "✓ Imprimé" in host.screen_text(), "printed")


@pytest.mark.parametrize(
    ("view", "words"),
    [
        (PrintView("sending"), "Impression : envoi…"),
        (PrintView("printing", "L", 1, ("job-printing",)), "Impression en cours"),
        (
            PrintView("refused", "Laser", 0, ("format",), ("image/urf", "image/pwg-raster")),
            "Laser n'accepte pas le PDF (seulement image/urf",
        ),
        (PrintView("refused", "Laser", 0, ("accepting",)), "L'imprimante refuse l'impression – elle n'accepte pas de travaux"),
        (PrintView("waiting", "L", 1, ("toner-low-warning", "media-empty")), "toner bientôt vide, plus de papier"),
        (PrintView("failed", detail="La salle est injoignable."), "La salle est injoignable."),
        (PrintView("lost", "L", 1), "vérifiez ce qui est sorti"),
        (PrintView("stopped", "L", 1, ("x-vendor-thing",)), "x-vendor-thing"),
        (None, ""),
    ],
)
def test_what_is_said_of_a_printing(view: PrintView | None, words: str) -> None:
    assert words in printing_words(view)


@pytest.mark.parametrize(
    ("text", "start", "found"),
    [
        ("a [b] c", (3, 5), ((3, 7), (3, 10))),
        ("a\n\n b [c]", (3, 5), ((5, 3), (5, 6))),
        ("rien", (0, 0), None),
    ],
)
def test_where_the_first_blank_stands(text: str, start: tuple[int, int], found: object) -> None:
    assert first_blank(text, start) == found


def test_lengths_and_what_is_said_before_handing_in() -> None:
    assert length_line("Bonjour à vous.\n\nMerci", "e-mail") == "4 mots · 2 lignes (8 à 15)"
    assert length_line("x" * 200, "sms").endswith("200 signes, 2 SMS")
    text = "\n".join(["Une ligne."] * 9)
    assert before_handing_in("e-mail", "a@b.example", "Objet", text) == []
    assert len(before_handing_in("e-mail", "", "", "[x]")) == 4
    assert before_handing_in("lettre", "", "Objet", text) == []


def test_templates_of_the_channel_the_simulation_s_first_and_their_fields() -> None:
    state = desk()
    (due,) = writing(state, 0.0).dues
    assert [one["id"] for one in letters_for(state, due, "e-mail")] == ["accord", "e-mail"]
    assert [one["id"] for one in letters_for(state, due, "sms")] == ["sms"]
    values = letter_values(state, due, "Camille Renard")
    assert values["nom"] == "Madame Corbulon" and values["référence client"] == "MVL-199407" and values["conseiller"] == "Camille Renard"
    assert values["date"] == "lundi 23 novembre 2026" and "date du contact" not in values


def test_hostile_text_is_only_text() -> None:
    checks: list[Callable[[], object]] = [lambda: before_handing_in("e-mail", "", sample.HOSTILE, sample.HOSTILE)]
    for check in checks:
        assert isinstance(check(), list)
