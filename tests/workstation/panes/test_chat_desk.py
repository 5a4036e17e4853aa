"""The chat by keys: accepting, writing, ready replies, products side by side, the prospect's card; and what never happens by itself."""

from __future__ import annotations

import functools
import time
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti.call import CallState
from tests.workstation.panes import sample
from tests.workstation.panes.host import Host, type_text, wait_for
from workstation.desk import chat as desk_chat
from workstation.desk import events as ev
from workstation.desk.effects import BringToFront, KeepDraft, RingBell, SendChat
from workstation.desk.reducer import apply
from workstation.desk.state import ChatMessage, ChatView, DeskState, SaveView
from workstation.desk.words import instant
from workstation.ui.messages import ChatOrdered, ChatSaid, DraftChanged, FileAsked, SaveAsked, Traced
from workstation.ui.screens import chat_comparison as compare
from workstation.ui.screens.chat_desk import ChatDeskPane
from workstation.ui.screens.chat_words import head_words, thread_words

KEY = "m-1"
CARD = "4970105181854329"  # passes Luhn's check; nobody's
PRODUCTS = (
    {
        "id": "LUNE-S", "name": "Machine Lune S (capsules), noire", "category": "Machines", "price_cents": 12900, "stock": 42, "version": 1,
        "description": "Machine à capsules, 19 bars.", "keywords": "capsule petite",
    },
    {
        "id": "LUNE-M", "name": "Machine Lune M (grains), noire", "category": "Machines", "price_cents": 34900, "stock": 23, "version": 1,
        "description": "Machine à grains, broyeur céramique.", "keywords": "broyeur",
    },
    {
        "id": "CAP-AUBE", "name": "Capsules Aube, étui de 10", "category": "Capsules", "price_cents": 390, "stock": 0, "version": 1,
        "back_on": "2027-01-12", "description": "Doux. Capsules compostables en compostage industriel.", "keywords": "doux",
    },
    {"id": "HT", "name": "Lune Pro", "category": "Professionnels", "price_cents": 3900, "price_ht": True, "stock": 8, "version": 1},
)  # fmt: skip
DELIVERY = {"relais": {"fee_cents": 390, "free_from_cents": 3900}, "domicile": {"fee_cents": 590, "free_from_cents": 5900}}
CANNED = [
    {"id": "accueil", "label": "Accueil", "text": "Bonjour, ici … de la Brûlerie."},
    {"id": "clair", "label": "Est-ce clair", "text": "Est-ce clair pour vous ?"},
]


def said(n: int, who: Any, text: str, **more: Any) -> ChatMessage:
    return ChatMessage(who, text, time.time() - 60 + n, n, **more)


def view(*lines: ChatMessage, **more: Any) -> ChatView:
    now = time.time()
    first = next((one.at for one in lines if one.who == "conseiller" and one.n), None)
    known: dict[str, Any] = {"offered_at": now - 90, "accepted_at": now - 80, "answered_at": first, "version": 1}
    return ChatView(KEY, "Inès", "S3", messages=tuple(lines), **{**known, **more})


def desk(chat: ChatView | None = None, **more: Any) -> DeskState:
    state = sample.desk()
    brief = {
        **state.brief,
        "canned": CANNED,
        "company": {"website": "www.marvalune.example"},
        "rules": {
            "delivery": {"relais": {"fee_cents": 390, "free_from_cents": 3900}, "domicile": {"fee_cents": 590, "free_from_cents": 5900}}
        },
    }
    chats = {KEY: chat} if chat is not None else {}
    return replace(state, chats=chats, brief=brief, products=PRODUCTS, contact_id="", files={}, calls={}, front="", **more)


class ChatHost(Host):
    def on_chat_said(self, event: ChatSaid) -> None:
        self.asked.append(event)

    def on_chat_ordered(self, event: ChatOrdered) -> None:
        self.asked.append(event)

    @property
    def chat(self) -> ChatDeskPane:
        assert isinstance(self.pane, ChatDeskPane)
        return self.pane

    def sent(self) -> list[str]:
        return [one.text for one in self.of(ChatSaid) if one.typing is None]


def host_of(chat: ChatView | None = None, **more: Any) -> ChatHost:
    return ChatHost("chat_desk", desk(chat, **more))


# --- the thread -------------------------------------------------------------------------------------


