"""The lab's second SIP engine, on pyVoIP 1.6.8: where PJSIP does not install.

pyVoIP's message and RTP classes, and none of its behaviour: it rings one second late, does not see
CANCEL or 486, answers to the registrar whoever called, adds a sender at each re-INVITE and goes on
sending the microphone while held (measured). What cannot be done safely on it is not in
`capabilities`, and is refused.
"""

from __future__ import annotations

import collections
import select
import socket
import sys
import threading
import time
from collections.abc import Callable

from cti.messages import (
    AnswerCall,
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
    StopPhone,
    UnregisterAccount,
    clean_text,
)  # fmt: skip
from cti.phone.audio.port import SoundIO
from cti.phone.own_address import own_address
from cti.phone.port import Capability, EngineUnavailable, OrderUnmet, PhoneSettings
from cti.phone.sip_text import quote_user

if sys.version_info < (3, 13):  # pyVoIP needs audioop
    from cti.phone.pyvoip_conversation import Account
    from cti.phone.pyvoip_network import Network
    from cti.phone.pyvoip_registrar import Registrar
    from cti.phone.pyvoip_switch import Switchboard
    from cti.phone.pyvoip_transactions import Transactions
    from cti.phone.pyvoip_wire import PYVOIP_VERSION, BadPacket, Packet, response

FRAME = 0.02
IDLE = 0.1
LATE = 5  # frames sent together at most, to catch up
STOP_LIMIT = 2.0  # seconds for the far ends to confirm
UNREGISTER_LIMIT = 1.0


