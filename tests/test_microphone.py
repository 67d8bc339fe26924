"""The headset, with a device that is driven by hand: no hardware, and no PortAudio."""

from __future__ import annotations

import base64
import sys
import threading
from collections.abc import Iterator
from functools import partial
from types import ModuleType
from typing import Any

import anyio
import numpy as np
import pytest

from tests.client.far_end import FarEnd, calling
from voiceagent import testing
from voiceagent.audio import dbfs
from voiceagent.client import events as ev
from voiceagent.errors import ConfigError, MissingExtra
from voiceagent.events import SpeechStarted
from voiceagent.microphone import (
    MOST_BLOCKS,
    Headset,
    Speaker,
    devices,
    open_headset,
    show,
    sounddevice,
    talk,
)
from voiceagent.parts import Phrase
from voiceagent.rules import Patience, Rules
from voiceagent.testing import run_virtual, says

MS = 48  # bytes
FIXED = Rules(patience=Patience(fixed_ms=500))
LONG = "this is a rather long answer that goes on and on for quite a while"


class PortAudioError(Exception):
    pass


class FakeStream:
    """What the library's RawStream is to us."""

    def __init__(self, library: FakeLibrary, **options: Any) -> None:
        if options["samplerate"] not in library.rates:
            raise PortAudioError("Invalid sample rate")
        self.options = options
        self.latency = (0.01, 0.03)
        self.started = self.closed = False
        self.played = bytearray()

    def start(self) -> None:
        self.started = True

    def close(self) -> None:
        self.closed = True

    def turn(self, near: bytes | None = None) -> bytes:
        """One block both ways, as the audio thread does it."""
        size = self.options["blocksize"] * 2
        out = bytearray(size)
        self.options["callback"](near or bytes(size), out, size // 2, None, None)
        self.played += out
        return bytes(out)


class FakeLibrary(ModuleType):
    """A sounddevice with two devices."""

    PortAudioError = PortAudioError

    def __init__(self) -> None:
        super().__init__("sounddevice")
        self.rates = {24_000, 48_000}
        self.names = {"input": ["Mic"], "output": ["Phones"]}
        self.streams: list[FakeStream] = []

    def query_devices(self, device: Any = None, kind: str = "input") -> dict[str, Any]:
        names = self.names[kind]
        if not names or (device is not None and device not in (*names, 0)):
            raise PortAudioError(f"Error querying device {device}")
        return {"name": names[0]}

    def RawStream(self, **options: Any) -> FakeStream:
        self.streams.append(FakeStream(self, **options))
        return self.streams[-1]


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeLibrary]:
    fake = FakeLibrary()
    monkeypatch.setitem(sys.modules, "sounddevice", fake)
    yield fake
    assert all(stream.closed for stream in fake.streams)


# --- a conversation ------------------------------------------------------------------------------


def converse(library: FakeLibrary, seconds: float, hears: Any, words: str) -> list[str]:
    """Turn the device for so long; return what was written."""
    lines: list[str] = []

    async def turn() -> None:
        for _ in range(round(seconds * 50)):
            await anyio.sleep(0.02)
            library.streams[-1].turn()

    async def run() -> None:
        house = testing.house(hears, testing.Parrot([Phrase(words)]), rules=FIXED)
        async with (
            open_headset() as headset,
            testing.call(house) as call,
            anyio.create_task_group() as tasks,
        ):
            tasks.start_soon(talk, call, headset, lines.append)
            await turn()
            tasks.cancel_scope.cancel()

    run_virtual(run)
    return lines


def test_what_is_recorded_is_heard_and_the_reply_is_played(library: FakeLibrary) -> None:
    lines = converse(library, 6, says("hello", 500, 1500), "well done")
    assert lines == ["you:   hello", "agent: well done"]
    played = bytes(library.streams[0].played).strip(b"\0")
    assert abs(len(played) - 60 * MS * len("well done")) <= MS