async def test_an_offered_conversation_is_read_and_accepted_by_the_button() -> None:
    host = host_of(view(said(1, "client", "bjr S ou M ??"), accepted_at=None))
    async with host.run_test(size=(80, 18)) as pilot:
        await wait_for(pilot, lambda: "bjr S ou M ??" in host.screen_text() and "présentée" in host.screen_text(), "the first message")
        await wait_for(pilot, lambda: host.focused is not None and host.focused.id == "chat-accept", "the button")
        assert not host.chat.box.display
        await pilot.press("enter")
        await wait_for(pilot, lambda: host.of(ChatOrdered), "accepted")
        assert (host.of(ChatOrdered)[0].order, host.of(ChatOrdered)[0].chat_id) == ("accept", KEY)
        host.show(replace(host.state, chats={KEY: view(said(1, "client", "bjr S ou M ??"))}))
        await wait_for(pilot, lambda: host.chat.box.has_focus, "what is typed next is the message")


async def test_enter_sends_each_message_in_its_order_and_the_draft_goes() -> None:
    host = host_of(view(said(1, "client", "bjr")))
    async with host.run_test(size=(80, 18)) as pilot:
        await wait_for(pilot, lambda: host.chat.box.has_focus, "the message box")
        await pilot.press(*"Bonjour", "enter", *"Combien", "enter")  # without waiting: each keeps its own letters
        await wait_for(pilot, lambda: host.sent() == ["Bonjour", "Combien"], "both messages")
        assert host.chat.box.text == ""
        kept = host.of(DraftChanged)
        assert (kept[0].record_id, kept[0].fields, kept[0].where) == (f"{KEY}.message", {"text": "B"}, {"pane": "chat_desk", "chat": KEY})
        assert next(one.typing for one in host.of(ChatSaid) if one.typing is not None) is True
        await pilot.press("enter")
        assert host.sent() == ["Bonjour", "Combien"]  # nothing is not sent


async def test_what_is_confirmed_what_waits_and_what_was_refused_are_told_apart() -> None:
    lines = (
        said(1, "client", "bjr"),
        said(2, "conseiller", "Bonjour"),
        said(0, "conseiller", "Combien de tasses ?", write_id="w1"),
        said(0, "conseiller", "Trop tard", write_id="w2", refused="Cette conversation est terminée."),
    )
    host = host_of(view(*lines))
    async with host.run_test(size=(80, 18)) as pilot:
        await wait_for(pilot, lambda: "Combien de tasses" in host.screen_text(), "the thread")
        text = host.screen_text()
        assert "Vous  ✓" in text and "Vous  … pas encore confirmé" in text and "✕ NON ENVOYÉ : Cette conversation est terminée." in text


async def test_a_message_that_arrives_takes_neither_the_focus_nor_a_word_typed() -> None:
    host = host_of(view(said(1, "client", "bjr")))
    async with host.run_test(size=(80, 18)) as pilot:
        await wait_for(pilot, lambda: host.chat.box.has_focus, "the message box")
        await type_text(pilot, "Je verifie")
        before = host.chat.box.cursor_location
        host.show(replace(host.state, chats={KEY: view(said(1, "client", "bjr"), said(2, "client", "[/b] vous etes la ?"))}))
        await wait_for(pilot, lambda: "[/b] vous etes la ?" in host.screen_text(), "the new message")
        assert host.chat.box.has_focus and host.chat.box.text == "Je verifie" and host.chat.box.cursor_location == before


async def test_the_tab_counts_what_has_not_been_seen() -> None:
    host = host_of(view(said(1, "client", "bjr")))
    async with host.run_test(size=(80, 18)) as pilot:
        await wait_for(pilot, lambda: host.chat.title() == "Messagerie", "seen")
        host.chat.display = False
        host.show(replace(host.state, chats={KEY: view(said(1, "client", "bjr"), said(2, "client", "allo"))}))
        await wait_for(pilot, lambda: host.chat.title() == "Messagerie ●1", "not seen")


async def test_a_draft_of_an_earlier_run_is_found_again_unless_it_was_sent() -> None:
    draft = {"kind": "chat", "record_id": f"{KEY}.message", "version": 0, "fields": {"text": "Je vérif"}, "where": {"pane": "chat_desk"}}
    host = host_of(view(said(1, "client", "bjr")), drafts={f"{KEY}.message": draft})
    async with host.run_test(size=(80, 18)) as pilot:
        await wait_for(pilot, lambda: host.chat.box.text == "Je vérif", "what was typed")
    sent = view(said(1, "client", "bjr"), said(2, "conseiller", "Je vérif"))
    host = host_of(sent, drafts={f"{KEY}.message": draft})
    async with host.run_test(size=(80, 18)) as pilot:
        await wait_for(pilot, lambda: "Je vérif" in host.screen_text(), "the thread")
        assert host.chat.box.text == ""


