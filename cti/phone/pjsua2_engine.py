"""The main SIP engine: PJSIP through its pjsua2 binding, owned whole by one thread.

That thread creates the library, polls it, runs every callback, carries out every order and drops every object. Orders reach it
by a deque; facts leave it through `emit`. The only callbacks elsewhere are sound frames and received digits (pjmedia's threads).
One engine a process at a time: the library has one endpoint.
"""

from __future__ import annotations

import collections
import gc
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pjsua2 as pj

from cti.messages import (
    AnswerCall,
    CompleteTransfer,
    EngineFaulted,
    Fact,
    HangUpCall,
    HoldCall,
    MicrophoneMuted,
    MuteMicrophone,
    Order,
    PhoneStarted,
    PlaceCall,
    Refusal,
    RefuseCall,
    RegisterAccount,
    ResumeCall,
    SendDigits,
    StopPhone,
    TransferCall,
    UnregisterAccount,
    clean_text,
)  # fmt: skip
from cti.phone.audio.port import SoundIO
from cti.phone.pjsua2_floor import unmet
from cti.phone.pjsua2_media import SilentPort, SoundBridge
from cti.phone.pjsua2_registration import Registration
from cti.phone.pjsua2_setup import (
    endpoint_config,
    local_account,
    open_transports,
    order_codecs,
    transport_parameter,
    with_transport,
)  # fmt: skip
from cti.phone.pjsua2_switch import Switchboard
from cti.phone.port import Capability, EngineUnavailable, OrderUnmet, PhoneSettings
from cti.phone.sip_text import UnsafeText, quote_user

POLL_MS = 10
SOCKET_REST = 0.6  # seconds; the library keeps the two sockets of each call 0.5 s after it ended, has 64, and aborts without one
CROWD = 8  # calls in that time, beyond which SIP waits in the kernel; one poll may bring ten more
START_LIMIT = 15.0  # seconds
STOP_LIMIT = 2.0  # for the far ends to confirm
UNREGISTER_LIMIT = 1.0
ENGINE_THREAD = "engine thread"
"""`EngineFaulted.where` when the engine is dead: the process must be started again."""


class PhoneEndpoint(pj.Endpoint):  # type: ignore[misc]  # pjsua2 ships no types
    """The library itself, and what it tells that is of no account."""

    def __init__(self, engine: Pjsua2Engine) -> None:
        pj.Endpoint.__init__(self)
        self.engine = engine
        self._remotes: dict[int, str] = {}  # host:port of each TLS connection, which is not said any more at its end

    def onTransportState(self, prm: pj.OnTransportStateParam) -> None:
        self.engine.guard("connection", lambda: self._moved(int(prm.hnd), prm.state, prm.tlsInfo))

    def _moved(self, connection: int, state: int, tls: pj.TlsInfo) -> None:
        if state == pj.PJSIP_TP_STATE_CONNECTED:
            self._remotes[connection] = str(tls.remoteAddr)
        elif state == pj.PJSIP_TP_STATE_DISCONNECTED:
            self.engine.connection_lost(self._remotes.pop(connection, ""))

    def onSelectAccount(self, prm: pj.OnSelectAccountParam) -> None:
        self.engine.guard("choice of account", lambda: self.engine.select_account(prm))


class PhoneAccount(pj.Account):  # type: ignore[misc]  # pjsua2 ships no types
    """`direct`: the one of calls without a registrar."""

    def __init__(self, engine: Pjsua2Engine, direct: bool) -> None:
        pj.Account.__init__(self)
        self.engine = engine
        self.direct = direct

    def onRegStarted(self, prm: pj.OnRegStartedParam) -> None:
        self.engine.guard("registration", lambda: self.engine.registration.attempted(bool(prm.renew)))

    def onRegState(self, prm: pj.OnRegStateParam) -> None:
        code, reason, expiration, source = int(prm.code), str(prm.reason), int(prm.expiration), str(prm.rdata.srcAddress)
        self.engine.guard("registration", lambda: self.engine.registration.moved(code, reason, expiration, source))

    def onIncomingCall(self, prm: pj.OnIncomingCallParam) -> None:
        self.engine.invitations.append(time.monotonic())
        self.engine.guard("incoming call", lambda: self.engine.switch.invited(self, int(prm.callId), str(prm.rdata.wholeMsg), self.direct))


