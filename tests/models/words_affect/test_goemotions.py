"""GoEmotions' rows, as a recogniser would hear them and in our emotions."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.words_affect.goemotions import MEANS, PLAIN, as_heard, certain, meaning, sentences
from voiceagent.style import EMOTIONS

LABELS = 28 - len(("desire", "disapproval", "optimism"))


def test_every_label_that_is_learnt_from_has_one_meaning() -> None:
    assert len(MEANS.keys() | PLAIN) == LABELS
    assert not MEANS.keys() & PLAIN
    assert set(MEANS.values()) == set(EMOTIONS)


@pytest.mark.parametrize(
    ("written", "heard"),
    [
        ("WHY?! Because [NAME] said so...", "why because said so"),
        ("I\u2019m so happy \U0001f60a", "i'm so happy"),
        ("see https://example.org/x and /r/pics, 'really'", "see and really"),
    ],
)
def test_sentences_are_as_a_recogniser_would_write_them(written: str, heard: str) -> None:
    assert as_heard(written) == heard


def test_a_row_of_several_labels_is_shared_by_their_emotions() -> None:
    assert meaning(["joy", "surprise"]) == {"happy": 0.5, "surprised": 0.5}
    assert meaning(["anger", "annoyance"]) == {"angry": 1.0}
    assert certain(["anger", "annoyance", "desire"]) == "angry"
    assert certain(["joy", "surprise"]) is None


def test_a_question_is_plain_and_a_wish_is_not_learnt_from() -> None:
    assert meaning(["curiosity", "confusion"]) == {"neutral": 1.0}
    assert meaning(["curiosity", "fear"]) == {"fearful": 1.0}
    assert meaning(["desire"]) == {}
    assert meaning(["desire", "curiosity"]) == {}
    assert certain(["curiosity"]) is None


def test_only_rows_of_the_split_with_words_and_a_meaning_are_read(tmp_path: Path) -> None:
    rows = ["text\tlabels\tsplit\tid", "Oh no!\tfear\ttrain\t1", "Oh yes\tjoy\ttest\t2"]
    rows += ["\U0001f60a\tjoy\ttrain\t3", "I want it\tdesire\ttrain\t4"]
    (tmp_path / "goemotions.tsv").write_text("\n".join(rows), encoding="utf-8")
    assert [(one.text, one.certain) for one in sentences(tmp_path, "train")] == [
        ("oh no", "fearful")
    ]


def test_another_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "goemotions.tsv").write_text("text\tlabel\nhm\tjoy\n", encoding="utf-8")
    with pytest.raises(SystemExit, match="must have the columns text, labels, split, id"):
        list(sentences(tmp_path, "train"))