async def test_a_card_number_never_stays_in_the_message() -> None:
    host = host_of(view(said(1, "client", "bjr")))
    async with host.run_test(size=(80, 18)) as pilot:
        await wait_for(pilot, lambda: host.chat.box.has_focus, "the message box")
        await type_text(pilot, f"carte {CARD}")
        await wait_for(pilot, lambda: "•" in host.chat.box.text, "masked")
        assert CARD not in host.chat.box.text and host.chat.box.text.endswith("4329")
        assert [t.data for t in host.of(Traced) if t.kind == "CardNumberRefused"] == [{"field": "message"}]
        assert all(CARD not in str(one.fields) for one in host.of(DraftChanged))


async def test_the_conversation_is_ended_by_two_strokes_only() -> None:
    host = host_of(view(said(1, "client", "bjr")))
    async with host.run_test(size=(80, 18)) as pilot:
        await wait_for(pilot, lambda: host.chat.box.has_focus, "the message box")
        await pilot.press("tab")
        await wait_for(pilot, lambda: host.focused is not None and host.focused.id == "chat-close", "the button")
        await pilot.press("enter")
        await wait_for(pilot, lambda: "Entrée confirme" in host.screen_text(), "the question")
        assert not host.of(ChatOrdered)
        await wait_for(pilot, lambda: not host.query_one("#chat-close").has_class("-active"), "the stroke is over")
        await pilot.press("enter")
        await wait_for(pilot, lambda: host.of(ChatOrdered), "closed")
        assert (host.of(ChatOrdered)[0].order, host.of(ChatOrdered)[0].chat_id) == ("close", KEY)


# --- beside the thread ------------------------------------------------------------------------------


async def test_a_ready_reply_comes_at_the_cursor_and_the_thread_stays_in_sight() -> None:
    host = host_of(view(said(1, "client", "bjr S ou M ??")))
    async with host.run_test(size=(80, 18)) as pilot:
        await wait_for(pilot, lambda: host.chat.box.has_focus, "the message box")
        await type_text(pilot, "Oui")
        await pilot.press("alt+right")
        await wait_for(pilot, lambda: "Est-ce clair" in host.screen_text() and host.chat.replies.list.has_focus, "the replies")
        assert "bjr S ou M ??" in host.screen_text()
        await pilot.press("down")
        await wait_for(pilot, lambda: "Est-ce clair pour vous ?" in host.screen_text(), "its whole text")
        await pilot.press("enter")
        await wait_for(pilot, lambda: host.chat.box.has_focus and host.chat.box.text == "Oui Est-ce clair pour vous ?", "put in")
        assert not host.sent()
        await pilot.press("end", "space")
        host.chat.replies.list.focus()
        await wait_for(pilot, lambda: host.chat.replies.list.has_focus, "the replies again")
        await pilot.press("up", "enter")
        await wait_for(pilot, lambda: host.chat.box.selected_text == "…", "what is to be completed")
        await pilot.press(*"Camille")
        await wait_for(pilot, lambda: "ici Camille de la Brûlerie." in host.chat.box.text, "completed")
        assert host.chat.box.text.startswith("Oui Est-ce clair pour vous ? Bonjour")


async def test_two_products_side_by_side_and_their_sheet_in_the_message() -> None:
    host = host_of(view(said(1, "client", "bjr S ou M ??")))
    async with host.run_test(size=(120, 27)) as pilot:
        host.chat.bar.choose("produits")
        await wait_for(pilot, lambda: host.chat.products.display, "the panel")
        host.chat.products.search.focus()
        await type_text(pilot, "lune")
        await pilot.press("enter")
        await wait_for(pilot, lambda: host.chat.products.table.has_focus, "the list")
        await pilot.press("enter", "down", "enter")
        await wait_for(pilot, lambda: len(host.chat.products.compared) == 2, "two of them")
        await wait_for(pilot, lambda: "broyeur" in host.screen_text() and "349,00 €" in host.screen_text(), "side by side")
        traces = [t.data for t in host.of(Traced) if t.data.get("screen") == "comparatif"]
        assert traces == [{"screen": "comparatif", "products": ["LUNE-S", "LUNE-M"]}]
        await pilot.press("space")
        await wait_for(pilot, lambda: "www.marvalune.example/lune-" in host.chat.box.text, "the sheet")
        assert "bjr S ou M ??" in host.screen_text()


