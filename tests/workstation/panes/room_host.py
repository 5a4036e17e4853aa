"""A pane before a real case file: its saves and lists are answered as the room server answers them, from Marvalune's records."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from crm_mock import errors
from crm_mock.casefile import CaseFile
from crm_mock.journal import Event
from crm_mock.models import Availability, Owned, Product, Record, Resource
from scenarios.pack import Pack
from scenarios.pack_load import load_pack
from tests.workstation.panes import sample
from tests.workstation.panes.host import Host
from workstation.cli_options import PACKS
from workstation.desk.state import DeskState, ListView, SaveView
from workstation.ui.messages import ListAsked, SaveAsked

TODAY = dt.date(2026, 11, 23)


@cache
def marvalune() -> Pack:
    return load_pack(PACKS / "marvalune", TODAY)


def case_of(folder: Path, contact_id: str) -> CaseFile:
    """Of one customer, with what can be sold and booked."""
    pack = marvalune()
    shared: list[Record] = [r for r in pack.records if isinstance(r, Product | Resource | Availability)]
    own = [r for r in pack.records if r.id == contact_id or (isinstance(r, Owned) and r.contact_id == contact_id)]
    first = Event("SittingOpened", {"pack": "essai"})
    return CaseFile.create(folder / "casefile.db", [*shared, *own], first, pack.company, on_commit=None, today=lambda: TODAY)


class RoomHost(Host):
    def __init__(self, pane_id: str, case: CaseFile, contact_id: str, state: DeskState | None = None, **more: Any) -> None:
        self.case, self.contact_id, self.writes = case, contact_id, 0
        super().__init__(pane_id, self.fresh(state or desk(contact_id)), **more)

    def fresh(self, state: DeskState) -> DeskState:
        """With the file and the lists as the case file has them now."""
        file = self.case.customer_file(self.contact_id)
        lists = {}
        for key, view in state.lists.items():
            params = dict(view.params)
            since, until, limit = (params.pop(name, "") for name in ("since", "until", "limit"))
            told = self.case.listing(view.kind, params, since, until, int(limit or 100))
            lists[key] = replace(view, records=tuple(told.records), total=told.total)
        products = tuple(p.model_dump(mode="json") for p in self.case.products())
        files = {self.contact_id: {"contact": file.contact.model_dump(mode="json"), "records": file.records}}
        return replace(state, files=files, lists=lists, products=products)

    def refresh_file(self) -> None:
        self.show(self.fresh(self.state))

    def confirm(self, save: SaveAsked, **computed: Any) -> None:
        self.writes += 1
        who = {"write_id": f"w{self.writes}", "actor": "Camille", "role": "candidate", "call_key": "k1"}
        try:
            self.case.put(save.kind, save.record_id, save.version, save.fields, **who)
        except (errors.BusinessRefusal, errors.InvalidFields) as error:
            self.answer(save.record_id, SaveView(save.kind, save.record_id, "failed", title=str(error)))
            return
        drafts = {k: v for k, v in self.state.drafts.items() if k != save.record_id}
        saves = {**self.state.saves, save.record_id: SaveView(save.kind, save.record_id, "saved", at="14:03:22")}
        self.show(self.fresh(replace(self.state, saves=saves, drafts=drafts)))

    def on_list_asked(self, event: ListAsked) -> None:
        view = ListView(event.kind, event.params)
        self.show(self.fresh(replace(self.state, lists={**self.state.lists, event.key: view})))


def desk(contact_id: str) -> DeskState:
    """The company's rules and its grid, this customer in front, in a call."""
    pack, state = marvalune(), sample.desk("lormier", number="+33536491275")
    rules = {**state.brief["rules"], "agent_goodwill_cents": pack.company.agent_goodwill_cents, "notice_months": pack.company.notice_months}
    grid = pack.retention.model_dump(mode="json") if pack.retention is not None else None
    return replace(state, contact_id=contact_id, brief={**state.brief, "rules": rules, "retention": grid})
