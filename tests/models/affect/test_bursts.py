"""A laugh is an event of its own: told while it is heard, and no mood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from models.affect import adapter, bursts
from models.affect.adapter import Options, build
from models.affect.bursts import LONG_MS, Laughs, load, scores
from models.affect.frames import BANDS, Floats, Frames, analyse
from models.affect.rhythm import LATE, NAMES, SPAN, seconds
from tests.models.affect.laughter import Laughter, laughter
from tests.models.affect.speech import LOW, PLAIN, ROUSED, Talk, edges, frames, pcm, say, speech
from tests.models.affect.speech import Floats as Sound
from voiceagent.audio import read_audio
from voiceagent.events import Event, Felt, Settle, SoundMade, SpeechStarted, SpeechStopped
from voiceagent.parts import EAR_RATE, FRAME_MS, Cue, Listener, Reset

DATA = Path(__file__).parents[2] / "data"
ORDERS = sorted((DATA / "orders").glob("*.wav"))
LAUGHS = sorted((DATA / "laughs").glob("*.wav"))
BLANK = np.zeros(BANDS, np.float32)
LAUGH = laughter(Laughter())


def heard(listener: Listener, sound: Sound, start: int = 0, over: bool = True) -> list[Event]:
    """As one turn, whose detector lets go after 80 ms."""
    lasts = len(sound) * 1000 // EAR_RATE
    quiet = np.zeros(EAR_RATE // 5)
    told: list[Event] = []
    for frame in frames(pcm(np.concatenate((quiet, sound, quiet, quiet))), start):
        told += listener.feed(frame, edges(frame.at - start, start, lasts))
    if over:
        listener.tell(Reset())
    return told


def laughs(told: Sequence[Event]) -> list[SoundMade]:
    return [event for event in told if isinstance(event, SoundMade)]


def last(told: Sequence[Event]) -> Felt:
    return [event for event in told if isinstance(event, Felt)][-1]


def recorded(path: Path) -> Sound:
    return np.frombuffer(read_audio(path).at(EAR_RATE).pcm, np.int16).astype(np.float64)


@pytest.fixture
def listener() -> Listener:
    return build(Options(unsure=0.0)).listen()


# --- what is heard --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "it",
    [
        Laughter(),
        Laughter(pitch_hz=180),
        Laughter(pitch_hz=350, calls_per_s=6),
        Laughter(calls=9, breath=0.1, level=0.02),
    ],
)
def test_calls_that_repeat_themselves_are_a_laugh(listener: Listener, it: Laughter) -> None:
    made = laughs(heard(listener, laughter(it)))
    assert {one.kind for one in made} == {"laugh"}
    assert all(0.5 < one.confidence <= 1 and one.end <= one.at for one in made)
    assert made[0].begin == pytest.approx(200, abs=300)
    assert made[-1].end == pytest.approx(200 + 1000 * it.calls / it.calls_per_s, abs=450)


@pytest.mark.parametrize("path", LAUGHS, ids=lambda path: path.stem)
def test_people_are_heard_laughing(listener: Listener, path: Path) -> None:
    assert laughs(heard(listener, recorded(path)))


@pytest.mark.parametrize("talk", [PLAIN, ROUSED, LOW])
def test_syllables_are_no_laugh(listener: Listener, talk: Talk) -> None:
    assert not laughs(heard(listener, speech(talk)))


@pytest.mark.parametrize("path", ORDERS, ids=lambda path: path.stem)
def test_words_are_no_laugh(listener: Listener, path: Path) -> None:
    assert not laughs(heard(listener, recorded(path)))


def test_noise_and_silence_are_no_laugh(listener: Listener) -> None:
    noise = np.random.default_rng(0).normal(0, 2_000, 48_000)
    assert not laughs(heard(listener, noise))
    assert not laughs(heard(listener, np.zeros(48_000), 20_000))


def test_how_loud_the_microphone_is_changes_nothing() -> None:
    loud, soft = (laughs(heard(build(Options()).listen(), gain * LAUGH))[0] for gain in (1.0, 0.25))
    assert soft.confidence == pytest.approx(loud.confidence, abs=0.1)
    assert soft.begin == pytest.approx(loud.begin, abs=100)


# --- when -----------------------------------------------------------------------------------------


def test_a_laugh_is_told_before_what_is_felt_at_its_end(listener: Listener) -> None:
    told = heard(listener, LAUGH)
    assert told.index(laughs(told)[-1]) < told.index(last(told))


def test_a_long_laugh_is_told_in_pieces_that_meet(listener: Listener) -> None:
    pieces = laughs(heard(listener, laughter(Laughter(calls=24, level=0.2))))
    assert len(pieces) > 1
    assert pieces[0].at < 200 + 2 * LONG_MS
    for one, other in pairwise(pieces):
        assert one.end <= other.begin


def test_nothing_later_changes_what_was_told_earlier() -> None:
    both = np.concatenate((LAUGH, np.zeros(EAR_RATE), speech(PLAIN)))
    alone, more = (
        [it for it in heard(build(Options()).listen(), sound) if it.at < 2_500]
        for sound in (both[: 3 * EAR_RATE], both)
    )
    assert alone == more
    assert laughs(more)


def test_who_cannot_wait_is_told_of_a_laugh_that_goes_on(listener: Listener) -> None:
    told: list[Event] = []
    for frame in frames(pcm(laughter(Laughter(calls=12)))[: 2 * 22_000], 0):
        told += listener.feed(frame, [SpeechStarted(20, 0)] if frame.at == 0 else [])
    (more,) = laughs(list(listener.tell(Settle(1_360))))
    assert all(one.end <= more.begin for one in laughs(told))
    assert more.end > 1_000


def test_a_turn_after_a_long_silence_is_not_the_laughed_one(listener: Listener) -> None:
    heard(listener, LAUGH, over=False)
    told = heard(listener, speech(PLAIN), 20_000)
    assert last(told).reading.labels


def in_part(listener: Listener, until: int, over: Cue) -> list[Event]:
    """A laugh of 1.4 s of which a detector hears 400 ms, up to here; then this cue."""
    edges: dict[int, Event] = {560: SpeechStarted(580, 500), 920: SpeechStopped(940, 900)}
    told: list[Event] = []
    for frame in frames(pcm(np.concatenate((np.zeros(3_200), LAUGH, np.zeros(16_000)))), 0):
        if frame.at < until:
            told += listener.feed(frame, [edges[frame.at]] if frame.at in edges else [])
    return [*told, *listener.tell(over)]


@pytest.mark.parametrize(
    ("until", "over"), [(3_000, Reset()), (1_500, Reset()), (1_500, Settle(0))]
)
def test_a_laugh_of_which_a_detector_hears_only_part_is_heard(
    listener: Listener, until: int, over: Cue
) -> None:
    told = in_part(listener, until, over)
    made = laughs(told)
    assert made[0].begin < 500
    assert made[-1].end > 1_000
    assert all(one.end <= one.at for one in made)


def test_what_follows_long_after_the_speech_is_not_listened_to(listener: Listener) -> None:
    words = np.concatenate((speech(PLAIN), np.zeros(EAR_RATE), LAUGH))
    edges: dict[int, Event] = {260: SpeechStarted(280, 0), 3_080: SpeechStopped(3_100, 3_000)}
    told: list[Event] = []
    for frame in frames(pcm(words), 0):
        told += listener.feed(frame, [edges[frame.at]] if frame.at in edges else [])
    assert not laughs(told)


# --- no mood --------------------------------------------------------------------------------------


def test_a_laughed_turn_has_no_emotion_and_says_why(listener: Listener) -> None:
    reading = last(heard(listener, LAUGH)).reading
    assert reading.labels == {}
    assert (reading.valence, reading.confidence) == (0, 0)
    assert "laughs" in reading.reasons


def test_a_laugh_in_a_spoken_turn_is_an_event_and_the_reading_stays() -> None:
    spoken, both = (build(Options(unsure=0.0)).listen() for _ in range(2))
    words = speech(replace(PLAIN, seconds=4.0))
    plain = last(heard(spoken, words))
    told = heard(both, np.concatenate((words, np.zeros(EAR_RATE // 4), LAUGH)))
    assert laughs(told)[0].begin > 3_000
    assert last(told).reading.labels
    assert "laughs" in last(told).reading.reasons
    assert "laughs" not in plain.reading.reasons


def test_a_laughed_turn_is_not_taken_for_usual() -> None:
    merry, plain = (build(Options()).listen() for _ in range(2))
    for turn in range(4):
        heard(merry, LAUGH, 10_000 * turn)
    assert say(merry, speech(PLAIN), 90_000) == say(plain, speech(PLAIN), 90_000)


# --- the numbers ----------------------------------------------------------------------------------


def test_each_number_has_a_name_and_a_filter_moves_few_of_them() -> None:
    found = analyse(LAUGH.astype(np.float32))
    (row,) = seconds(found, [SPAN], BLANK)
    assert row.shape == (len(NAMES),)
    gain = np.exp(np.linspace(-1, 1, BANDS)).astype(np.float32)
    (other,) = seconds(replace(found, bands=found.bands * gain), [SPAN], BLANK)
    again = NAMES.index("sound_again")
    assert row[again] == pytest.approx(other[again], abs=0.15)


def test_what_has_fallen_silent_is_no_laugh_any_more() -> None:
    weights = load(adapter.LAUGHS)
    row = np.zeros((1, len(NAMES)), np.float32)
    assert scores(weights, row) == -np.inf
    row[0, LATE] = 0.5
    assert np.isfinite(scores(weights, row))


def test_pieces_are_looked_at_like_the_whole() -> None:
    found = analyse(pcm_floats(np.concatenate((LAUGH, np.zeros(8_000)))))

    def told(step: int) -> list[bursts.Burst]:
        own, made = Laughs(load(adapter.LAUGHS)), list[bursts.Burst]()
        for first in range(0, len(found), step):
            part: Frames = found.part(first, min(len(found), first + step))
            made += own.hear(part, 10 * (first + len(part)), BLANK)
        return [*made, *own.pause()]

    assert told(20) == told(70) != []


@pytest.mark.parametrize("ahead", range(0, 1_600, 160))
def test_nothing_is_lost_where_nobody_looks_closely(
    ahead: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = analyse(pcm_floats(np.concatenate((np.zeros(ahead), LAUGH, speech(PLAIN)))))

    def told() -> list[bursts.Burst]:
        own, made = Laughs(load(adapter.LAUGHS)), list[bursts.Burst]()
        for first in range(0, len(found), 20):
            part: Frames = found.part(first, min(len(found), first + 20))
            made += own.hear(part, 10 * (first + len(part)), BLANK)
        return [*made, *own.pause()]

    seldom = told()
    monkeypatch.setattr(Laughs, "_scores", Laughs._score)
    spans = [[(it.begin, it.end) for it in made] for made in (seldom, told())]
    assert spans[0] == spans[1] != []


def pcm_floats(sound: Sound) -> Floats:
    return np.frombuffer(pcm(sound), np.int16).astype(np.float32)


def test_the_shipped_net_is_small_and_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    assert adapter.LAUGHS.stat().st_size < 60_000
    weights = load(adapter.LAUGHS)
    weights.save(tmp_path / "same.npz")
    again = load(tmp_path / "same.npz")
    for key in weights.__slots__:
        assert np.array_equal(getattr(weights, key), getattr(again, key))


def test_a_net_for_other_numbers_is_refused(tmp_path: Path) -> None:
    replace(load(adapter.LAUGHS), names=("one",)).save(tmp_path / "other.npz")
    with pytest.raises(ValueError, match=r"other\.npz was trained on other numbers"):
        load(tmp_path / "other.npz")


def test_speech_that_stops_without_having_begun_does_no_harm(listener: Listener) -> None:
    frame = next(frames(bytes(640), 0))
    assert list(listener.feed(frame, [SpeechStopped(FRAME_MS, 0)])) == []
