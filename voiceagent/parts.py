"""What a part must look like: listeners are fed, minds and voices are iterated, an answerer pushes.

A plug-in imports this module, `events`, `style`, `errors` and `audio`, and nothing else of
voiceagent. Adapters hold no policy: no turn-taking thresholds, no retries, no prompts.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, runtime_checkable

from voiceagent.events import Cause, Effects, Event, Reading, Settle
from voiceagent.style import EMOTIONS, MODES, SOUNDS, Style

EAR_RATE = 16_000
"""Samples per second of every frame: mono, signed 16 bit, little endian."""
FRAME_MS = 20
FRAME_BYTES = EAR_RATE * FRAME_MS // 1000 * 2

UNCLEAR = "[unclear]"
"""What ears write where somebody spoke and the words were not understood."""

SENSES = (
    "heart_rate",
    "skin_conductance",
    "engagement",
    "eeg_valence",
    "eye_movement",
    "gaze",
    "smile",
    "frown",
)
"""What may be measured of the user beside the sound."""

# --- ears ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Frame:
    """20 ms of the user's audio. `at` is the position of its first sample."""

    at: int
    near: bytes
    reference: bytes | None = None  # what the agent played meanwhile, where that is known


@dataclass(frozen=True, slots=True)
class Reset:
    """Forget the words so far: a turn is over."""


@dataclass(frozen=True, slots=True)
class Expect:
    """What kind of answer the agent has just asked for."""

    kind: Literal["open", "yes_no", "digits", "name", "choice"] = "open"
    phrases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tune:
    """What a client may set about the ears. None: the profile's own setting."""

    threshold: float | None = None
    language: str | None = None
    prompt: str = ""
    phrases: tuple[str, ...] = ()  # sentences and words that the user may well say


@dataclass(frozen=True, slots=True)
class Sample:
    """Something measured of the user. `at` is a position, as a frame's is. `quality`: 0 is of no
    use, 1 is certain.
    """

    at: int
    name: str  # one of SENSES
    value: float = field(repr=False)  # it is nobody's business in a log
    quality: float = 1.0


@dataclass(frozen=True, slots=True)
class Sense:
    """What was measured of the user beside the sound. An ear that has no use for it goes on."""

    samples: tuple[Sample, ...]


Cue = Settle | Reset | Expect | Tune | Sense


class Listener(Protocol):
    """One session's stream through one ear. Synchronous inside its runner, inline or in a worker
    process.

    `seen` holds this frame's events from the ears before it in the chain. Events carry `at=frame.at
    + FRAME_MS`; the session stamps them anew on arrival.
    """

    def feed(self, frame: Frame, seen: Sequence[Event]) -> Iterable[Event]: ...

    def tell(self, cue: Cue) -> Iterable[Event]: ...


class Ear(Protocol):
    """A model that listens: weights loaded once, one listener a session."""

    def listen(self) -> Listener: ...


# --- minds ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Said:
    """A message of the conversation, as it was really heard."""

    role: Literal["system", "user", "assistant"]
    text: str
    reading: Reading | None = None
    images: tuple[str, ...] = ()  # data URIs
    cut: bool = False  # the user did not let it end


