"""The labels of other readers."""

from __future__ import annotations

import pytest

from voiceagent.events import NO_READING, Reading
from voiceagent.hearing.feelings.labels import known, normal, ours
from voiceagent.style import EMOTIONS


def test_every_label_of_other_readers_is_one_of_ours_or_claims_nothing() -> None:
    assert set(known().values()) <= {*EMOTIONS, None}
    assert {known()[name] for name in ("emo_unknown", "<unk>", "其他/other")} == {None}


def test_labels_are_told_in_our_words_and_make_one() -> None:
    assert ours({"HAPPY": 1.0}) == {"happy": 1.0}
    told = ours({"生气/angry": 0.3, "难过/sad": 0.3, "<unk>": 0.4})
    assert told == pytest.approx({"angry": 0.5, "sad": 0.5})


def test_a_reader_that_knows_nothing_is_unknown() -> None:
    assert ours({"EMO_UNKNOWN": 1.0}) == {}
    assert ours({"<unk>": 0.9, "中立/neutral": 0.1}) == {}
    unknown = Reading({"EMO_UNKNOWN": 1.0}, 0.5, 0.5, 1.0, span=(0, 900))
    assert normal(unknown) == Reading(NO_READING.labels, 0.0, 0.0, 0.0, span=(0, 900))


def test_a_reading_in_our_words_stays_the_same_one() -> None:
    reading = Reading({"sad": 0.9, "happy": 0.1}, -0.5, -0.5, 0.9)
    assert normal(reading) is reading
