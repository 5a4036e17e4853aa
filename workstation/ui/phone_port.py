"""What the app needs of a phone: `cti.phone.client.PhoneClient` is one, tests have another."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

from cti.messages import Fact, Order


class Phone(Protocol):
    """`facts` starts the phone process if need be and never ends while the desk runs: a phone that dies is told (PhoneLost) and
    started again. It raises PhoneUnavailable-like errors (any exception) only when no phone can be had at all."""

    def facts(self) -> AsyncIterator[Fact]: ...

    def send(self, order: Order) -> None:
        """Give an order; returns at once."""

    async def stop(self) -> None: ...
