"""Reasons: made of what was measured and said, and of nothing else."""

from __future__ import annotations

import pytest

from voiceagent.hearing.feelings.reasons import KINDS, Clue, Found, sentence, trace_of

VOICE = (
    "lower than your usual by 3 semitones",
    "slower than your usual by 25 %",
    "pauses of 0.8 s",
)


def names(trace: tuple[Clue, ...]) -> list[str]:
    return [clue.clue for clue in trace]


def test_one_sentence_tells_voice_and_words() -> None:
    told = sentence(Found("sad", VOICE, "sad"))
    assert told == (
        "lower by 3 semitones and slower by 25 % than your usual, pauses of 0.8 s; the words agree"
    )


def test_mandarin_speakers_are_told_in_mandarin() -> None:
    told = "比你平常音调更低、语速更慢、有停顿；话里也是这样"  # noqa: RUF001
    assert sentence(Found("sad", VOICE, "sad"), "zh") == told


def test_a_contradiction_names_both() -> None:
    told = sentence(Found("angry", ("louder than your usual by 6 dB",), "happy", clash=True))
    assert "louder" in told
    assert "the words say happy: voice and words do not agree" in told


def test_what_the_turns_before_did_is_told() -> None:
    assert sentence(Found("angry", (), before="angry")) == "angry in the turns before"


def test_nothing_measured_and_nothing_said_is_told_as_that() -> None:
    for found in (Found("sad"), Found("sad", ("something without a measurement",))):
        assert sentence(found) == "nothing measured stands out"
        assert trace_of([sentence(found)]) == ()


def test_several_clues_read_as_a_list() -> None:
    voice = (*VOICE[:2], "softer than your usual by 6 dB")
    assert sentence(Found("sad", voice)) == (
        "lower by 3 semitones, slower by 25 % and softer by 6 dB than your usual"
    )


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_each_clue_is_told_alone_and_found_again(kind: object) -> None:
    """What a reader does not say is not in the sentence; what it says is."""
    word = next(iter(kind.found.pattern.removeprefix(r"\b(?:").split(")")[0].split("|")))  # type: ignore[attr-defined]
    told = sentence(Found("happy", (f"{word} than your usual by 4 dB",)))
    (clue,) = trace_of([told])
    assert (clue.clue, clue.modality) == (kind.name, "voice")  # type: ignore[attr-defined]


def test_a_modality_that_is_gone_takes_its_clues_with_it() -> None:
    whole = trace_of([sentence(Found("sad", VOICE, "sad", before="sad"))], "sad")
    assert names(whole) == ["pitch_down", "pace_down", "pauses_up", "words", "history"]
    assert names(trace_of([sentence(Found("sad", VOICE))])) == names(whole)[:3]
    assert names(trace_of([sentence(Found("sad", (), "sad"))])) == ["words"]


def test_the_trace_holds_numbers_and_what_they_speak_for() -> None:
    pitch, pace, pauses, words = trace_of([sentence(Found("sad", VOICE, "sad"))], "sad")
    assert (pitch.value, pace.value, pauses.value) == (3, 25, 0.8)
    assert "sad" in pitch.supports
    assert words == Clue("words", "words", None, ("sad",))


def test_no_pauses_are_no_pauses() -> None:
    assert names(trace_of(["no pauses"])) == ["pauses_none"]