class PyVoipEngine:
    name = "pyvoip"
    capabilities = frozenset({Capability.REGISTER, Capability.HOLD, Capability.MUTE, Capability.DIGITS_IN, Capability.HEADERS})

    def __init__(self) -> None:
        self._orders: collections.deque[Order] = collections.deque()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._next_frame = 0.0

    # --- any thread ------------------------------------------------------------------------------------

    def start(self, settings: PhoneSettings, sound: SoundIO, emit: Callable[[Fact], None]) -> None:
        if sys.version_info >= (3, 13):
            raise EngineUnavailable("pyVoIP demande Python 3.11 ou 3.12 (le module audioop a disparu ensuite).")
        if self._thread is not None:
            raise EngineUnavailable("Ce téléphone a déjà été démarré.")
        if settings.srtp == "mandatory" or settings.verify_client or "udp" not in settings.transports:
            raise EngineUnavailable("Le moteur pyVoIP ne chiffre rien : utilisez pjsua2 pour TLS et SRTP.")
        self._consumer = emit
        user = quote_user(settings.user)
        shown = own_address(settings.bind, settings.server)
        self._network = Network(settings.bind, settings.port, user, settings.rtp_port, settings.rtp_range, shown)
        self._transactions = Transactions(self._network.send)
        account = Account(settings.user, f"{self._network.host}:{self._network.port}", settings.display_name)
        self._switch = Switchboard(settings, sound, self._network, self._transactions, account, self._emit)
        self._registrar = Registrar(self._network, self._transactions, account, self._emit)
        self._wake_in, self._wake_out = socket.socketpair()
        self._wake_in.setblocking(False)
        codecs = tuple(codec for codec in settings.codecs if codec in ("PCMA", "PCMU"))
        self._emit(PhoneStarted(self.name, PYVOIP_VERSION, tuple(sorted(self.capabilities)), self._network.contact, codecs))
        self._thread = threading.Thread(target=self._run, name="pyvoip", daemon=True)
        self._thread.start()

    def execute(self, order: Order) -> None:
        if self._thread is None:
            return
        if self._stopping.is_set():
            self._refuse(order, OrderUnmet(Refusal.STOPPING))
            return
        self._orders.append(order)
        self._wake()

    def stop(self) -> None:
        self._stopping.set()
        if self._thread is not None and threading.current_thread() is not self._thread:
            self._wake()
            self._thread.join(STOP_LIMIT + UNREGISTER_LIMIT + 1.0)

    def _wake(self) -> None:
        try:
            self._wake_out.send(b"\0")
        except OSError:
            pass  # full: it will wake anyway; closed: it has ended

    # --- the engine's thread ---------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                self._turn()
            self._guard("end of calls", lambda: self._switch.end_all(time.monotonic()))
            self._turn_until(lambda: self._transactions.idle, STOP_LIMIT)
            if self._registrar.registered:
                self._guard("unregister", lambda: self._registrar.unregister(time.monotonic()))
                self._turn_until(lambda: not self._registrar.registered, UNREGISTER_LIMIT)
        finally:
            self._network.close()
            self._wake_in.close()
            self._wake_out.close()

    def _turn_until(self, done: Callable[[], bool], limit: float) -> None:
        until = time.monotonic() + limit
        while not done() and time.monotonic() < until:
            self._turn()

    def _turn(self) -> None:
        """Wait for the next thing to do, and do what is due."""
        stream = self._switch.line.stream if self._switch.line else None
        now = time.monotonic()
        pause = max(0.0, min(IDLE, self._next_frame - now)) if stream else IDLE
        watched = [self._network.sip, self._wake_in, *([stream.sin] if stream else [])]
        ready = select.select(watched, [], [], pause)[0]
        if self._wake_in in ready:
            self._wake_in.recv(4096)
        if self._network.sip in ready:
            self._take_packets()
        if stream is not None and stream.sin in ready:
            line = self._switch.line
            if line is not None and line.stream is stream:
                self._guard("sound", lambda: stream.receive(frozenset({stream.outIP, line.far[0]})))
        while self._orders:
            self._carry_out(self._orders.popleft())
        now = time.monotonic()
        self._guard("timers", lambda: self._transactions.tick(now))
        self._guard("timers", lambda: self._switch.tick(now))
        self._guard("registration", lambda: self._registrar.tick(now))
        self._send_frames(now)

    def _send_frames(self, now: float) -> None:
        line = self._switch.line
        if line is None or line.stream is None:
            self._next_frame = now
            return
        if now - self._next_frame > LATE * FRAME:
            self._next_frame = now
        while self._next_frame <= now:
            self._next_frame += FRAME
            self._guard("sound", lambda: line.stream.send_frame(self._switch.muted) if line.stream else None)

    def _take_packets(self) -> None:
        while (datagram := self._network.receive()) is not None:
            try:
                packet = Packet(*datagram)
            except BadPacket:
                continue  # noise, keep-alives, attacks: none of it is a call
            self._guard("packet", lambda packet=packet: self._sort(packet))  # type: ignore[misc]  # mypy cannot infer a lambda's default

    def _sort(self, packet: Packet) -> None:
        now = time.monotonic()
        if packet.code:
            if not self._transactions.response(packet) and 200 <= packet.code < 300 and packet.cseq_method == "INVITE":
                known = self._network.acks.get((packet.call, packet.number))
                if known is not None:
                    self._network.send(*known)
            return
        if packet.method == "ACK":
            self._switch.acknowledged(packet)
        elif self._transactions.repeated(packet):
            return
        elif packet.value("require"):
            extra = [("Unsupported", packet.value("require")[:200])]
            self._transactions.answer(packet, response(packet, 420, extra=extra), now)
        elif packet.method == "INVITE":
            self._switch.invited(packet, now)
        elif packet.method == "CANCEL":
            self._switch.cancelled(packet, now)
        elif packet.method == "BYE":
            self._switch.over(packet, now)
        else:
            known_method = packet.method in ("REFER", "INFO", "MESSAGE", "NOTIFY", "SUBSCRIBE", "UPDATE", "PRACK", "REGISTER", "PUBLISH")
            code = 200 if packet.method == "OPTIONS" else 405 if known_method else 501
            self._transactions.answer(packet, response(packet, code, tag="options"), now)

    def _carry_out(self, order: Order) -> None:
        try:
            self._obey(order, time.monotonic())
        except OrderUnmet as error:
            self._refuse(order, error)
        except Exception as error:
            self._refuse(order, OrderUnmet(Refusal.FAULT, repr(error)))
            self._emit(EngineFaulted(type(order).__name__, clean_text(repr(error))))

    def _obey(self, order: Order, now: float) -> None:
        match order:
            case PlaceCall():
                self._switch.place(order, now)
            case AnswerCall(call_id):
                self._switch.answer(call_id, now)
            case RefuseCall(call_id, how):
                self._switch.refuse(call_id, how, now)
            case HangUpCall(call_id):
                self._switch.hang_up(call_id, now)
            case HoldCall(call_id):
                self._switch.hold(call_id, True, now)
            case ResumeCall(call_id):
                self._switch.hold(call_id, False, now)
            case MuteMicrophone(muted):
                self._switch.muted = muted
                self._emit(MicrophoneMuted(muted))
            case RegisterAccount():
                self._registrar.register(order, now)
            case UnregisterAccount():
                self._registrar.unregister(now)
            case StopPhone():
                self._stopping.set()
            case _:
                raise OrderUnmet(Refusal.UNABLE)

    def _refuse(self, order: Order, why: OrderUnmet) -> None:
        self._emit(why.told(type(order).__name__, str(getattr(order, "call_id", ""))))

    def _guard(self, where: str, body: Callable[[], object]) -> None:
        try:
            body()
        except Exception as error:  # one call's surprise must not end the phone
            self._emit(EngineFaulted(where, clean_text(repr(error))))

    def _emit(self, fact: Fact) -> None:
        try:
            self._consumer(fact)
        except Exception as error:  # the consumer's fault must not end the calls
            print(f"phone: {type(fact).__name__} was not taken: {error!r}", file=sys.stderr)
