"""The registration of one pjsua2 phone: asked for, told at each change, tried again without end. Everything here runs in the engine's
thread.

The library tries again by itself when there is no server, waits half a minute for one that does not answer, and gives up when it is
refused. An exchange that starts takes connections before it answers on them, and its lines may be written after it has started: both
are tried again here.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable

import pjsua2 as pj

from cti.messages import RegisterAccount, RegistrationChanged, clean_text
from cti.phone.own_address import EVERY, own_address
from cti.phone.pjsua2_setup import registered_account
from cti.phone.port import PhoneSettings

REFUSED_RETRY = 15.0  # seconds
ANSWER_LIMIT = 4.0  # seconds a server has to answer an attempt
RETRIED_BY_PJSUA = frozenset({408, 500, 502, 503, 504})
LOST, TIMED_OUT = 503, 408


class Registration:
    """`account`: the one to call from and be called at while a registration is wanted; None otherwise."""

    def __init__(
        self,
        settings: PhoneSettings,
        make: Callable[[], pj.Account],
        end_calls: Callable[[], None],
        emit: Callable[[RegistrationChanged], None],
    ) -> None:
        """`end_calls`: those of the account `make` made, because its server is gone."""
        self._settings, self._make, self._end_calls, self._emit = settings, make, end_calls, emit
        self._made: pj.Account | None = None
        self._order: RegisterAccount | None = None
        self._server = ""
        self._told: tuple[str, int] | None = None
        self._registered = False
        self._source = ""  # host:port the registrar answered from
        self._shown = ""  # our address, as the account has it
        self._again_at: float | None = None
        self._attempt_at: float | None = None  # since when an attempt waits for its answer, unless the line is registered
        self._look_at_address = False
        self._take_back = False  # an attempt succeeded after it was not wanted any more

    @property
    def account(self) -> pj.Account | None:
        return self._made if self._order is not None else None

    @property
    def transport(self) -> str:
        """Of the registration that is wanted; "" without."""
        return self._order.transport if self._order is not None else ""

    def comes_from_registrar(self, source: str) -> bool:
        return self.account is not None and bool(source) and source == self._source

    def register(self, order: RegisterAccount) -> None:
        """Raises UnsafeText and pj.Error."""
        if order == self._order and self._registered:  # nothing to ask, and an order ends in a fact
            self._told = None
            self._tell(RegistrationChanged("registered", self._server, 200, "OK"))
            return
        config = registered_account(order, self._settings)
        self._told, self._again_at, self._registered, self._source = None, None, False, ""
        self._order, self._server = order, order.server
        self._shown = str(config.mediaConfig.transportConfig.publicAddress)
        if self._made is None:
            account = self._make()
            account.create(config, True)
            self._made = account
            return
        if self._attempt_at is not None:  # an attempt of the former order still waits for its answer
            self._start_over()
            return
        active = self._made.getInfo().regIsActive
        self._made.modify(config)  # registers by itself when something changed
        if not active and self._attempt_at is None:
            self._made.setRegistration(True)

    def unregister(self) -> None:
        """No further attempt; told at once when there was nothing to take back."""
        self._again_at, self._order = None, None
        account = self._made
        active = account is not None and bool(account.getInfo().regIsActive) and self._registered
        if account is not None:
            try:
                account.setRegistration(False)
            except pj.Error:
                active = False
        if not active:
            self._tell(RegistrationChanged("unregistered", self._server))
        self._registered = False

    def attempted(self, renew: bool) -> None:
        """An attempt begins, ours or the library's."""
        self._attempt_at = time.monotonic() if renew and not self._registered else None

    def moved(self, code: int, reason: str, expiration: int, source: str) -> None:
        """What the library says of an attempt. `source`: host:port of the answer, "" without one."""
        self._attempt_at = None
        if self._order is None:  # not wanted any more
            self._take_back = 200 <= code < 300 and expiration > 0
            if not self._take_back and (self._told is None or self._told[0] != "unregistered"):
                self._tell(RegistrationChanged("unregistered", self._server, code, clean_text(reason)))
            return
        if 200 <= code < 300:
            fresh = not self._registered
            self._registered = expiration > 0
            self._again_at = None
            if self._registered:
                self._source = source or self._source
                self._look_at_address = self._look_at_address or (fresh and self._settings.bind in EVERY)
            self._tell(RegistrationChanged("registered" if self._registered else "unregistered", self._server, code, clean_text(reason)))
            return
        self._registered = False
        if code not in RETRIED_BY_PJSUA and code < 600:
            self._again_at = time.monotonic() + REFUSED_RETRY
        self._tell(RegistrationChanged("failed", self._server, code, clean_text(reason)))

    def connection_lost(self, remote: str) -> None:
        """A connection ended. The library drops the calls and tries again a second later; that the line is dead is told now."""
        if self._registered and remote and remote == self._source:
            self._registered = False
            self._tell(RegistrationChanged("failed", self._server, LOST, "connexion perdue"))

    def tick(self, now: float) -> None:
        if self._made is None:
            return
        if self._order is None:
            if self._take_back:
                self._take_back = False
                self._made.setRegistration(False)
            return
        if self._look_at_address:
            self._look_at_address = False
            shown = own_address(self._settings.bind, self._server)
            if shown and shown != self._shown:
                self._shown = shown
                self._made.modify(registered_account(self._order, self._settings))
        if self._attempt_at is not None and now - self._attempt_at > ANSWER_LIMIT:
            self._tell(RegistrationChanged("failed", self._server, TIMED_OUT, "le serveur ne répond pas"))
            self._start_over()
        if self._again_at is not None and now >= self._again_at:
            self._again_at = now + REFUSED_RETRY
            with contextlib.suppress(pj.Error):  # the last attempt still waits for its answer
                self._made.setRegistration(True)

    def _start_over(self) -> None:
        """With another account: the library asks nothing more while one attempt waits."""
        assert self._made is not None and self._order is not None
        self._attempt_at = None
        self._end_calls()
        self._made.shutdown()
        self._made = self._make()
        self._made.create(registered_account(self._order, self._settings), True)

    def leave(self) -> Callable[[], bool] | None:
        """Unregister because the phone stops; says when it is done, None when there is nothing to wait for."""
        account = self._made
        if account is None or not account.getInfo().regIsActive:
            return None
        account.setRegistration(False)
        return lambda: not account.getInfo().regIsActive

    def close(self) -> None:
        """Give the account back to the library; before its end."""
        account, self._made, self._order = self._made, None, None
        if account is not None:
            account.shutdown()

    def _tell(self, fact: RegistrationChanged) -> None:
        if (fact.state, fact.code) != self._told:  # a refresh is no news
            self._told = (fact.state, fact.code)
            self._emit(fact)