def test_an_interruption_silences_the_loudspeaker_and_the_rest_was_not_heard(
    library: FakeLibrary,
) -> None:
    script = [*says("hello", 500, 1500), SpeechStarted(4060, 4000)]
    lines = converse(library, 8, script, LONG)
    assert lines[0] == "you:   hello"
    heard = lines[-1].removeprefix("agent: ").removesuffix(" ...")
    assert LONG.startswith(heard)
    assert heard != LONG
    played = len(bytes(library.streams[0].played).strip(b"\0")) // MS
    assert len(heard) * 60 <= played


def test_what_was_played_is_reported_and_what_is_left_is_thrown_away(library: FakeLibrary) -> None:
    far = FarEnd()

    async def turn(blocks: int) -> None:
        for _ in range(blocks):
            await anyio.sleep(0.02)
            library.streams[0].turn()

    async def run() -> None:
        async with (
            open_headset() as headset,
            calling(far) as call,
            anyio.create_task_group() as tasks,
        ):
            tasks.start_soon(talk, call, headset, print)
            far.starts_reply()
            far.speaks("much more than anybody wants to hear", 4_000)
            await turn(50)
            far.hears_speech()
            await turn(50)
            tasks.cancel_scope.cancel()

    run_virtual(run)
    played = len(bytes(library.streams[0].played).strip(b"\0")) // MS
    assert 960 <= played <= 1_020
    told = far.last("conversation.item.truncate")["audio_end_ms"]
    assert played - 60 <= told <= played - 28, "30 ms of it never reached the ear"


def test_a_device_that_wants_another_rate_gets_it(library: FakeLibrary) -> None:
    library.rates = {44_100}
    converse(library, 5, says("hello", 500, 1500), "well done")
    (stream,) = library.streams
    assert (stream.options["samplerate"], stream.options["blocksize"]) == (44_100, 882)
    ms = len(bytes(stream.played).strip(b"\0")) / 88.2
    assert abs(ms - 60 * len("well done")) < 5


# --- the loudspeaker beside the microphone --------------------------------------------------------


def noise(seconds: float) -> bytes:
    samples = np.random.default_rng(1).normal(0, 3_000, round(seconds * 24_000))
    return samples.astype(np.int16).tobytes()


