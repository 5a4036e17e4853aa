"""The calendar: a month with public holidays and week numbers, and working days counted from a date."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input

from crm_mock.rules.calendar import add_months, add_working_days, is_working_day, long, public_holidays, short
from workstation.desk.state import DeskState
from workstation.i18n import N_, _
from workstation.ui.focus import take_focus
from workstation.ui.plain_text import plain
from workstation.ui.widgets.record_drafts import scenario_today
from workstation.ui.widgets.static import Static
from workstation.ui.widgets.value_text import Unreadable, read_day

FIRST, LAST = dt.date(2000, 1, 1), dt.date(2099, 12, 31)
_DAYS = (N_("lu"), N_("ma"), N_("me"), N_("je"), N_("ve"), N_("sa"), N_("di"))
_SUM = re.compile(
    r"(?:J|(?P<from>[\d/. ]*?))\s*(?P<sign>[+-])\s*(?P<count>\d{1,4})"
    r"\s*(?P<unit>jo|(?:j(?:ours?)? *)?ouv\w*|j(?:ours?)?|s(?:emaines?)?|m(?:ois)?)?",
    re.IGNORECASE,
)


def working_days_between(one: dt.date, other: dt.date) -> int:
    """Working days after the earlier of the two, up to and including the later."""
    first, last = min(one, other), max(one, other)
    return sum(is_working_day(first + dt.timedelta(days=n)) for n in range(1, (last - first).days + 1))


def _read(text: str, today: dt.date) -> dt.date | None:
    day = read_day(text, today)
    return dt.date.fromisoformat(day) if day else None


def moved_day(typed: str, today: dt.date) -> dt.date:
    """« J+8 », « J+8 ouvrés », « 01/12/2026 - 3 jo », « +2 mois », or a date alone. Raises Unreadable."""
    text = typed.strip()
    if text.upper() == "J":
        return today
    found = _SUM.fullmatch(text)
    if found is None:
        day = _read(text, today)
    else:
        start = _read((found["from"] or "").strip(), today) or today
        count = int(found["count"]) * (1 if found["sign"] == "+" else -1)
        unit = (found["unit"] or "j").lower()
        if unit == "jo" or "ouv" in unit:
            day = add_working_days(start, count)
        elif unit.startswith("m"):
            day = add_months(start, count)
        else:
            day = start + dt.timedelta(days=count * (7 if unit.startswith("s") else 1))
    if day is None or not FIRST <= day <= LAST:
        raise Unreadable(typed)
    return day


class Month(Widget, can_focus=True):
    """A month with a cursor on a day."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "day(-1)", show=False),
        Binding("right", "day(1)", show=False),
        Binding("up", "day(-7)", show=False),
        Binding("down", "day(7)", show=False),
        Binding("pageup", "month(-1)", show=False),
        Binding("pagedown", "month(1)", show=False),
        Binding("home", "today", show=False),
    ]

    class Moved(Message):
        pass

    def __init__(self) -> None:
        super().__init__(id="calendar-month")
        self.today = self.day = dt.date(2026, 1, 1)

    def show_today(self, today: dt.date) -> None:
        if today != self.today:
            self.day = today if self.day == self.today else self.day
            self.today = today
            self.refresh()
            self.post_message(self.Moved())

    def go(self, day: dt.date) -> None:
        self.day = max(FIRST, min(LAST, day))
        self.refresh()
        self.post_message(self.Moved())

    def action_day(self, by: int) -> None:
        self.go(self.day + dt.timedelta(days=by))

    def action_month(self, by: int) -> None:
        self.go(add_months(self.day, by))

    def action_today(self) -> None:
        self.go(self.today)

    def on_click(self, event: events.Click) -> None:
        weeks = calendar.Calendar().monthdatescalendar(self.day.year, self.day.month)
        row, column = event.y - 2, (event.x - 4) // 5
        if 0 <= row < len(weeks) and 0 <= column < 7:
            self.go(weeks[row][column])

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def render(self) -> Text:
        """« 23 » is [23] today; F marks a public holiday, · a weekend; the cursor is reversed."""
        name = long(self.day.replace(day=1)).split(" ", 2)[2]
        lines = [Text(f"    {name}", "bold"), Text("    " + "".join(f" {_(day)}  " for day in _DAYS), "dim")]
        for week in calendar.Calendar().monthdatescalendar(self.day.year, self.day.month):
            line = Text(f"{week[0].isocalendar().week:>2}  ", "dim")
            for day in week:
                line.append_text(self._day(day))
            lines.append(line)
        return Text("\n").join(lines)

    def _day(self, day: dt.date) -> Text:
        other = day.month != self.day.month
        holiday = day in public_holidays(day.year)
        number = f"[{day.day:>2}]" if day == self.today else f" {day.day:>2}" + ("F" if holiday else "·" if day.weekday() > 4 else " ")
        style = "dim" if other else "bold" if day == self.today or holiday else ""
        if day == self.day:
            style = "reverse bold" if self.has_focus else "reverse"
        return Text(number, style) + Text(" ")