async def test_the_prospect_is_created_from_the_chat_and_the_chat_attached_to_it() -> None:
    host = host_of(view(said(1, "client", "bjr")))
    async with host.run_test(size=(120, 30)) as pilot:
        await wait_for(
            pilot, lambda: host.chat.box.has_focus and host.chat.card.form.subject is not None, "the form is ready before it is asked for"
        )
        await pilot.press("alt+right", "alt+right", "tab")  # without waiting: what is typed next is for the card
        await type_text(pilot, "CALVAREZ")
        await pilot.press("tab")
        await type_text(pilot, "Ines")
        await pilot.press("ctrl+s")
        await wait_for(pilot, lambda: len(host.of(SaveAsked)) == 2, "the card, then the conversation")
        card, chat = host.of(SaveAsked)
        assert (card.kind, card.version) == ("contact", 0)
        assert {k: card.fields[k] for k in ("category", "source", "last_name", "first_name")} == {
            "category": "prospect", "source": "messagerie", "last_name": "CALVAREZ", "first_name": "Ines",
        }  # fmt: skip
        assert card.fields["preferred_channel"] == "" and card.fields.get("budget_cents") is None
        assert (chat.kind, chat.record_id, chat.version, chat.fields) == ("chat", KEY, 1, {"contact_id": card.record_id})
        assert [(one.contact_id, one.stay) for one in host.of(FileAsked)] == [(card.record_id, True)]


async def test_an_attachment_that_met_the_room_s_own_write_is_asked_again() -> None:
    state = sample.desk()
    host = host_of(view(said(1, "client", "bjr")))
    host.state = replace(host.state, files=state.files, contact_id="vasserand")
    host.confirms = False
    async with host.run_test(size=(120, 30)) as pilot:
        host.chat.bar.choose("fiche")
        await wait_for(pilot, lambda: host.chat.card.attach.display, "the button")
        await wait_for(pilot, lambda: host.chat.card.has_focus_within, "the card's part")
        host.chat.card.attach.focus()
        await wait_for(pilot, lambda: host.chat.card.attach.has_focus, "on the button")
        await pilot.press("enter")
        await wait_for(pilot, lambda: host.of(SaveAsked), "asked")
        host.answer(KEY, SaveView("chat", KEY, "conflict", title="La fiche a changé.", current={"version": 3, "contact_id": ""}))
        await wait_for(pilot, lambda: len(host.of(SaveAsked)) == 2, "asked again")
        assert [(one.version, one.fields) for one in host.of(SaveAsked)] == [
            (1, {"contact_id": "vasserand"}),
            (3, {"contact_id": "vasserand"}),
        ]


async def test_a_consent_begins_with_nothing_agreed() -> None:
    state = sample.desk()
    host = host_of(view(said(1, "client", "bjr"), contact_id="vasserand"))
    host.state = replace(host.state, files=state.files, contact_id="vasserand")
    async with host.run_test(size=(120, 30)) as pilot:
        host.chat.bar.choose("fiche")
        await wait_for(pilot, lambda: "Rattachée à" in host.screen_text(), "whose it is")
        await host.chat.card.list.add("consent")
        await wait_for(pilot, lambda: host.chat.card.list.form.subject is not None, "the form")
        await pilot.press("ctrl+s")
        await wait_for(pilot, lambda: host.of(SaveAsked), "saved")
        fields = host.of(SaveAsked)[0].fields
        assert (fields["status"], fields["source"], fields["given_on"]) == ("inconnu", "messagerie", "2026-11-23")


@pytest.mark.parametrize("size", [(80, 18), (120, 30)])
async def test_every_part_holds_on_a_small_and_a_large_screen(size: tuple[int, int]) -> None:
    host = host_of(view(said(1, "client", "bjr S ou M ??"), said(2, "conseiller", "Bonjour")))
    async with host.run_test(size=size) as pilot:
        for key, words in (("reponses", "Accueil"), ("produits", "Lune"), ("fiche", "Nouveau prospect"), ("fil", "1re réponse")):
            host.chat.bar.choose(key)
            await wait_for(pilot, functools.partial(_reads, host, words, "Bonjour"), f"{key}: {words}")
            assert host.chat.box.region.height >= 2 and host.chat.thread.region.height >= 3, key


