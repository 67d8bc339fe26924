"""The ear at the end of the chain: what it makes of readings, of words, and of the turns before."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from voiceagent.events import (
    NO_READING,
    Event,
    Felt,
    Heard,
    HeardWord,
    Judged,
    Reading,
    Settle,
    SoundMade,
    SpeechStarted,
    SpeechStopped,
)
from voiceagent.hearing.chain import Chain
from voiceagent.hearing.feelings import FeelingsEar, Whole, whole_only
from voiceagent.hearing.feelings.tracker import FeelingsListener
from voiceagent.hearing.feelings.words import learn
from voiceagent.parts import FRAME_BYTES, FRAME_MS, Frame, Listener, Reset, Sample, Sense
from voiceagent.testing import ScriptedEars

LOWER = "lower than your usual by 3 semitones"
ANGRY = {"angry": 0.7, "happy": 0.1, "neutral": 0.1, "sad": 0.1}
NEUTRAL = {"angry": 0.14, "happy": 0.13, "neutral": 0.6, "sad": 0.13}


def reading(labels: dict[str, float], ms: int = 1500, *reasons: str) -> Reading:
    return Reading(labels, -0.2, 0.3, max(labels.values()), ("low",), reasons or (LOWER,), (0, ms))


@dataclass
class Talk:
    """A listener, and what it told."""

    ear: FeelingsListener = field(default_factory=lambda: FeelingsEar().listen())
    now: int = 0
    told: list[Whole] = field(default_factory=list)

    def see(self, *events: Event) -> Talk:
        for event in self.ear.feed(Frame(self.now, bytes(FRAME_BYTES)), events):
            assert isinstance(event, Whole)
            assert event.at == self.now + FRAME_MS
            self.told.append(event)
        self.now += FRAME_MS
        return self

    def turn(self, labels: dict[str, float] | None, text: str = "", ms: int = 1500) -> Whole:
        """One turn, from its first sound to its end; what was told last."""
        begin = self.now
        self.see(SpeechStarted(self.now, begin))
        felt = [Felt(self.now, reading(labels, ms), final=True)] if labels else []
        self.see(*felt, SpeechStopped(self.now, begin + ms))
        self.ear.tell(Settle(begin + ms))
        self.see(Heard(self.now, text, begin + ms, final=True))
        self.close()
        return self.told[-1]

    def close(self) -> Talk:
        self.ear.tell(Reset())
        return self.see()


def test_a_voice_without_words_stays_as_it_was_felt_to_the_bit() -> None:
    told = Talk().turn(NEUTRAL).reading
    assert told.labels == NEUTRAL
    assert (told.valence, told.arousal, told.confidence) == (-0.2, 0.3, 0.6)


def test_plain_words_change_nothing_of_the_voice() -> None:
    told = Talk().turn(NEUTRAL, "set a timer for ten minutes").reading
    assert told.labels == NEUTRAL
    assert (told.valence, told.confidence) == (-0.2, 0.6)


def test_words_settle_what_the_voice_leaves_open() -> None:
    open_ = {"angry": 0.42, "happy": 0.4, "neutral": 0.1, "sad": 0.08}
    glad = Talk().turn(open_, "it is my birthday and i am so happy").reading
    cross = Talk().turn(open_, "this is ridiculous, give me my money back").reading
    assert max(glad.labels, key=lambda n: glad.labels[n]) == "happy"
    assert max(cross.labels, key=lambda n: cross.labels[n]) == "angry"
    assert glad.valence > 0.2 > cross.valence
    assert glad.arousal == cross.arousal == 0.3  # that is heard in the voice
    assert glad.reasons == ("lower by 3 semitones than your usual; the words agree",)
    assert "happy" in glad.words


def test_kind_words_in_an_angry_voice_are_told_as_a_contradiction() -> None:
    sure = {"angry": 0.9, "happy": 0.02, "neutral": 0.05, "sad": 0.03}
    told = Talk().turn(sure, "i am so happy, thank you").reading
    assert "voice and words do not agree" in told.reasons[0]
    assert told.confidence < 0.9 * max(told.labels.values())


def test_a_mandarin_speaker_gets_reasons_in_mandarin() -> None:
    said = "我很难过，我想哭"  # noqa: RUF001
    sad = {"sad": 0.6, "neutral": 0.2, "happy": 0.1, "angry": 0.1}
    told = Talk().turn(sad, said).reading
    assert told.reasons == ("比你平常音调更低；话里也是这样",)  # noqa: RUF001
    assert told.words[0] == "难过"


def test_a_still_voice_is_not_called_bored() -> None:
    still = Reading(NEUTRAL, 0.0, -0.97, 0.6, (), (), (0, 1500))
    talk = Talk().see(SpeechStarted(0, 0), Felt(0, still, final=True))
    assert talk.told[-1].reading.words == ("neutral",)


def test_unsure_words_count_less() -> None:
    def happy(sure: float) -> float:
        talk = Talk()
        words = (
            HeardWord("i", 0, 1, sure),
            HeardWord("am", 1, 2, sure),
            HeardWord("glad", 2, 3, sure),
        )
        talk.see(SpeechStarted(0, 0), Felt(0, reading(ANGRY), final=True))
        talk.see(Heard(20, "i am glad", 1500, True, words))
        return talk.told[-1].reading.labels["happy"]

    assert ANGRY["happy"] <= happy(0.2) < happy(1.0)


def test_words_that_may_still_change_count_less_than_final_ones() -> None:
    def happy(final: bool) -> float:
        talk = Talk().see(SpeechStarted(0, 0), Heard(0, "i am so happy", 900, final=final))
        return talk.see(Felt(20, reading(ANGRY))).told[-1].guess["happy"]

    assert ANGRY["happy"] < happy(False) < happy(True)


# --- when ----------------------------------------------------------------------------------------


def test_it_tells_at_once_and_waits_for_nothing() -> None:
    talk = Talk().see(SpeechStarted(0, 0), Felt(0, reading(NEUTRAL)))
    assert [whole.final for whole in talk.told] == [False]
    talk.see(Heard(20, "hello", 400))
    assert len(talk.told) == 1  # live words are no news
    talk.see(Felt(40, reading(NEUTRAL), final=True), SpeechStopped(40, 1500))
    talk.see(Heard(60, "hello", 1500, final=True))
    assert [whole.final for whole in talk.told] == [False, False, True]
    talk.close()
    assert len(talk.told) == 3


def test_where_no_ear_hears_words_the_voice_is_final() -> None:
    talk = Talk().see(SpeechStarted(0, 0), Felt(0, reading(NEUTRAL), final=True))
    assert [whole.final for whole in talk.told] == [True]


def test_words_that_come_with_the_end_of_the_turn_still_count_for_it() -> None:
    """Settle and Reset at once: what the ears answer is seen with the next frame, among the first
    sounds of the next turn.
    """
    talk = Talk().see(SpeechStarted(0, 0), Felt(0, reading(ANGRY)), SpeechStopped(0, 1500))
    talk.ear.tell(Settle(1500))
    talk.ear.tell(Reset())
    talk.see(Heard(40, "this is ridiculous", 1500, final=True), SpeechStarted(40, 1600))
    assert talk.told[-1].final
    assert "the words agree" in talk.told[-1].reading.reasons[0]
    talk.see(Felt(60, reading(NEUTRAL)))
    assert "words" not in talk.told[-1].reading.reasons[0]  # those were the old turn's


def test_speech_that_begins_while_a_turn_ends_is_of_the_next_one() -> None:
    talk = Talk().see(SpeechStarted(0, 0), Felt(0, reading(ANGRY)), SpeechStopped(0, 1500))
    talk.ear.tell(Reset())
    talk.see(SpeechStarted(40, 1600))
    talk.see(SpeechStopped(60, 3000), Heard(60, "i am so sad, i want to cry", 3000, final=True))
    assert talk.told[-1].reading.span == (1600, 3000)


def test_what_it_knows_of_words_is_learnt_before_anybody_speaks() -> None:
    learn.cache_clear()
    FeelingsEar()
    assert learn.cache_info().currsize == 1


def test_nobody_said_anything_nothing_is_told() -> None:
    assert Talk().see().close().told == []
    assert Talk().see(Heard(0, "", 0, final=True)).close().told == []


def test_words_alone_are_told_only_if_they_speak_plainly_of_a_feeling() -> None:
    plain, sad = Talk(), Talk()
    for talk, text in ((plain, "turn on the light"), (sad, "i am so sad, i want to cry")):
        talk.see(SpeechStarted(0, 100), SpeechStopped(0, 1500))
        talk.see(Heard(20, text, 1500, final=True)).close()
    assert plain.told == []
    (told,) = sad.told
    assert max(told.reading.labels, key=lambda n: told.reading.labels[n]) == "sad"
    assert told.reading.reasons == ("the words say sad",)
    assert told.reading.span == (100, 1500)


def test_a_reader_that_does_not_know_stays_unknown() -> None:
    unknown = Reading({}, 0.1, 0.2, 0.3, (), ("pauses of 0.8 s",), (0, 900))
    talk = Talk().see(SpeechStarted(0, 0), Felt(0, unknown, final=True))
    assert talk.told[-1].reading == unknown
    assert Talk().see(Felt(0, NO_READING)).told[-1].reading == NO_READING


def test_what_is_unsure_after_all_is_not_claimed_and_still_known() -> None:
    vague = {"angry": 0.3, "happy": 0.3, "neutral": 0.2, "sad": 0.2}
    talk = Talk()
    told = talk.turn(vague)
    assert (told.reading.labels, dict(told.guess)) == ({}, vague)
    words = talk.turn(vague, "i am so angry, this is ridiculous")
    assert max(words.reading.labels, key=lambda n: words.reading.labels[n]) == "angry"


def test_a_readers_own_reasons_stay_if_they_are_of_an_unknown_kind() -> None:
    assert Talk().turn(NEUTRAL).reading.reasons != ("as in a dream",)
    talk = Talk().see(SpeechStarted(0, 0), Felt(0, reading(NEUTRAL, 900, "as in a dream"), True))
    assert talk.told[-1].reading.reasons == ("as in a dream",)


def test_labels_of_other_readers_come_out_in_our_words() -> None:
    foreign = Reading({"HAPPY": 1.0}, 0.0, 0.0, 0.8, span=(0, 1500))
    talk = Talk().see(SpeechStarted(0, 0), Felt(0, foreign, final=True))
    assert talk.told[-1].reading.labels == {"happy": 1.0}


# --- the turns before ----------------------------------------------------------------------------


def after_three(kind: dict[str, float], text: str = "", ms: int = 1500) -> Talk:
    talk = Talk()
    for _ in range(3):
        talk.turn(kind, text, ms)
    return talk


def test_after_three_angry_turns_a_neutral_fine_is_still_a_little_angry() -> None:
    told = after_three(ANGRY).turn(NEUTRAL, "that will do").reading
    assert told.labels["angry"] > 1.1 * NEUTRAL["angry"]
    assert max(told.labels, key=lambda n: told.labels[n]) == "neutral"
    assert "angry in the turns before" in told.reasons[0]


@pytest.mark.parametrize(("text", "ms"), [("mm-hm", 900), ("嗯", 900), ("", 400)])
def test_backchannels_and_bursts_move_nothing(text: str, ms: int) -> None:
    before = after_three(ANGRY, text, ms).turn(NEUTRAL).reading
    assert before.labels == NEUTRAL


def test_speech_that_was_judged_nothing_moves_nothing() -> None:
    talk = Talk()
    talk.see(SpeechStarted(0, 0), Felt(0, reading(ANGRY), final=True))
    talk.see(Judged(20, "noise"), SpeechStopped(20, 1500)).close()
    assert talk.turn(NEUTRAL).reading.labels == NEUTRAL


def test_the_pauses_of_one_turn_count_once() -> None:
    once, paused = Talk(), Talk()
    once.turn(ANGRY)
    begin = paused.now
    for part in range(3):
        paused.see(SpeechStarted(0, begin + 500 * part), Felt(0, reading(ANGRY), final=True))
        paused.see(SpeechStopped(0, begin + 500 * part + 400), Heard(0, "", 0, final=True))
    paused.close()
    assert paused.turn(NEUTRAL).reading.labels == once.turn(NEUTRAL).reading.labels


def test_speakers_keep_apart() -> None:
    talk = Talk()
    for _ in range(3):
        talk.ear.speaks("a")
        talk.turn(ANGRY)
        talk.ear.speaks("b")
        assert talk.turn(NEUTRAL).reading.labels["angry"] <= NEUTRAL["angry"]
    talk.ear.speaks("a")
    assert talk.turn(NEUTRAL).reading.labels["angry"] > NEUTRAL["angry"]


def test_sessions_share_nothing() -> None:
    ear = FeelingsEar()
    one, other = Talk(ear.listen()), Talk(ear.listen())
    one.turn(ANGRY)
    assert other.turn(NEUTRAL).reading.labels == NEUTRAL


# --- beside --------------------------------------------------------------------------------------


def test_a_side_channel_moves_where_the_reading_lies_and_no_label() -> None:
    def told(quality: float) -> Reading:
        talk = Talk()
        for n in range(10):
            talk.ear.sense(Sample(n, "heart_rate", 70.0 + n % 2))
        talk.now = 5_000
        talk.see(SpeechStarted(5_000, 5_000))
        talk.ear.sense(Sample(5_100, "heart_rate", 120.0, quality))
        return talk.see(Felt(0, reading(NEUTRAL), final=True)).told[-1].reading

    assert (
        told(0.0)
        == Talk().see(SpeechStarted(0, 0), Felt(0, reading(NEUTRAL), True)).told[-1].reading
    )
    assert told(1.0).arousal > told(0.0).arousal
    assert told(1.0).labels == told(0.0).labels == NEUTRAL


def sensed(*late: Sample) -> list[Whole]:
    """A turn whose reading was told for good before these samples came."""
    talk = Talk()
    talk.ear.tell(Sense(tuple(Sample(n, "heart_rate", 70.0 + n % 2) for n in range(10))))
    talk.now = 5_000
    talk.see(SpeechStarted(5_000, 5_000), Felt(0, reading(NEUTRAL), final=True))
    talk.see(SpeechStopped(5_020, 6_000))
    talk.ear.tell(Sense(late))
    return talk.close().told


@pytest.mark.parametrize(("at", "quality", "counts"), [(6_150, 1.0, True), (6_150, 0.0, False)])
def test_samples_that_come_late_are_told_of_when_the_turn_ends(
    at: int, quality: float, counts: bool
) -> None:
    first, *more = sensed(Sample(at, "heart_rate", 120.0, quality))
    assert [whole.reading.arousal > first.reading.arousal for whole in more] == [True] * counts
    assert all(whole.final for whole in more)


def test_samples_of_no_turn_tell_nothing_again() -> None:
    assert len(sensed()) == len(sensed(Sample(6_201, "heart_rate", 120.0))) == 1


def test_the_trace_can_be_checked() -> None:
    talk = Talk()
    talk.turn({"sad": 0.7, "neutral": 0.1, "happy": 0.1, "angry": 0.1}, "i am so sad")
    clues = [(clue.clue, clue.modality, clue.value) for clue in talk.ear.trace]
    assert clues == [("pitch_down", "voice", 3.0), ("words", "words", None)]


def test_it_works_in_a_chain_and_survives_the_way_to_a_worker() -> None:
    script: Sequence[Event] = (
        SpeechStarted(20, 0),
        Felt(40, reading(ANGRY), final=True),
        Heard(60, "you liar", 1500, final=True),
    )
    chain = Chain([ScriptedEars(script), pickle.loads(pickle.dumps(FeelingsEar()))])
    events = [event for n in range(4) for event in chain.feed(Frame(20 * n, bytes(FRAME_BYTES)))]
    whole = [event for event in events if isinstance(event, Whole)]
    assert [event.final for event in whole] == [True, True]
    assert pickle.loads(pickle.dumps(whole)) == whole


def test_only_the_whole_is_handed_on() -> None:
    seen: list[Event] = []
    hand_on = whole_only(seen.append)
    raw, whole = Felt(0, NO_READING), Whole(0, NO_READING)
    for event in (raw, whole, SpeechStarted(0, 0)):
        hand_on(event)
    assert seen == [whole, SpeechStarted(0, 0)]
    assert type(seen[0]) is Whole


def test_it_is_a_listener() -> None:
    listener: Listener = FeelingsEar().listen()
    assert list(listener.tell(Settle(0))) == []


# --- sounds that are no words --------------------------------------------------------------------


def laugh(begin: int, end: int, sure: float = 0.8) -> SoundMade:
    return SoundMade(end, "laugh", begin, end, sure)


def laughed(talk: Talk, reading: Reading | None, *sounds: SoundMade) -> Talk:
    """A turn of a second and a half."""
    felt = [Felt(0, reading, final=True)] if reading else []
    talk.see(SpeechStarted(0, 0), *sounds, *felt, SpeechStopped(0, 1500))
    return talk.close()


def test_a_laugh_is_told_with_the_whole_and_is_no_mood() -> None:
    talk = laughed(Talk(), reading(ANGRY), laugh(200, 600))
    assert talk.told[-1].sounds == (laugh(200, 600),)
    assert talk.told[-1].reading == laughed(Talk(), reading(ANGRY)).told[-1].reading
    assert talk.turn(NEUTRAL).sounds == ()


def test_where_no_ear_hears_sounds_there_are_none() -> None:
    assert Talk().turn(ANGRY).sounds == ()


@pytest.mark.parametrize(("end", "moves"), [(1_400, False), (600, True)])
def test_a_turn_that_was_mostly_laughed_moves_nothing(end: int, moves: bool) -> None:
    talk = Talk()
    for _ in range(3):
        laughed(talk, reading(ANGRY), laugh(100, end))
    assert (talk.turn(NEUTRAL).reading.labels != NEUTRAL) is moves


def test_pieces_of_a_long_laugh_are_one() -> None:
    pieces = laugh(0, 500), laugh(500, 900, 0.9), laugh(1_300, 1_500)
    talk = laughed(Talk(), reading(NEUTRAL), *pieces)
    assert talk.told[-1].sounds == (
        SoundMade(500, "laugh", 0, 900, 0.9),
        laugh(1_300, 1_500),
    )


def test_a_laugh_in_which_nothing_was_felt_is_told_when_the_turn_ends() -> None:
    talk = laughed(Talk(), None, laugh(100, 400))
    (told,) = talk.told
    assert (told.final, told.reading.labels, told.sounds) == (True, {}, (laugh(100, 400),))


def test_a_laugh_that_is_heard_late_is_told_too() -> None:
    talk = Talk().see(SpeechStarted(0, 0), Felt(0, reading(NEUTRAL), True), SpeechStopped(0, 1500))
    talk.see(laugh(1_000, 1_500))
    assert [len(whole.sounds) for whole in talk.told] == [0, 1]


def test_a_laugh_is_named_among_the_reasons_in_either_language() -> None:
    merry = reading(NEUTRAL, 1500, LOWER, "laughs")
    assert laughed(Talk(), merry).told[-1].reading.reasons == (
        "lower by 3 semitones than your usual, laughs",
    )
    talk = Talk().see(SpeechStarted(0, 0), Felt(0, merry, True), SpeechStopped(0, 1500))
    talk.see(Heard(20, "我很难过", 1500, final=True))
    assert "带着笑声" in talk.told[-1].reading.reasons[0]
