"""Speech is decoded while it is spoken, with the means of its own first second."""

from __future__ import annotations

from typing import Any, cast

import pytest

from models.pocketsphinx.adapter import OPEN, PocketSphinx
from models.pocketsphinx.decode import Decoded, Recogniser
from models.pocketsphinx.partial import HOP, MEAN_MS, PRIOR, WINDOW, Live, goes_on, numbers
from models.pocketsphinx.turn import Pieces, Sound
from tests.models.pocketsphinx.talk import clip
from voiceagent.parts import FRAME_BYTES, FRAME_MS, Frame

TRUE = 50.0, -4.0
GIVEN = "40.00,3.00"


class FakeDecoder:
    """Tells the mean of the cepstra as the library does; everything that it gets is TRUE."""

    def __init__(self) -> None:
        self.fed: list[int] = []  # milliseconds, by utterance
        self.cmn = GIVEN
        self.open = False

    def set_cmn(self, cmn: str) -> None:
        self.cmn = cmn

    def get_cmn(self, update: bool) -> str:
        if not update:
            return self.cmn
        frames = 1 + (self.fed[-1] * 16 - WINDOW) // HOP
        pairs = zip(numbers(self.cmn), TRUE, strict=True)
        means = ((PRIOR * given + frames * true) / (PRIOR + frames) for given, true in pairs)
        return ",".join(str(mean) for mean in means)

    def start_utt(self) -> None:
        assert not self.open
        self.open = True
        self.fed.append(0)

    def end_utt(self) -> None:
        assert self.open
        self.open = False

    def process_raw(self, pcm: bytes) -> None:
        assert self.open
        self.fed[-1] += len(pcm) // 32

    def hyp(self) -> None:
        return None


class FakeRecogniser:
    def __init__(self) -> None:
        self.decoder = FakeDecoder()

    def live(self) -> Any:
        return self.decoder

    def read(self, decoder: Any) -> Decoded:
        return Decoded()


def sound_of(ms: int) -> Sound:
    sound = Sound()
    for at in range(0, ms, FRAME_MS):
        sound.add(Frame(at, bytes(FRAME_BYTES)))
    return sound


class Spoken:
    """A Live with a fake recogniser, hearing so much sound."""

    def __init__(self, ms: int = 10_000) -> None:
        self.fake = FakeRecogniser()
        self.decoder = self.fake.decoder
        self.live = Live(cast(Recogniser, self.fake))
        self.sound = sound_of(ms)

    def listen(self, *pieces: tuple[int, int]) -> None:
        self.live.listen(self.sound, pieces, cast(Recogniser, self.fake))

    def finish(self, *pieces: tuple[int, int]) -> None:
        self.live.finish(self.sound, pieces, cast(Recogniser, self.fake))


def test_at_the_end_of_speech_only_what_came_since_is_taken_in() -> None:
    spoken = Spoken()
    for end in range(100, 3001, 100):
        spoken.listen((0, end))
    before = sum(spoken.decoder.fed)
    spoken.finish((0, 3060))
    assert sum(spoken.decoder.fed) - before == 60


def test_decoding_begins_once_more_with_the_means_of_the_turn() -> None:
    spoken = Spoken()
    for end in range(100, MEAN_MS + 200, 50):
        spoken.listen((0, end))
    assert len(spoken.decoder.fed) == 2
    assert numbers(spoken.decoder.cmn) == pytest.approx(TRUE, abs=0.1)


def test_an_answer_too_short_for_that_is_decoded_with_its_own_means_at_its_end() -> None:
    spoken = Spoken()
    spoken.listen((0, 400))
    spoken.finish((0, 480))
    assert spoken.decoder.fed == [480, 480]
    assert numbers(spoken.decoder.cmn) == pytest.approx(TRUE, abs=0.1)


def test_after_a_pause_the_whole_turn_is_decoded_again() -> None:
    spoken = Spoken()
    spoken.listen((0, 2000))
    spoken.finish((0, 2060))
    spoken.listen((0, 2250), (3000, 3500))
    assert spoken.decoder.fed[-1] == 2750


def test_a_turn_begins_with_the_means_of_the_one_before() -> None:
    spoken = Spoken()
    spoken.listen((0, 2000))
    spoken.finish((0, 2060))
    spoken.live.reset()
    spoken.listen((4000, 4100))
    assert numbers(spoken.decoder.cmn) == pytest.approx(TRUE, abs=0.1)


def test_nothing_said_is_decoded_as_nothing() -> None:
    spoken = Spoken()
    spoken.finish()
    spoken.finish()
    spoken.listen((0, 100))
    spoken.live.reset()
    spoken.live.reset()
    assert not spoken.decoder.open


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (((0, 120),), True),
        (((0, 100), (200, 300)), True),
        (((0, 90),), False),
        (((10, 120),), False),
        ((), False),
    ],
)
def test_pieces_go_on_from_those_before(after: Pieces, expected: bool) -> None:
    assert goes_on(((0, 100),), after) is expected


def test_words_decoded_while_spoken_are_those_of_the_whole_piece(ear: PocketSphinx) -> None:
    recogniser, sound, pcm = ear.recogniser(OPEN), Sound(), clip("7caecd9d")
    live = Live(recogniser)
    for at in range(0, len(pcm) // 32 - FRAME_MS, FRAME_MS):
        sound.add(Frame(at, pcm[at * 32 : at * 32 + FRAME_BYTES]))
        live.listen(sound, ((250, sound.end),), recogniser) if at > 300 else None
    decoded = live.finish(sound, ((250, sound.end),), recogniser)
    assert decoded.text == recogniser.decode(pcm[250 * 32 :]).text
    assert decoded.confidence > 0.5