def _reads(host: ChatHost, *words: str) -> bool:
    return all(word in host.screen_text() for word in words)


# --- words ------------------------------------------------------------------------------------------


def test_timers_tell_elapsed_time_only() -> None:
    lines = (replace(said(1, "client", "bjr"), at=1010.0), replace(said(2, "conseiller", "Bonjour"), at=1042.0))
    chat = ChatView(KEY, "Inès", "S3", 1000.0, 1005.0, 1042.0, messages=lines)
    words = head_words(chat, 1100.0, 120)
    assert "1re réponse 00:42" in words.plain and "client muet 00:58" in words.plain and "total 01:40" in words.plain
    assert not [span for span in words.spans if "red" in str(span.style)]
    assert "client attend 00:50" in head_words(replace(chat, messages=lines[:1], answered_at=None), 1060.0, 120).plain
    closed = replace(chat, closed_at=1080.0, closed_by="client")
    assert "la personne est partie" in head_words(closed, 2000.0, 120).plain and "total 01:20" in head_words(closed, 2000.0, 120).plain
    assert "écrit…" in head_words(replace(chat, typing_until=1101.0), 1100.0, 120).plain


@given(st.text(max_size=400), st.integers(20, 120))
def test_a_thread_never_overflows_nor_becomes_markup(text: str, width: int) -> None:
    chat = view(replace(said(1, "client", text), at=0.0))
    body = thread_words(DeskState(), chat, width).plain.split("\n")[1:]
    assert all(len(line) <= width for line in body)


def test_the_comparison_says_what_the_catalogue_says_and_nothing_else() -> None:
    state = desk()
    rows = dict(compare.rows(state, PRODUCTS[:3]))
    assert rows["Prix"][:2] == ("129,00\u00a0€", "349,00\u00a0€")
    assert rows["Café"] == ("capsules", "grains", "capsules")
    assert rows["Compost"] == ("", "", "Capsules compostables en compostage industriel")
    assert rows["Stock"][2] == "rupture, retour le 12/01/2027"
    assert rows["Livraison"][0] == "relais offert, domicile offert" and "relais 3,90\u00a0€" in rows["Livraison"][2]
    assert compare.price_of(PRODUCTS[3]).endswith("HT")
    assert "Compost" not in dict(compare.rows(state, PRODUCTS[:2]))
    for width in (46, 60, 110):
        assert all(len(line) <= width for line in compare.table(state, PRODUCTS[:3], width).plain.split("\n"))


# --- the reducer ------------------------------------------------------------------------------------


def row(kind: str, seq: int, at: str = "2026-11-23T09:00:00+00:00", now: float | None = None, **data: Any) -> ev.RowArrived:
    return ev.RowArrived(seq, at, kind, KEY, "candidate", {"chat_id": KEY, **data}, instant(at) if now is None else now)


def told(*rows: ev.RowArrived) -> tuple[DeskState, list[object]]:
    state, effects = DeskState(), list[object]()
    for one in rows:
        state, more = apply(state, one)
        effects += more
    return state, effects


def test_an_offer_rings_comes_to_the_front_and_is_accepted_once() -> None:
    state, effects = told(row("ChatOffered", 1, visitor="Inès", simulation="S3"))
    assert effects == [RingBell(), BringToFront("chat_desk")]
    assert state.front == KEY and state.calls[KEY].written and state.calls[KEY].state is CallState.OFFERED
    state, effects2 = apply(state, ev.ChatAcceptWanted("w1"))
    assert effects2[0] == SendChat("w1", KEY, "accept")
    assert apply(state, ev.ChatAcceptWanted("w2"))[1] == ()
    state, _ = apply(state, row("ChatAccepted", 2))
    assert state.calls[KEY].state is CallState.TALKING and state.chats[KEY].accepted_at is not None