@dataclass(frozen=True, slots=True)
class ToolCall:
    """The mind wants a tool to run. `arguments` is JSON text."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class ToolResult:
    call: str
    output: str
    name: str = ""


HistoryItem = Said | ToolCall | ToolResult


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """What a mind is told of a tool. `own` tools run here, the others are handed to the client."""

    name: str
    description: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    effects: Effects = "none"
    own: bool = False
    phrases: tuple[str, ...] = ()  # how a user may ask for it; ears expect them


@dataclass(frozen=True, slots=True)
class Manner:
    """How a reply shall be made: what the session, or this one request, has set."""

    instructions: str = ""
    tools: tuple[ToolSpec, ...] = ()
    tool_choice: str = "auto"  # auto, none, required, or the name of a tool
    max_tokens: int | None = None
    modality: Literal["audio", "text"] = "audio"
    voice: str = ""
    style: Style = Style()
    parallel_tools: bool = True


@dataclass(frozen=True, slots=True)
class Asked:
    """Everything that a reply may be made from. `history` ends with the turn's own words."""

    cause: Cause
    history: tuple[HistoryItem, ...]
    manner: Manner = Manner()
    words: str = ""
    reading: Reading | None = None
    audio: bytes = b""  # the turn itself, 16 kHz, for models that listen for themselves
    unsaid: str = ""  # the rest of the reply that this one resumes


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words with one style, and what kind of answer they call for."""

    text: str
    style: Style = Style()
    expects: Expect | None = None
    goes_on: bool = False  # a scrap as a model streams it: the house cuts phrases from the scraps
    sounds: tuple[Literal["laugh", "sigh", "breath"], ...] = ()


@dataclass(frozen=True, slots=True)
class Usage:
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Ended:
    """Why a mind stopped, and what it cost. Optional, last. `lacks`: what the voice did not do of
    the styles that were asked for.
    """

    reason: Literal["stop", "length", "filter"] = "stop"
    usage: Usage = Usage()
    lacks: tuple[str, ...] = ()


Thought = Phrase | ToolCall | Ended


class Mind(Protocol):
    """Close the generator to stop it: an adapter then stops its source too."""

    def think(self, asked: Asked) -> AsyncGenerator[Thought, None]: ...


# --- voices --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Word:
    """Times count from the first sample of the Spoken that carries the word."""

    text: str
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class Spoken:
    """A piece of speech: mono 16 bit PCM and the words that begin in it.

    A phrase's first piece carries its text; its further pieces carry audio only. Text without word
    times is spread over the phrase's audio, and marked as estimated. Text may come without audio
    where only text was asked for.
    """

    pcm: bytes = b""
    rate: int = 24_000
    text: str = ""
    words: tuple[Word, ...] = ()
    expects: Expect | None = None


@dataclass(frozen=True, slots=True)
class Styles:
    """What a voice can really do. An empty tuple of languages, voices or tunes means that it does
    not care.
    """

    emotions: tuple[str, ...] = ("neutral",)
    modes: tuple[str, ...] = ("speak",)
    sounds: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    voices: tuple[str, ...] = ()
    pace: tuple[float, float] = (1.0, 1.0)
    pitch: tuple[float, float] = (0.0, 0.0)
    energy: tuple[float, float] = (-20.0, 20.0)
    intensity: bool = True  # an emotion can be weak or strong
    instructions: bool = False  # it reads free words itself
    tunes: tuple[str, ...] = ()  # that it knows by name


EVERY_STYLE = Styles(EMOTIONS, MODES, SOUNDS, pace=(0.25, 4.0), pitch=(-12.0, 12.0))


class Voice(Protocol):
    def styles(self) -> Styles: ...

    def speak(
        self, phrases: AsyncIterator[Phrase], name: str = ""
    ) -> AsyncGenerator[Spoken, None]: ...


# --- answerers and tools -------------------------------------------------------------------------

Output = Spoken | ToolCall | Ended


class Out(Protocol):
    """The bounded stream that a reply is pushed into; `send` waits while it is full."""

    async def send(self, output: Output) -> None: ...


class Answerer(Protocol):
    """Makes replies. A mind with a voice is one; a unified speech-text model is another."""

    async def answer(self, asked: Asked, out: Out) -> None: ...


class Tool(Protocol):
    """Something that the agent can do in the world."""

    @property
    def spec(self) -> ToolSpec: ...

    def run(self, arguments: Mapping[str, Any]) -> Awaitable[str]: ...


@runtime_checkable
class Closable(Protocol):
    """A model that holds something open. The house closes it once, at the end."""

    async def aclose(self) -> None: ...
