"""The customer signs at home the offer he was sent: never before it is there, never one that was withdrawn."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import pytest

from crm_mock import errors
from crm_mock.models import Opportunity, Subscription
from scenarios.customer.caller import Pace
from scenarios.customer.paying import Wallet
from scenarios.customer.room_side import Owed, RoomSide
from scenarios.customer.world import World
from tests.crm_mock.world import Room

NOW = Pace(before_opening_link=0.0, before_paying=0.0)


class SaleRoom:
    """A case file that answers the customer's writes as the room server does, and tells him its rows."""

    def __init__(self, folder: Path) -> None:
        self.room, self.world, self.asked = Room(folder), World(sitting="s"), list[str]()
        self.wallet = Wallet(cast(RoomSide, self), NOW, lambda: self.world)
        self.told = 0
        self.put("opportunity", "o", contact_id="lormier", product_id="intense", commitment_months=12, status="proposée")

    def put(self, kind: str, record_id: str, version: int = 0, **fields: Any) -> None:
        self.room.put(kind, record_id, version, **fields)
        self.tell()

    def tell(self) -> None:
        for row in self.room.published[self.told :]:
            self.world = self.world.apply({"kind": row.kind, "data": row.data})
        self.told = len(self.room.published)
        self.wallet.news()

    def offer(self) -> None:
        self.put("opportunity", "o", 1, status="en attente de signature")

    def send(self) -> None:
        self.put("document", "d", contact_id="lormier", template="confirmation d'offre", subject_id="o")

    def owe(self, owed: Owed) -> None:
        """The one way the customer writes."""
        _crm, kind, record_id = owed.path.strip("/").split("/")
        self.asked.append(record_id)
        assert owed.answered is not None
        try:
            saved = self.room.put(kind, record_id, owed.body["version"], role="customer", **owed.body["fields"])
        except errors.VersionConflict as conflict:
            owed.answered(409, {"details": conflict.details})
        else:
            owed.answered(200, cast(Mapping[str, Any], {"version": saved.version}))

    @property
    def status(self) -> str:
        return self.room.case.get(Opportunity, "o").status


@pytest.fixture
def sale(tmp_path: Path) -> Iterator[SaleRoom]:
    made = SaleRoom(tmp_path)
    yield made
    made.room.case.close()


async def test_an_offer_is_signed_once_it_was_sent_and_the_contract_begins(sale: SaleRoom) -> None:
    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        signing = tasks.create_task(sale.wallet.sign("lormier", "k1"))
        for step in (sale.offer, sale.send):
            await asyncio.sleep(0)
            assert not signing.done() and sale.asked == []
            step()
    assert sale.status == "signée" and sale.asked == ["o"]
    (contract,) = sale.room.case.all(Subscription, contact_id="lormier")
    assert (contract.product_id, contract.status) == ("intense", "actif")


async def test_somebody_else_wrote_meanwhile(sale: SaleRoom) -> None:
    sale.offer()
    sale.send()
    sale.room.put("opportunity", "o", 2, remark="rappelé")  # not yet told to the customer
    await sale.wallet.sign("lormier", "")
    assert sale.status == "signée" and sale.asked == ["o", "o"]


@pytest.mark.parametrize("left", [True, False])
async def test_what_was_withdrawn_or_left_while_it_was_read_is_not_signed(
    sale: SaleRoom, left: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    sale.offer()
    sale.send()

    async def reading(seconds: float) -> None:
        if left:
            sale.world = World(sitting="another")
        else:
            sale.put("opportunity", "o", 2, status="perdue", refusal_reason="réflexion")

    monkeypatch.setattr("scenarios.customer.paying.asyncio.sleep", reading)
    await sale.wallet.sign("lormier", "")
    assert sale.status == ("en attente de signature" if left else "perdue") and sale.asked == []


async def test_nobody_waits_for_ever_for_an_offer(sale: SaleRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scenarios.customer.paying.LINK_WITHIN", 0.05)
    sale.offer()  # and never sent
    await sale.wallet.sign("lormier", "")
    assert sale.status == "en attente de signature" and sale.asked == []


def test_which_offer_waits_for_whom(sale: SaleRoom) -> None:
    assert sale.world.offer_of("lormier") is None
    sale.offer()
    assert sale.world.offer_of("lormier") is None  # accepted aloud, nothing to sign with
    sale.send()
    found = sale.world.offer_of("lormier")
    assert found is not None and (found.id, found.version) == ("o", 2)
    assert sale.world.offer_of("odile") is None
    sale.put("document", "t", contact_id="lormier", template="conditions générales", subject_id="o")
    assert sale.world.offer_of("lormier") == found