def test_a_message_of_ours_is_shown_at_once_and_confirmed_by_its_row_in_the_room_s_order() -> None:
    state, _ = told(row("ChatOffered", 1), row("ChatAccepted", 2))
    for write_id, text in (("w1", "Bonjour"), ("w2", "Combien ?")):
        state, effects = apply(state, ev.ChatSayWanted(KEY, text, write_id, 5.0))
        assert effects == (SendChat(write_id, KEY, "messages", text), KeepDraft(f"{KEY}.message", None))
    assert [(one.n, one.text) for one in state.chats[KEY].messages] == [(0, "Bonjour"), (0, "Combien ?")]
    state, effects = apply(state, row("ChatMessage", 3, who="client", text="allo", n=1, write_id="x"))
    assert RingBell() in effects
    state, _ = apply(state, row("ChatMessage", 4, who="conseiller", text="Bonjour", n=2, write_id="w1"))
    assert [(one.n, one.text) for one in state.chats[KEY].messages] == [(1, "allo"), (2, "Bonjour"), (0, "Combien ?")]
    state, _ = apply(state, row("ChatMessage", 5, who="conseiller", text="Combien ?", n=3, write_id="w2"))
    assert [one.n for one in state.chats[KEY].messages] == [1, 2, 3]
    assert apply(state, row("ChatMessage", 5, who="conseiller", text="Combien ?", n=3, write_id="w2"))[0] == state


def test_a_replay_is_silent_and_what_was_not_sent_is_still_there() -> None:
    waiting = ({"what": "messages", "chat_id": KEY, "text": "Pas parti", "write_id": "w9", "at": 3.0},)
    late = time.time()
    rows: list[ev.DeskEvent] = [
        row("ChatOffered", 1, now=late, visitor="Inès"),
        row("ChatAccepted", 2, now=late),
        row("ChatMessage", 3, now=late, who="client", text="bjr", n=1, write_id="x"),
    ]
    for order in (0, 3):
        state, effects = DeskState(), list[object]()
        for one in (*rows[:order], ev.DraftsLoaded({}, (), waiting), *rows[order:]):
            state, more = apply(state, one)
            effects += more
        assert effects == [] and state.notices == ()
        assert [(one.n, one.text) for one in state.chats[KEY].messages] == [(1, "bjr"), (0, "Pas parti")]
        assert state.chats[KEY].open and state.chats[KEY].visitor == "Inès"


def test_its_end_leaves_it_to_be_qualified_and_a_missed_one_leaves_nothing() -> None:
    state, _ = told(row("ChatOffered", 1), row("ChatAccepted", 2), row("ChatClosed", 3, by="client"))
    assert desk_chat.current_chat(state) is not None and not state.chats[KEY].open
    assert state.calls[KEY].state is CallState.ENDED and not state.calls[KEY].qualified
    done: dict[str, Any] = {
        "record_kind": "interaction",
        "id": "i",
        "contact_id": "c",
        "version": 1,
        "after": {"call_key": KEY, "result": "ABOUTI"},
    }
    state, _ = apply(state, row("RecordCreated", 4, **done))
    assert KEY not in state.calls
    missed, _ = told(row("ChatOffered", 1), row("ChatClosed", 2, by="client"))
    assert KEY not in missed.calls and "manquée" in missed.notices[-1].text


def test_a_message_that_comes_after_the_end_is_kept_and_says_so() -> None:
    state, _ = told(row("ChatOffered", 1), row("ChatAccepted", 2), row("ChatClosed", 3, by="client"))
    state, effects = apply(state, ev.ChatSayWanted(KEY, "Merci", "w1", 5.0))
    assert effects == () and state.chats[KEY].messages[-1].text == "Merci" and state.chats[KEY].messages[-1].refused


def test_a_refused_message_stays_on_the_thread_with_its_reason() -> None:
    state, _ = told(row("ChatOffered", 1), row("ChatAccepted", 2))
    state, _ = apply(state, ev.ChatSayWanted(KEY, "Bonjour", "w1", 5.0))
    state, _ = apply(state, ev.WriteRefused("chat", KEY, "chat_closed", "Cette conversation est terminée.", {"write_id": "w1"}, 6.0))
    assert state.chats[KEY].messages[-1].refused == "Cette conversation est terminée." and state.notices[-1].tone == "error"


def test_the_room_s_record_says_whose_it_is() -> None:
    state, _ = told(row("ChatOffered", 1), row("ChatAccepted", 2))
    state, _ = apply(state, row("RecordCreated", 3, record_kind="chat", id=KEY, contact_id="", version=1, after={}))
    state, _ = apply(state, row("RecordChanged", 4, record_kind="chat", id=KEY, contact_id="ines", version=2, after={}))
    assert (state.chats[KEY].version, state.chats[KEY].contact_id, state.calls[KEY].contact_id) == (2, "ines", "ines")
