"""One call of the virtual customer: the dialogue's actions made sound and journal, the call's events made stimuli.

Everything here runs on the event loop; sound comes in and goes out through `BotSound`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from cti.phone.audio.port import FRAME_BYTES, RATE
from scenarios.customer import dialogue as core
from scenarios.customer import moves as m
from scenarios.customer.bot_sound import BotSound
from scenarios.customer.recognise import Recogniser
from scenarios.customer.state import Phase
from scenarios.customer.stock import Answering
from scenarios.customer.turn_taking import SpeechBegan, SpeechEnded, TurnTaking, best_detector
from scenarios.customer.voice import VoiceShelf
from scenarios.pack import Speaker

logger = logging.getLogger(__name__)
TICK = 0.2  # seconds
GOODBYE = 0.4  # seconds between the last word and the hang-up
RECOGNITION_WITHIN = 2.5  # seconds a customer takes to understand
PASSED = 1.0  # seconds of a turn that was passed by key and not heard
LATE = 3.0  # seconds past its length after which a line counts as said, sound or no sound
RENDER_WITHIN = 10.0  # seconds for a line that was not rendered ahead
_BEFORE_SPEECH = int(0.4 * RATE) * 2  # bytes kept before a turn's first word


@dataclass(frozen=True)
class Surroundings:
    """What a conversation needs of its process. `report(kind, data)` journals, `act` does what a line does, `hang_up` ends the call."""

    sound: BotSound
    shelf: VoiceShelf
    report: Callable[[str, Mapping[str, Any]], None]
    act: Callable[[str], None]
    hang_up: Callable[[], None]
    recogniser: Recogniser | None = None


class Conversation:
    """`tell` gives a stimulus; `heard` and `line_ended` come from the sound; `run` lasts until the dialogue is over."""

    def __init__(self, answering: Answering, seed: str, around: Surroundings, rows: Iterable[Mapping[str, Any]] = ()) -> None:
        self.answering = answering
        self._around = around
        self._speakers = {speaker.id: speaker for speaker in answering.speakers}
        self._state = core.start(answering.dialogue, seed)
        self._loop = asyncio.get_running_loop()
        self._stimuli: asyncio.Queue[m.Stimulus] = asyncio.Queue()
        self._turns = TurnTaking(best_detector())
        self._saying: m.Say | None = None
        self._line = 0  # number of the line in BotSound
        self._deadline = 0.0
        self._pcm = bytearray()  # of the trainee's turn, or of what may become one
        self._unread: SpeechEnded | None = None  # a turn that recognition is reading
        self._read_again = asyncio.Event()
        self._hold_waits = False
        self.revealed: list[str] = []
        for row in rows:
            self._step(m.JournalRow(row))

    @property
    def over(self) -> bool:
        return self._state.phase is Phase.OVER

    @property
    def node(self) -> str:
        return self._state.node

    # --- what comes in ---

    def tell(self, stimulus: m.Stimulus) -> None:
        if stimulus == m.CueGiven(m.TURN_CUE):
            self._pass_turn()
            return
        if isinstance(stimulus, m.CallHeld):
            self._end_turn(self._turns.end_now())  # "je vous mets en attente" is a turn, though the key came before the silence
            self._hold_waits = self._unread is not None  # and what it says counts before the hold
            if self._hold_waits:
                return
        if isinstance(stimulus, (m.CallResumed, m.CallOver)):
            self._let_hold()
        self._stimuli.put_nowait(stimulus)

    def _pass_turn(self) -> None:
        """By key: ends the turn that is heard, or makes one where nothing was."""
        if ended := self._turns.end_now():
            self._end_turn(ended)
        else:
            self._stimuli.put_nowait(m.TraineeSpoke(unsaid=0.0))
            self._turn(PASSED, None)

    def _let_hold(self) -> None:
        if self._hold_waits:
            self._hold_waits = False
            self._stimuli.put_nowait(m.CallHeld())

    def heard(self, batch: bytes) -> None:
        """Sound of the trainee: whole frames of 640 bytes."""
        for at in range(0, len(batch) - FRAME_BYTES + 1, FRAME_BYTES):
            frame = batch[at : at + FRAME_BYTES]
            if self._around.recogniser is not None:
                self._pcm += frame
                if not self._turns.in_turn and self._unread is None:
                    del self._pcm[:-_BEFORE_SPEECH]
            event = self._turns.feed(frame)
            if isinstance(event, SpeechBegan):
                self._stimuli.put_nowait(m.TraineeSpoke(self._around.sound.share_left))
            elif isinstance(event, SpeechEnded):
                self._end_turn(event)

    def line_ended(self, number: int) -> None:
        if number == self._line and self._saying is not None:
            self._finish_line()

    def _finish_line(self) -> None:
        assert self._saying is not None
        line_id, self._saying = self._saying.line_id, None
        self._turns.over_customer = False
        self._stimuli.put_nowait(m.LineFinished(line_id))

    def _end_turn(self, ended: SpeechEnded | None) -> None:
        if ended is None:
            return
        if self._around.recogniser is None:
            self._turn(ended.seconds, None)
        else:
            before = self._unread.seconds if self._unread else 0.0
            self._unread = SpeechEnded(before + ended.seconds, ended.after, ended.forced)
            self._read_again.set()

    def _turn(self, seconds: float, text: str | None) -> None:
        data: dict[str, Any] = {"seconds": round(seconds, 2)}
        if text is not None:
            data["text"] = text[:1000]
        self._around.report("CustomerHeard", data)
        self._stimuli.put_nowait(m.TurnEnded(seconds, text))
        self._let_hold()

    # --- the loop ---

    async def run(self) -> None:
        """Until the customer has hung up or the call is over."""
        async with asyncio.TaskGroup() as tasks:
            reading = tasks.create_task(self._read_turns(), name="recognition")
            while not self.over:
                try:
                    async with asyncio.timeout(TICK):  # wait_for, before Python 3.12, loses a cancellation that comes with a stimulus
                        stimulus: m.Stimulus = await self._stimuli.get()
                except TimeoutError:
                    stimulus = m.Tick()
                self._step(stimulus)
                if self._saying is not None and self._loop.time() > self._deadline:
                    logger.warning("line %s did not end by itself", self._saying.line_id)
                    self._finish_line()
            reading.cancel()

    async def _read_turns(self) -> None:
        """Turns to text. A trainee who goes on while the turn is read has not finished: both parts are read together."""
        recogniser = self._around.recogniser
        while recogniser is not None:
            await self._read_again.wait()
            self._read_again.clear()
            text = await recogniser.transcribe(bytes(self._pcm), RECOGNITION_WITHIN)
            if self._unread is not None and not self._turns.in_turn and not self._read_again.is_set():
                ended, self._unread = self._unread, None
                self._pcm.clear()
                self._turn(ended.seconds, text)

    def _step(self, stimulus: m.Stimulus) -> None:
        self._state, actions = core.step(self.answering.dialogue, self._state, stimulus, self._loop.time())
        for action in actions:
            match action:
                case m.Say():
                    self._say(action)
                case m.StopSaying():
                    self._saying = None
                    self._turns.over_customer = False
                    self._around.sound.stop_saying()
                case m.HangUp():
                    logger.info("hangs up in %s", action.line_id)
                    self._loop.call_later(GOODBYE, self._around.hang_up)
                case m.Do():
                    self._around.act(action.what)
                case m.Reveal() if action.fact in self.answering.facts and action.fact not in self.revealed:
                    self.revealed.append(action.fact)
                    self._around.report("CustomerRevealed", {"fact": action.fact})

    # --- saying ---

    def _say(self, say: m.Say) -> None:
        self._saying, self._line = say, 0
        self._turns.over_customer = True
        self._turns.after_question = say.text.rstrip(' \u00a0»"”').endswith("?")
        self._deadline = self._loop.time() + RENDER_WITHIN
        if say.resumed:
            self._begun(self._around.sound.go_on())
            return
        speaker = self.speaker(say.speaker)
        coming = self._around.shelf.render_ahead(say.text, speaker.gender, speaker.pitch, speaker.speed)
        if coming.done():
            self._play(say, coming)
        else:
            coming.add_done_callback(lambda done: self._loop.call_soon_threadsafe(self._play, say, done))

    def _play(self, say: m.Say, sound: Future[bytes]) -> None:
        if self._saying is not say or sound.cancelled() or self.over:
            return
        speaker = self.speaker(say.speaker)
        self._begun(self._around.sound.say(sound.result()))
        data = {"line_id": say.line_id, "text": say.text, "speaker": speaker.name or speaker.id, "speaker_id": speaker.id}
        self._around.report("CustomerSpoke", data)

    def _begun(self, number: int) -> None:
        self._line = number
        self._deadline = self._loop.time() + self._around.sound.seconds_left + LATE

    def speaker(self, speaker_id: str) -> Speaker:
        """The persona's voice of that name, else its first."""
        return self._speakers.get(speaker_id) or self.answering.speakers[0]