class Pjsua2Engine:
    name = "pjsua2"
    capabilities = frozenset(Capability)

    switch: Switchboard
    registration: Registration

    def __init__(self) -> None:
        self._orders: collections.deque[Order] = collections.deque()
        self.invitations: collections.deque[float] = collections.deque(maxlen=CROWD)  # when the last ones came
        self._stopping = threading.Event()
        self._ready = threading.Event()
        self._failure = ""
        self._thread: threading.Thread | None = None

    def start(self, settings: PhoneSettings, sound: SoundIO, emit: Callable[[Fact], None]) -> None:
        if self._thread is not None:
            raise EngineUnavailable("this engine was started already")
        self._settings, self._sound, self._consumer = settings, sound, emit
        self._thread = threading.Thread(target=self._run, name="sip", daemon=True)
        self._thread.start()
        if not self._ready.wait(START_LIMIT):
            raise EngineUnavailable("the SIP stack did not start")
        if self._failure:
            self._thread.join(STOP_LIMIT)
            raise EngineUnavailable(self._failure)

    def execute(self, order: Order) -> None:
        if self._thread is None or self._stopping.is_set():
            if self._thread is not None:
                self._refuse(order, OrderUnmet(Refusal.STOPPING))
            return
        self._orders.append(order)

    def stop(self) -> None:
        self._stopping.set()
        if self._thread is not None and threading.current_thread() is not self._thread:
            self._thread.join(STOP_LIMIT + UNREGISTER_LIMIT + 2.0)

    # --- the engine's thread ----------------------------------------------------------------------------

    def _run(self) -> None:
        endpoint = PhoneEndpoint(self)
        try:
            endpoint.libCreate()
            contact, codecs = self._open(endpoint)
        except (pj.Error, UnsafeText) as error:
            self._failure = clean_text(error.info() if isinstance(error, pj.Error) else str(error)) or "the SIP stack did not start"
            self._close(endpoint)
            self._ready.set()
            return
        self._emit(
            PhoneStarted(self.name, str(endpoint.libVersion().full), tuple(sorted(self.capabilities)), contact, codecs),
        )
        self._ready.set()
        try:
            while not self._stopping.is_set():
                if self._crowded():
                    time.sleep(POLL_MS / 1000)
                else:
                    endpoint.libHandleEvents(POLL_MS)
                while self._orders:
                    self._carry_out(self._orders.popleft())
                self.guard("tick", lambda: self.switch.tick(time.monotonic()))
                self.guard("registration", lambda: self.registration.tick(time.monotonic()))
            self._wind_down(endpoint)
        except Exception as error:
            self._emit(EngineFaulted(ENGINE_THREAD, clean_text(repr(error))))
        finally:
            self._stopping.set()
            self._close(endpoint)

    def _crowded(self) -> bool:
        """Whether so many calls came in so short a time that the library would run out of sockets."""
        return len(self.invitations) == CROWD and time.monotonic() - self.invitations[0] < SOCKET_REST

    def _open(self, endpoint: pj.Endpoint) -> tuple[str, tuple[str, ...]]:
        endpoint.libInit(endpoint_config())
        listening = open_transports(endpoint, self._settings)
        endpoint.libStart()
        endpoint.audDevManager().setNullDev()  # its clock; the sound devices are ours
        codecs = order_codecs(endpoint, self._settings.codecs)
        self._bridge, self._silence = SoundBridge(self._sound, self._faulted), SilentPort()
        self.switch = Switchboard(self._settings, self._sound, self._bridge, self._silence, self._emit)
        self.switch.account = self._account
        self.switch.dress = self._dress
        self.registration = Registration(self._settings, lambda: PhoneAccount(self, direct=False), self.switch.registrar_gone, self._emit)
        first = self._settings.transports[0]
        shown = listening[first].rpartition(":")[0].strip("[]")
        self._local = PhoneAccount(self, direct=True)
        self._local.create(local_account(self._settings, shown), True)
        return f"sip:{quote_user(self._settings.user)}@{listening[first]}{transport_parameter(first)}", codecs

    def _account(self, direct: bool) -> PhoneAccount:
        """The one to call from: the registrar's while there is one and it is not to be passed by."""
        registered = self.registration.account
        return self._local if direct or registered is None else registered

    def _dress(self, target: str, direct: bool) -> str:
        """Over the registrar's transport, or the first one this phone was opened for."""
        if self.registration.transport and not direct:
            return with_transport(target, self.registration.transport)
        return target if "udp" in self._settings.transports else with_transport(target, self._settings.transports[0])

    def select_account(self, prm: pj.OnSelectAccountParam) -> None:
        """The registrar's for what comes from the registrar; a call from anybody else must outlive a lost registration."""
        prm.accountIndex = self._account(not self.registration.comes_from_registrar(str(prm.rdata.srcAddress))).getId()

    def connection_lost(self, remote: str) -> None:
        if hasattr(self, "registration"):
            self.registration.connection_lost(remote)

    def _carry_out(self, order: Order) -> None:
        try:
            self._obey(order)
        except (OrderUnmet, pj.Error) as error:
            self._refuse(order, unmet(error))
        except Exception as error:
            self._refuse(order, unmet(error))
            self._faulted(type(order).__name__, repr(error))

    def _obey(self, order: Order) -> None:
        switch = self.switch
        match order:
            case PlaceCall():
                switch.place(order)
            case AnswerCall(call_id):
                switch.answer(call_id)
            case RefuseCall(call_id, how):
                switch.refuse(call_id, how)
            case HangUpCall(call_id):
                switch.hang_up(call_id)
            case HoldCall(call_id):
                switch.hold(call_id)
            case ResumeCall(call_id):
                switch.resume(call_id)
            case SendDigits(call_id, digits):
                switch.send_digits(call_id, digits)
            case TransferCall(call_id, target):
                switch.transfer(call_id, target)
            case CompleteTransfer(call_id, consult_id):
                switch.complete_transfer(call_id, consult_id)
            case MuteMicrophone(muted):
                (self._bridge.muted.set if muted else self._bridge.muted.clear)()
                self._emit(MicrophoneMuted(muted))
            case RegisterAccount():
                self.registration.register(order)
            case UnregisterAccount():
                self.registration.unregister()
            case StopPhone():
                self._stopping.set()
            case _:
                raise OrderUnmet(Refusal.UNABLE)

    def _refuse(self, order: Order, why: OrderUnmet) -> None:
        self._emit(why.told(type(order).__name__, str(getattr(order, "call_id", ""))))

    # --- the end ----------------------------------------------------------------------------------------

    def _wind_down(self, endpoint: pj.Endpoint) -> None:
        """Refuse what comes, end what is, wait for the far ends and the registrar within limits."""
        self.switch.end_all()
        self._poll(endpoint, STOP_LIMIT, lambda: self.switch.idle)
        self.guard("unregister", lambda: self._leave(endpoint))

    def _leave(self, endpoint: pj.Endpoint) -> None:
        done = self.registration.leave()
        if done is not None:
            self._poll(endpoint, UNREGISTER_LIMIT, done)

    def _poll(self, endpoint: pj.Endpoint, limit: float, done: Callable[[], bool]) -> None:
        until = time.monotonic() + limit
        while not done() and time.monotonic() < until:
            endpoint.libHandleEvents(POLL_MS)
            self.guard("tick", lambda: self.switch.tick(time.monotonic()))

    def _close(self, endpoint: pj.Endpoint) -> None:
        """Every object before the library, or the process aborts."""
        if hasattr(self, "switch"):
            self.guard("end of calls", self.switch.forget_all)
        for _ in range(3):  # ports leave the bridge on its next tick
            try:
                endpoint.libHandleEvents(POLL_MS)
            except pj.Error:
                break
        # the clock first: its thread must not be inside the bridge's callbacks while Python takes the bridge apart
        if hasattr(self, "_bridge"):
            self.guard("clock", endpoint.audDevManager().setNoDev)
        if hasattr(self, "registration"):
            self.guard("account", self.registration.close)
        if hasattr(self, "_local"):
            self.guard("account", self._local.shutdown)
            del self._local
        self._bridge_gone()
        gc.collect()
        try:
            endpoint.libDestroy(pj.PJSUA_DESTROY_NO_NETWORK)
        except pj.Error as error:
            self._failure = self._failure or str(error.reason)

    def _bridge_gone(self) -> None:
        if hasattr(self, "_bridge"):
            del self.registration, self.switch, self._bridge, self._silence
        for name in ("last_type", "last_value", "last_traceback", "last_exc"):  # they may hold a frame, and with it a call
            if hasattr(sys, name):
                delattr(sys, name)

    # --- told outside -----------------------------------------------------------------------------------

    def guard(self, where: str, body: Callable[[], Any]) -> None:
        try:
            body()
        except Exception as error:
            self._faulted(where, error.info() if isinstance(error, pj.Error) else repr(error))

    def _faulted(self, where: str, what: str) -> None:
        self._emit(EngineFaulted(where, clean_text(what)))

    def _emit(self, fact: Fact) -> None:
        try:
            self._consumer(fact)
        except Exception as error:  # the consumer's fault must not end the calls
            print(f"phone: {type(fact).__name__} was not taken: {error!r}", file=sys.stderr)