def sent_beside_a_loudspeaker(library: FakeLibrary, **options: Any) -> tuple[bytes, bytes]:
    """What the microphone heard of a reply, half as loud and 40 ms late, and what was sent."""
    far, recorded = FarEnd(), bytearray()

    async def turn() -> None:
        for _ in range(175):
            await anyio.sleep(0.02)
            late = np.frombuffer(bytes(library.streams[0].played[-40 * MS :][: 20 * MS]), np.int16)
            near = (late // 2).tobytes().ljust(20 * MS, b"\0")
            recorded.extend(near)
            library.streams[0].turn(near)

    async def run() -> None:
        async with (
            open_headset() as headset,
            calling(far) as call,
            anyio.create_task_group() as tasks,
        ):
            tasks.start_soon(partial(talk, call, headset, print, **options))
            far.starts_reply()
            about = {"response_id": "r1", "item_id": "i1"}
            far.say(
                "response.output_audio.delta", **about, delta=base64.b64encode(noise(3)).decode()
            )
            await turn()
            tasks.cancel_scope.cancel()

    run_virtual(run)
    kind = "input_audio_buffer.append"
    sent = [base64.b64decode(each["audio"]) for each in far.sent if each["type"] == kind]
    return bytes(recorded), b"".join(sent)


def test_the_agent_hardly_hears_itself_from_the_loudspeaker(library: FakeLibrary) -> None:
    recorded, sent = sent_beside_a_loudspeaker(library)
    settled = slice(2_000 * MS, 3_000 * MS)
    assert abs(len(sent) - len(recorded)) <= 20 * MS
    assert dbfs(recorded[settled]) > -30
    assert dbfs(sent[settled]) < dbfs(recorded[settled]) - 15


def test_whoever_wears_headphones_may_have_the_sound_as_it_is(library: FakeLibrary) -> None:
    recorded, sent = sent_beside_a_loudspeaker(library, cancel_echo=False)
    assert recorded.startswith(sent)
    assert len(sent) > 3_000 * MS


# --- the headset ---------------------------------------------------------------------------------


def test_a_block_comes_with_what_was_played_meanwhile() -> None:
    async def run() -> None:
        headset = Headset(24_000)
        await headset.play(b"\1\2" * 480, 24_000, "r")
        out = bytearray(960)
        thread = threading.Thread(
            target=headset.callback, args=(b"\5\6" * 480, out, 480, None, None)
        )
        thread.start()
        thread.join()
        block = await headset.block()
        assert (block.near, block.reference) == (b"\5\6" * 480, b"\1\2" * 480)
        assert bytes(out) == block.reference

    anyio.run(run)


def test_blocks_that_nobody_fetches_are_dropped_and_counted() -> None:
    async def run() -> None:
        headset = Headset(24_000)
        for n in range(MOST_BLOCKS + 5):
            headset.callback(n.to_bytes(2, "little") * 480, bytearray(960), 480, None, None)
        assert headset.lost_blocks == 5
        assert (await headset.block()).near[:2] == b"\5\0"

    anyio.run(run)


def test_the_position_is_what_has_reached_the_ear() -> None:
    speaker = Speaker(24_000)
    speaker.delay_ms = 30
    speaker.add(bytes(100 * MS), 24_000, "one")
    speaker.take(60 * MS)
    assert speaker.position == ("one", 30)
    speaker.take(60 * MS)
    assert speaker.position == ("one", 70), "the last of it is on its way"
    speaker.take(60 * MS)
    assert speaker.position == ("one", 100)


def test_a_reply_that_waits_behind_another_has_not_been_played() -> None:
    speaker = Speaker(24_000)
    speaker.add(bytes(40 * MS), 24_000, "one")
    speaker.add(bytes(40 * MS), 24_000, "two")
    speaker.take(40 * MS)
    assert speaker.position == ("two", 0)
    speaker.take(20 * MS)
    assert speaker.position == ("two", 20)
    speaker.flush()
    assert speaker.take(20 * MS) == bytes(20 * MS)
    assert speaker.position == ("two", 20)


# --- without hardware ----------------------------------------------------------------------------


def test_without_portaudio_the_package_to_install_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def missing(name: str) -> Any:
        raise OSError("PortAudio library not found")

    monkeypatch.setattr("voiceagent.microphone.import_module", missing)
    monkeypatch.setattr(sys, "platform", "linux")
    with pytest.raises(MissingExtra, match="apt install libportaudio2"):
        sounddevice()
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(MissingExtra, match="pip install"):
        sounddevice()


def test_without_the_library_the_command_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    with pytest.raises(MissingExtra, match="pip install sounddevice"):
        devices()


def test_without_a_microphone_that_is_said(library: FakeLibrary) -> None:
    assert devices() == "Mic / Phones"
    library.names["input"] = []
    with pytest.raises(ConfigError, match="there is no microphone that can be used"):
        devices()


@pytest.mark.parametrize(
    ("device", "told"), [(("Nope", None), "'Nope' is no microphone"), ((None, 9), "9 is no loud")]
)
def test_a_wrong_device_is_named(library: FakeLibrary, device: Any, told: str) -> None:
    async def run() -> None:
        async with open_headset(device):
            raise AssertionError("it cannot open")

    with pytest.raises(ConfigError, match=told):
        anyio.run(run)


def test_a_device_that_takes_no_rate_is_a_clear_error(library: FakeLibrary) -> None:
    library.rates = set()

    async def run() -> None:
        async with open_headset():
            raise AssertionError("it cannot open")

    with pytest.raises(ConfigError, match="cannot be opened: Invalid sample rate"):
        anyio.run(run)


def test_what_goes_wrong_is_written_too() -> None:
    lines: list[str] = []
    show(ev.Failed("the model is gone"), lines.append)
    show(ev.Closed("the server ended the call"), lines.append)
    show(ev.UserSaid("", True, "u"), lines.append)
    show(ev.UserSaid("so far", False, "u"), lines.append)
    assert [line.strip() for line in lines] == [
        "(the model is gone)",
        "(the call is over: the server ended the call)",
    ]