class CalendarPage(Vertical):
    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")

    def __init__(self) -> None:
        super().__init__(id="calendar-page")
        self.month = Month()
        self.said = Static("", id="calendar-said", markup=False)
        self.holidays = Static("", id="calendar-holidays", markup=False)
        self.line = Input(placeholder=_("J+8 ouvrés · 01/12/2026 + 2 mois · 24/12/2026"), compact=True, max_length=40, id="calendar-line")
        self.answer = Static("", id="calendar-answer", markup=False)

    def compose(self) -> ComposeResult:
        yield self.line
        yield self.answer
        with Horizontal(id="calendar-top"):
            with Vertical(id="calendar-days"):
                yield self.month
                yield self.said
            yield self.holidays
        words = _("[23] jour de la simulation · F férié · flèches : jour · Page : mois")
        yield Static(words, classes="note", markup=False)

    def show(self, state: DeskState) -> None:
        self.month.show_today(scenario_today(state))

    def first_look(self) -> None:
        self._show_day()
        take_focus(self.month)

    @on(Month.Moved)
    def _moved(self, event: Month.Moved) -> None:
        event.stop()
        self._show_day()

    def _show_day(self) -> None:
        day, today = self.month.day, self.month.today
        self.said.update(Text("\n").join(plain(line) for line in day_words(day, today)))
        listed = [f"{short(date)} {name}" for date, name in public_holidays(day.year).items()]
        self.holidays.update(plain(_("Fériés {year} :").format(year=day.year), "bold") + Text("\n" + "\n".join(listed)))

    @on(Input.Changed, "#calendar-line")
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self.answer.update("")
        self._answer(event.value, told=False)

    @on(Input.Submitted, "#calendar-line")
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._answer(event.value, told=True)

    def _answer(self, typed: str, *, told: bool) -> None:
        if not typed.strip():
            return
        try:
            day = moved_day(typed, self.month.today)
        except (Unreadable, OverflowError):
            if told:
                self.answer.update(plain("▲ " + _("Écrire une date, ou J+8, J+8 ouvrés, 01/12/2026 + 2 mois (jusqu'en 2099).")))
            return
        self.answer.update(plain(" · ".join(day_words(day, self.month.today)), "bold"))
        if told:
            self.month.go(day)


def day_words(day: dt.date, today: dt.date) -> list[str]:
    """Which day it is, how far from the scenario's."""
    holiday = public_holidays(day.year).get(day)
    kind = _("férié : {name}").format(name=holiday) if holiday else _("jour ouvré") if is_working_day(day) else _("week-end")
    lines = [long(day), _("semaine {week} · {kind}").format(week=day.isocalendar().week, kind=kind)]
    apart = (day - today).days
    if apart:
        words = _("J{apart:+} · {count} jour(s) ouvré(s) d'écart")
        lines.append(words.format(apart=apart, count=working_days_between(today, day)))
    else:
        lines.append(_("jour de la simulation"))
    return lines
