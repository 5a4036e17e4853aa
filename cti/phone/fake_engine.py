"""An engine without a network, whose far ends do what a test says: for screens, and to see the phone process at work.

Every order is carried out at once, in the caller's thread, and every move is checked against `cti.call`:
a script that asks for what no telephone does raises IllegalCallMove. Calls placed to `<what>@fake.invalid`
play themselves, for a phone process that nobody scripts: `answers`, `rings`, `busy`, `unknown`.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from cti.call import CallEvent, CallState, IllegalCallMove, next_call_state
from cti.messages import (
    AnswerCall,
    CallAnswered,
    CallEnded,
    CallHeld,
    CallOffered,
    CallPlaced,
    CallQuality,
    CallRang,
    CallResumed,
    Cause,
    ChooseDevices,
    CompleteTransfer,
    DigitReceived,
    DigitsSent,
    EngineFaulted,
    Fact,
    HangUpCall,
    HoldCall,
    LevelsMeasured,
    MediaFlowed,
    MicrophoneMuted,
    MuteMicrophone,
    Order,
    Party,
    PhoneStarted,
    PlaceCall,
    Refusal,
    RefuseCall,
    RegisterAccount,
    RegistrationChanged,
    ResumeCall,
    SendDigits,
    SetVolume,
    SoundChanged,
    StopPhone,
    TransferCall,
    TransferProgressed,
    UnregisterAccount,
    VolumeChanged,
    clean_text,
)  # fmt: skip
from cti.phone.audio.port import SoundIO
from cti.phone.audio.station_sound import safe_volume
from cti.phone.port import Capability, EngineUnavailable, OrderUnmet, PhoneSettings
from cti.phone.sip_text import cause_of_status, safe_digits, safe_target

SELF_PLAYED = "@fake.invalid"
DEAD = "engine thread"  # EngineFaulted.where of an engine that is dead

_NEEDS: dict[type, Capability] = {
    RegisterAccount: Capability.REGISTER, HoldCall: Capability.HOLD, ResumeCall: Capability.HOLD, MuteMicrophone: Capability.MUTE,
    SendDigits: Capability.DIGITS_OUT, TransferCall: Capability.BLIND_TRANSFER, CompleteTransfer: Capability.ATTENDED_TRANSFER,
}  # fmt: skip


@dataclass
class FakeCall:
    """`state` as `cti.call` has it; `remote_held`: the far end holds us, which is no state of ours."""

    call_id: str
    call_key: str
    state: CallState
    outbound: bool
    answered_at: float | None = None
    remote_held: bool = False
    transferring: bool = False
    consult_id: str = ""
    listen_only: bool = False
    flowing: bool = True
    headers: dict[str, str] = field(default_factory=dict)


class FakeEngine:
    """A SoftphoneEngine. `orders` are those received, in order; `calls` those that ever were, by call_id."""

    name = "fake"

    def __init__(
        self,
        capabilities: frozenset[Capability] = frozenset(Capability),
        unavailable: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`unavailable`: the message `start` fails with."""
        self.capabilities = capabilities
        self.orders: list[Order] = []
        self.calls: dict[str, FakeCall] = {}
        self.registration_answer: tuple[int, str] = (200, "OK")
        self.muted = False
        self._unavailable = unavailable
        self._clock = clock
        self._lock = threading.RLock()
        self._running = False
        self._registered = ""
        self._devices = ("Micro d'essai", "Casque d'essai", "Casque d'essai")

    # --- the port ---------------------------------------------------------------------------------------

    def start(self, settings: PhoneSettings, sound: SoundIO, emit: Callable[[Fact], None]) -> None:
        if self._unavailable:
            raise EngineUnavailable(self._unavailable)
        self._settings, self._sound, self._emit = settings, sound, emit
        self._running = True
        self._emit(
            PhoneStarted(self.name, "0", tuple(sorted(self.capabilities)), f"sip:{settings.user}@127.0.0.1:5060", tuple(settings.codecs))
        )

    def execute(self, order: Order) -> None:
        with self._lock:
            self.orders.append(order)
            try:
                self._obey(order)
            except OrderUnmet as error:
                self._emit(error.told(type(order).__name__, str(getattr(order, "call_id", ""))))
            except IllegalCallMove as error:
                self._emit(OrderUnmet(Refusal.NOT_ANSWERED, str(error)).told(type(order).__name__, str(getattr(order, "call_id", ""))))

    def stop(self) -> None:
        with self._lock:
            if not self._running:
                return
            for call in self.living():
                cause = Cause.HUNG_UP if call.answered_at is not None else Cause.CANCELLED if call.outbound else Cause.NO_ANSWER
                self._end(call, cause, "local")
            if self._registered:
                self._emit(RegistrationChanged("unregistered", self._registered))
            self._running = False

    # --- the script: what the world does ------------------------------------------------------------------

    def offer(
        self, caller: str = "", name: str = "", queue: str = "", call_key: str = "", called: str = "", headers: dict[str, str] | None = None
    ) -> str:
        """A call comes in; its call_id. `call_key` empty: as from a plain telephone."""
        with self._lock:
            call = FakeCall(uuid.uuid4().hex, call_key, CallState.OFFERED, outbound=False, headers=headers or {})
            waiting = bool(self.living())
            self.calls[call.call_id] = call
            shown = {key: clean_text(value) for key, value in call.headers.items()}
            self._emit(
                CallOffered(
                    call.call_id,
                    call_key,
                    clean_text(caller),
                    clean_text(name),
                    called or self._settings.user,
                    clean_text(queue),
                    shown,
                    waiting,
                )
            )
            return call.call_id

    def far_rings(self, call_id: str, early_media: bool = False) -> None:
        with self._lock:
            call = self._outbound(call_id)
            self._move(call, CallEvent.RANG)
            self._emit(CallRang(call_id, call.call_key, early_media))

    def far_answers(self, call_id: str, codec: str = "PCMA", encrypted: bool = False) -> None:
        with self._lock:
            self._answered(self._outbound(call_id), codec, encrypted)

    def far_refuses(self, call_id: str, code: int = 486, reason: str = "") -> None:
        """The far end answers with a final SIP status of 300 or more."""
        with self._lock:
            self._end(self._outbound(call_id), cause_of_status(code), "remote", code, reason)

    def ring_limit_passes(self, call_id: str) -> None:
        with self._lock:
            self._end(self._outbound(call_id), Cause.NO_ANSWER, "system")

    def far_cancels(self, call_id: str) -> None:
        """The caller gives up before we answer."""
        with self._lock:
            call = self._known(call_id)
            if call.outbound or call.state is not CallState.OFFERED:
                raise IllegalCallMove(f"a call that is {call.state} cannot be cancelled by its caller")
            self._end(call, Cause.CANCELLED, "remote", 487)

    def far_hangs_up(self, call_id: str) -> None:
        with self._lock:
            self._end(self._conversing(call_id), Cause.HUNG_UP, "remote")

    def network_drops(self, call_id: str) -> None:
        """No more sound comes; the phone gives the call up."""
        with self._lock:
            self._end(self._known(call_id), Cause.NETWORK, "system")

    def far_holds(self, call_id: str) -> None:
        self._far_hold(call_id, True)

    def far_resumes(self, call_id: str) -> None:
        self._far_hold(call_id, False)

    def far_presses(self, call_id: str, digits: str) -> None:
        with self._lock:
            call = self._conversing(call_id)
            for digit in safe_digits(digits):
                self._emit(DigitReceived(call_id, call.call_key, digit))

    def transfer_moves(self, call_id: str, code: int, reason: str = "") -> None:
        """What the far end says of our REFER: 1xx it goes on; 2xx the call is gone to its new party; else it failed."""
        with self._lock:
            call = self._conversing(call_id)
            if not call.transferring:
                raise IllegalCallMove("no transfer was asked for")
            final = code >= 200
            self._emit(TransferProgressed(call_id, call.call_key, code, reason, final))
            if final:
                call.transferring = False
                legs = [call_id, call.consult_id] if code < 300 else []
                for leg in [self.calls[each] for each in legs if each]:
                    if leg.state is not CallState.ENDED:
                        self._end(leg, Cause.TRANSFERRED, "local")

    def measure(
        self, call_id: str, lost: int = 0, received: int = 500, jitter_ms: float = 2.0, rtt_ms: float = 20.0, mos: float = 4.4
    ) -> None:
        with self._lock:
            call = self._conversing(call_id)
            pct = 100 * lost / max(1, lost + received)
            self._emit(CallQuality(call_id, call.call_key, "PCMA", received, lost, round(pct, 2), jitter_ms, rtt_ms, mos))

    def media_flows(self, call_id: str, flowing: bool) -> None:
        """No RTP comes any more, or it comes again."""
        with self._lock:
            call = self._conversing(call_id)
            if call.flowing == flowing:
                raise IllegalCallMove(f"RTP {'comes' if flowing else 'does not come'} already")
            call.flowing = flowing
            self._emit(MediaFlowed(call_id, call.call_key, flowing))

    def show_levels(self, microphone: float, speaker: float) -> None:
        self._emit(LevelsMeasured(microphone, speaker))

    def lose_registration(self, code: int = 408, reason: str = "Request Timeout") -> None:
        with self._lock:
            server, self._registered = self._registered, ""
            self._emit(RegistrationChanged("failed", server, code, reason))

    def lose_sound(self, device: str = "Casque d'essai") -> None:
        self._emit(SoundChanged("lost", self._devices[0], "Haut-parleurs", self._devices[2], f"« {device} » n'est plus là"))

    def find_sound(self) -> None:
        self._emit(SoundChanged("ok", *self._devices))

    def die(self, what: str = "assertion failed") -> None:
        """As an abort of the SIP stack, seen from inside: no CallEnded for anybody, and no order is taken any more."""
        with self._lock:
            self._running = False
            self._emit(EngineFaulted(DEAD, what))

    def living(self) -> list[FakeCall]:
        return [call for call in self.calls.values() if call.state is not CallState.ENDED]

    # --- orders -------------------------------------------------------------------------------------------

    def _obey(self, order: Order) -> None:
        if not self._running:
            raise OrderUnmet(Refusal.STOPPING)
        need = _NEEDS.get(type(order))
        if need is not None and need not in self.capabilities:
            raise OrderUnmet(Refusal.UNABLE, need)
        match order:
            case PlaceCall():
                self._place(order)
            case AnswerCall(call_id):
                call = self._known(call_id)
                if call.outbound:
                    raise OrderUnmet(Refusal.NOT_RINGING)
                self._answered(call, "PCMA", False)
            case RefuseCall(call_id, how):
                call = self._known(call_id)
                if call.state is not CallState.OFFERED:
                    raise OrderUnmet(Refusal.NOT_RINGING)
                self._end(call, Cause.BUSY if how == "busy" else Cause.REFUSED, "local", 486 if how == "busy" else 603)
            case HangUpCall(call_id):
                self._hang_up(self._known(call_id))
            case HoldCall(call_id):
                self._hold(self._known(call_id))
            case ResumeCall(call_id):
                self._resume(self._known(call_id))
            case MuteMicrophone(muted):
                self.muted = muted
                self._emit(MicrophoneMuted(muted))
            case SendDigits(call_id, digits):
                call = self._spoken(call_id)
                self._emit(DigitsSent(call_id, call.call_key, safe_digits(digits)))
            case TransferCall(call_id, target):
                safe_target(target)
                self._begin_transfer(self._spoken(call_id), "")
            case CompleteTransfer(call_id, consult_id):
                self._begin_transfer(self._spoken(call_id), self._spoken(consult_id).call_id)
            case RegisterAccount(server=server):
                code, reason = self.registration_answer
                self._registered = server if code < 300 else ""
                self._emit(RegistrationChanged("registered" if code < 300 else "failed", server, code, reason))
            case UnregisterAccount():
                server, self._registered = self._registered, ""
                self._emit(RegistrationChanged("unregistered", server))
            case ChooseDevices(microphone, speaker, ringer):
                old = self._devices
                chosen = [
                    before if name is None else name or before for name, before in zip((microphone, speaker, ringer), old, strict=True)
                ]
                self._devices = (chosen[0], chosen[1], chosen[2])
                self.find_sound()
            case SetVolume(speaker):
                self._emit(VolumeChanged(safe_volume(speaker)))
            case StopPhone():
                self.stop()

    def _place(self, order: PlaceCall) -> None:
        if order.call_id in self.calls:
            raise OrderUnmet(Refusal.CALL_EXISTS)
        if self.living() and Capability.CALL_WAITING not in self.capabilities:
            raise OrderUnmet(Refusal.TOO_MANY_CALLS)
        for wanted, need in ((order.direct, Capability.DIRECT), (order.listen_only, Capability.LISTEN_ONLY)):
            if wanted and need not in self.capabilities:
                raise OrderUnmet(Refusal.UNABLE, need)
        safe_target(order.target)
        self._take_floor()
        call = FakeCall(
            order.call_id,
            order.call_key,
            CallState.DIALLING,
            outbound=True,
            listen_only=order.listen_only,
            headers=dict(order.headers),
        )
        self.calls[order.call_id] = call
        self._emit(CallPlaced(call.call_id, call.call_key, order.target))
        user, at, host = order.target.removeprefix("sip:").partition("@")
        if at + host != SELF_PLAYED:
            return
        if user in ("answers", "rings"):
            self.far_rings(call.call_id)
        if user == "answers":
            self.far_answers(call.call_id)
        if user in ("busy", "unknown"):
            self.far_refuses(call.call_id, 486 if user == "busy" else 404)

    def _hang_up(self, call: FakeCall) -> None:
        if call.state is CallState.OFFERED:
            self._end(call, Cause.REFUSED, "local", 603)
        else:
            self._end(call, Cause.HUNG_UP if call.answered_at is not None else Cause.CANCELLED, "local")

    def _hold(self, call: FakeCall) -> None:
        self._move(call, CallEvent.HELD)
        self._emit(CallHeld(call.call_id, call.call_key, "local"))

    def _resume(self, call: FakeCall) -> None:
        next_call_state(call.state, CallEvent.RESUMED)
        self._take_floor()
        self._move(call, CallEvent.RESUMED)
        self._emit(CallResumed(call.call_id, call.call_key, "local"))

    def _take_floor(self) -> None:
        """One voice at a time: whoever talks is put on hold."""
        for call in self.living():
            if call.state is CallState.TALKING:
                self._hold(call)

    def _begin_transfer(self, call: FakeCall, consult_id: str) -> None:
        if call.transferring:
            raise OrderUnmet(Refusal.TRANSFER_UNDER_WAY)
        if call.call_id == consult_id:
            raise OrderUnmet(Refusal.SAME_CALL)
        call.transferring, call.consult_id = True, consult_id

    # --- moves --------------------------------------------------------------------------------------------

    def _answered(self, call: FakeCall, codec: str, encrypted: bool) -> None:
        next_call_state(call.state, CallEvent.ANSWERED)
        self._take_floor()
        self._move(call, CallEvent.ANSWERED)
        call.answered_at = self._clock()
        self._sound.call_began()
        self._emit(CallAnswered(call.call_id, call.call_key, codec, encrypted))

    def _end(self, call: FakeCall, cause: Cause, by: Party, code: int = 0, reason: str = "") -> None:
        self._move(call, CallEvent.ENDED)
        seconds = 0.0
        if call.answered_at is not None:
            seconds = round(self._clock() - call.answered_at, 3)
            self._sound.call_ended()
        self._emit(CallEnded(call.call_id, call.call_key, cause, by, code, reason, call.answered_at is not None, seconds))

    def _far_hold(self, call_id: str, held: bool) -> None:
        with self._lock:
            call = self._conversing(call_id)
            if call.remote_held == held:
                raise IllegalCallMove(f"the far end {'holds us already' if held else 'does not hold us'}")
            call.remote_held = held
            self._emit((CallHeld if held else CallResumed)(call_id, call.call_key, "remote"))

    def _move(self, call: FakeCall, event: CallEvent) -> None:
        call.state = next_call_state(call.state, event)

    def _known(self, call_id: str) -> FakeCall:
        if call_id not in self.calls:
            raise IllegalCallMove(f"no call {clean_text(call_id, 40)!r}")
        return self.calls[call_id]

    def _outbound(self, call_id: str) -> FakeCall:
        call = self._known(call_id)
        if not call.outbound:
            raise IllegalCallMove("the far end called us: it neither rings nor answers")
        if call.answered_at is not None:
            raise IllegalCallMove(f"a call that is {call.state} was answered already")
        return call

    def _conversing(self, call_id: str) -> FakeCall:
        call = self._known(call_id)
        if call.state not in (CallState.TALKING, CallState.HELD):
            raise IllegalCallMove(f"a call that is {call.state} is no conversation")
        return call

    def _spoken(self, call_id: str) -> FakeCall:
        call = self._conversing(call_id)
        if call.listen_only:
            raise OrderUnmet(Refusal.LISTEN_ONLY)
        return call
