"""Real speech: words while it lasts, the whole turn's words at its pauses, nothing left over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from models.pocketsphinx import adapter
from models.pocketsphinx.adapter import Options, PocketSphinx, build
from models.pocketsphinx.decode import Decoded, Recogniser, Word
from tests.models.pocketsphinx.talk import Talk, clip, finals, partials, scores
from voiceagent.errors import ConfigError
from voiceagent.events import Event, Heard, HeardWord, Scored, Settle, SpeechStarted, SpeechStopped
from voiceagent.parts import FRAME_BYTES, Expect, Frame, Reset, Tune

HOUSE = "can i get a twelve ounce house coffee with lots of whole milk"
MOCHA = "iced mocha"
SILENCE = bytes(FRAME_BYTES)


def quiet(ms: int) -> bytes:
    """The silence of a real room, from before an order."""
    room = clip("7caecd9d")[: 400 * 32]
    return room * (ms // 400) + room[: ms % 400 * 32]


# --- words ---------------------------------------------------------------------------------------


def test_words_are_told_while_they_are_spoken(ear: PocketSphinx) -> None:
    events = Talk(ear, settles=False).hear(clip("7caecd9d"))
    heard = partials(events)
    assert len(heard) > 8
    assert len(heard[0].text.split()) == 1
    assert "twelve ounce house coffee" in heard[-1].text
    for before, after in pairwise(heard):
        assert before.at < after.at
        assert before.until <= before.at
        assert (before.text, before.until) != (after.text, after.until)


@pytest.mark.parametrize(
    ("name", "text"),
    [("7caecd9d", HOUSE), ("f332ba70", "coffee with sugar"), ("02b77977", MOCHA)],
)
def test_the_final_words_are_those_of_the_whole_turn(
    ear: PocketSphinx, name: str, text: str
) -> None:
    events = Talk(ear).hear(clip(name))
    assert finals(events)[-1].endswith(text)


def test_final_words_are_told_up_to_where_they_were_asked_for(ear: PocketSphinx) -> None:
    talk = Talk(ear)
    talk.hear(clip("7caecd9d"))
    (heard, scored) = talk.settle()
    assert isinstance(heard, Heard)
    assert isinstance(scored, Scored)
    assert heard.until == talk.stopped
    assert heard.at == scored.at == talk.at


def test_a_turn_with_a_long_pause_is_one_turn(options: Options) -> None:
    talk = Talk(build(replace(options, reject_below=0.0)))  # two people in one turn
    first = finals(talk.hear(clip("f332ba70") + quiet(1500)))[-1]
    both = finals(talk.hear(clip("a234f42c")))[-1]
    assert first.endswith("coffee with sugar")
    assert "coffee with sugar" in both
    assert "mocha with" in both


def test_partial_words_go_on_from_the_settled_ones(ear: PocketSphinx) -> None:
    talk = Talk(ear)
    settled = finals(talk.hear(clip("f332ba70") + quiet(1500)))[-1]
    for heard in partials(talk.hear(clip("a234f42c")))[:3]:
        assert heard.text.startswith(settled)


def test_a_long_turn_is_decoded_in_parts(options: Options) -> None:
    talk = Talk(build(replace(options, whole_ms=1000, reject_below=0.0)))
    talk.hear(clip("f332ba70") + quiet(1500))
    text = finals(talk.hear(clip("a234f42c")))[-1]
    assert "coffee with sugar" in text
    assert text.count("sugar") == 1
    assert "mocha" in text


def test_nothing_said_gives_no_words_and_no_score(ear: PocketSphinx) -> None:
    talk = Talk(ear)
    assert talk.hear(quiet(1000)) == []
    assert talk.tell(Settle(1000)) == [Heard(1000, "", 1000, final=True)]


def test_settling_twice_gives_the_same_words(ear: PocketSphinx) -> None:
    talk = Talk(ear)
    talk.hear(clip("7caecd9d"))
    assert talk.settle() == talk.settle()  # nothing is decoded again


def test_two_sessions_do_not_hear_each_other(ear: PocketSphinx) -> None:
    one, other, alone = Talk(ear), Talk(ear), Talk(ear)
    expected = alone.hear(clip("7caecd9d"))
    step = FRAME_BYTES * 10
    heard: list[Event] = []
    house, mocha = clip("7caecd9d"), clip("02b77977")
    for start in range(0, len(house), step):
        heard += one.hear(house[start : start + step])
        other.hear(mocha[start : start + step])
    assert [plain(event) for event in heard] == [plain(event) for event in expected]


def plain(event: Event) -> Event:
    """How sure the words are moves a little with the noise of what was decoded before."""
    return replace(event, words=(), others=()) if isinstance(event, Heard) else event


# --- when each was said, and what else it may have been -----------------------------------------


def words_of(events: Sequence[Event]) -> tuple[HeardWord, ...]:
    (*_, last) = [event for event in events if isinstance(event, Heard) and event.final]
    assert " ".join(word.text for word in last.words) == last.text
    return last.words


def test_final_words_say_when_and_how_sure(ear: PocketSphinx) -> None:
    talk = Talk(ear)
    words = words_of(talk.hear(clip("7caecd9d")))
    assert 400 < words[0].begin < 800
    assert talk.stopped - 300 < words[-1].end < talk.stopped + 200
    assert all(one.end <= other.begin for one, other in pairwise(words))
    assert all(0 < word.confidence <= 1 for word in words)


def test_words_after_a_long_pause_are_where_they_were_said(
    ear: PocketSphinx, options: Options
) -> None:
    talk = Talk(build(replace(options, reject_below=0.0)))  # two people in one turn
    talk.hear(clip("f332ba70") + quiet(1500))
    begun = talk.at
    words = words_of(talk.hear(clip("a234f42c")))
    alone = words_of(Talk(ear).hear(clip("a234f42c")))
    mocha = [word.begin for word in words if word.text == "mocha"]
    assert mocha[0] == pytest.approx(begun + at_of("mocha", alone), abs=60)
    assert words[0].end < begun - 1500


def at_of(text: str, words: Sequence[HeardWord]) -> int:
    return next(word.begin for word in words if word.text == text)


def test_words_of_a_turn_in_parts_keep_their_places(options: Options) -> None:
    talk = Talk(build(replace(options, whole_ms=1000)))
    first = words_of(talk.hear(clip("f332ba70") + quiet(1500)))
    words = words_of(talk.hear(clip("a234f42c")))
    assert words[: len(first)] == first
    assert words[len(first)].begin > first[-1].end + 1500


def test_final_words_say_what_else_they_may_have_been(ear: PocketSphinx) -> None:
    talk = Talk(ear)
    talk.hear(clip("7caecd9d"))
    heard = talk.settle()[0]
    assert isinstance(heard, Heard)
    assert 1 <= len(heard.others) <= 3
    assert heard.text not in heard.others
    assert all("coffee" in other for other in heard.others)


def test_of_unclear_words_what_was_decoded_is_only_what_it_may_have_been(
    options: Options,
) -> None:
    talk = Talk(build(replace(options, reject_below=1.0)))
    talk.hear(clip("7caecd9d"))
    heard = talk.settle()[0]
    assert isinstance(heard, Heard)
    assert [word.text for word in heard.words] == ["[unclear]"]
    assert heard.others[0] == HOUSE
    assert heard.words[0].end - heard.words[0].begin > 2000


# --- resets and holes ----------------------------------------------------------------------------


def test_a_reset_forgets_the_turn(ear: PocketSphinx) -> None:
    talk = Talk(ear)
    talk.hear(clip("f332ba70") + quiet(600))
    talk.tell(Reset())
    assert finals(talk.settle()) == [""]
    events = talk.hear(clip("7caecd9d"))
    assert finals(events)[-1] == HOUSE
    assert "sugar" not in partials(events)[0].text


def test_a_reset_that_comes_late_keeps_the_speech_that_has_begun(ear: PocketSphinx) -> None:
    talk = Talk(ear)
    talk.hear(clip("f332ba70") + quiet(600))
    house = clip("7caecd9d")
    talk.hear(house[: 900 * 32])  # it begins at 500 ms
    talk.tell(Reset())
    events = talk.hear(house[900 * 32 :])
    assert finals(events)[-1] == HOUSE
    assert all("sugar" not in heard.text for heard in partials(events))


def test_a_reset_in_the_middle_of_speech_keeps_what_was_not_settled(ear: PocketSphinx) -> None:
    talk = Talk(ear)
    house = clip("7caecd9d")
    talk.hear(house[: 1600 * 32])
    assert "twelve ounce" in finals(talk.tell(Settle(talk.at)))[0]
    talk.tell(Reset())
    rest = finals(talk.hear(house[1600 * 32 :]))[-1]
    assert "whole milk" in rest
    assert "twelve" not in rest


def test_missing_frames_cost_only_their_words(ear: PocketSphinx) -> None:
    talk = Talk(ear)
    house = clip("7caecd9d")
    talk.hear(house[: 2600 * 32])
    talk.at += 5000
    events = talk.hear(house[2600 * 32 :])
    assert finals(events)[-1].endswith("whole milk")


def test_a_stop_without_a_start_does_no_harm(ear: PocketSphinx) -> None:
    listener = ear.listen()
    assert list(listener.feed(Frame(0, SILENCE), [SpeechStopped(20, end=10)])) == []
    assert [type(event) for event in listener.tell(Settle(10))] == [Heard]
    assert list(listener.feed(Frame(20, SILENCE), [SpeechStarted(40, begin=0)])) == []


# --- how finished, how sure ----------------------------------------------------------------------


def test_the_end_of_an_order_seems_more_finished_than_its_pauses(ear: PocketSphinx) -> None:
    pauses: list[float] = []
    ends: list[float] = []
    for name in ("02b77977", "32208af4", "7caecd9d", "97923a5a", "a234f42c", "f332ba70"):
        *before, last = scores(Talk(ear).hear(clip(name)))
        pauses += before
        ends.append(last)
    assert min(ends) > 0.5
    assert sum(ends) / len(ends) > sum(pauses) / len(pauses)


def test_the_score_of_an_ear_before_it_counts(ear: PocketSphinx) -> None:
    def score(voice: float) -> float:
        talk = Talk(ear, settles=False)
        talk.hear(clip("7caecd9d"))
        talk.listener.feed(Frame(talk.at, SILENCE), [Scored(talk.at, voice)])
        (told,) = scores(talk.settle())
        return told

    assert score(0.1) < 0.5 < score(0.9)


def test_what_was_asked_for_says_whether_it_is_all(ear: PocketSphinx) -> None:
    listener = ear.listen()
    assert isinstance(listener, adapter.Hearing)
    listener.tell(Expect("digits", ("one two three",)))
    less, all_of_it = (listener._finished(tuple(text.split())) for text in ("one", "one two three"))
    assert less < 0.5 < all_of_it


def backwards(pcm: bytes) -> bytes:
    samples = memoryview(pcm).cast("h")[::-1]
    return samples.tobytes()


def test_speech_that_is_none_of_the_domain_is_said_to_be_unclear(ear: PocketSphinx) -> None:
    (*_, heard) = finals(Talk(ear).hear(backwards(clip("7caecd9d"))))
    assert heard == "[unclear]"


def test_unclear_speech_is_not_scored(ear: PocketSphinx) -> None:
    assert scores(Talk(ear).hear(backwards(clip("7caecd9d")))[-1:]) == []


@pytest.mark.parametrize(("unclear", "told"), [("", ""), ("...", "...")])
def test_what_is_told_of_unclear_speech_can_be_chosen(
    options: Options, unclear: str, told: str
) -> None:
    picky = build(replace(options, reject_below=1.0, unclear=unclear))
    assert finals(Talk(picky).hear(clip("7caecd9d")))[-1] == told


def test_without_a_limit_everything_is_believed(options: Options) -> None:
    trusting = build(replace(options, reject_below=0.0))
    (*_, heard) = finals(Talk(trusting).hear(backwards(clip("7caecd9d"))))
    assert heard not in ("", "[unclear]")


def test_each_word_has_a_confidence_and_the_whole_has_others(ear: PocketSphinx) -> None:
    decoded = ear.recogniser(adapter.OPEN).decode(clip("7caecd9d"), others=3)
    assert decoded.text == HOUSE
    assert all(0 < word.confidence <= 1 for word in decoded.words)
    assert all(word.begin_ms < word.end_ms for word in decoded.words)
    assert 1 <= len(decoded.others) <= 3
    assert HOUSE not in decoded.others
    assert decoded.confidence > 0.5


def test_no_words_are_no_confidence() -> None:
    assert Decoded().confidence == 0
    assert Decoded((Word("a", 0, 10), Word("tea", 10, 20))).text == "a tea"


# --- what is expected ----------------------------------------------------------------------------


def test_what_was_asked_for_is_heard_though_nothing_else_knows_it(
    options: Options, tmp_path: Path
) -> None:
    ear = build(Options(phrases=(), extra=("hello there",), cache=str(tmp_path), reject_below=0))
    talk, asked = Talk(ear), Talk(ear)
    asked.tell(Expect("choice", (HOUSE, "nothing for me")))
    assert finals(talk.hear(clip("7caecd9d")))[-1] != HOUSE
    events = asked.hear(clip("7caecd9d"))
    assert finals(events)[-1] == HOUSE
    assert "twelve" in partials(events)[-1].text


def test_a_prompt_brings_words(ear: PocketSphinx) -> None:
    talk = Talk(ear)
    talk.tell(Tune(prompt="Zorbla, {0..999999999} brackets (do nothing"))
    assert finals(talk.hear(clip("7caecd9d")))[-1] == HOUSE


def test_a_tools_phrases_are_heard_though_no_file_has_them(tmp_path: Path) -> None:
    ear = build(Options(phrases=(), extra=("hello there",), cache=str(tmp_path), reject_below=0))
    talk = Talk(ear)
    talk.tell(Tune(phrases=(HOUSE, "stop")))
    talk.tell(Expect("yes_no"))  # they stay expected whatever is asked
    assert finals(talk.hear(clip("7caecd9d")))[-1] == HOUSE
    talk.tell(Tune())
    assert finals(talk.hear(quiet(400) + clip("7caecd9d")))[-1] != HOUSE


def noted(ear: PocketSphinx, monkeypatch: pytest.MonkeyPatch) -> list[adapter.Asked]:
    """What recognisers are asked for; all are the open one."""
    asked: list[adapter.Asked] = []
    known = ear.recogniser(adapter.OPEN)

    def recogniser(it: adapter.Asked) -> Recogniser:
        asked.append(it)
        return known

    monkeypatch.setattr(ear, "recogniser", recogniser)
    return asked


def test_settings_that_change_all_the_time_make_few_language_models(
    ear: PocketSphinx, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = noted(ear, monkeypatch)
    talk = Talk(ear)
    asked.clear()
    for n in range(100):
        talk.tell(Tune(phrases=(f"number {n}",)))
        talk.hear(quiet(40))
    assert [words for _, words in asked] == [("number 0",), ("number 50",)]


def test_what_is_new_is_known_when_speech_begins(
    ear: PocketSphinx, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = noted(ear, monkeypatch)
    talk = Talk(ear)
    talk.tell(Tune(prompt="one"))
    talk.hear(quiet(20))
    talk.tell(Tune(prompt="two"))
    talk.hear(clip("02b77977"))
    assert asked[-1] == ("open", ("two",))
    talk.tell(Tune(prompt="three"))
    talk.hear(quiet(3_000))
    assert asked[-1] == ("open", ("two",)), "not in the middle of a turn"
    talk.tell(Reset())
    talk.hear(quiet(20))
    assert asked[-1] == ("open", ("three",))


def test_recognisers_of_old_questions_are_let_go(
    ear: PocketSphinx, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter, "KEPT", 2)
    open_one = ear.recogniser(adapter.OPEN)
    asked = [("choice", (f"tea number {word}",)) for word in ("one", "two", "three")]
    first = ear.recogniser(asked[0])
    assert ear.recogniser(asked[0]) is first
    for question in asked[1:]:
        ear.recogniser(question)
    assert ear.recogniser(adapter.OPEN) is open_one
    assert ear.recogniser(asked[0]) is not first


# --- making --------------------------------------------------------------------------------------


def test_a_domain_is_made_once_and_again_when_it_changes(options: Options, tmp_path: Path) -> None:
    def made(**changed: object) -> int:
        build(replace(options, cache=str(tmp_path), **changed))  # type: ignore[arg-type]
        return len(list(tmp_path.glob("*.arpa")))

    assert made() == 1
    written = {path: path.stat().st_ino for path in tmp_path.glob("*")}
    assert made() == 1
    assert written == {path: path.stat().st_ino for path in tmp_path.glob("*")}
    assert made(extra=("sing me a zorbla",)) == 2


def test_words_of_ones_own_get_a_pronunciation(options: Options, tmp_path: Path) -> None:
    build(replace(options, cache=str(tmp_path), extra=("sing me a zorbla",)))
    (words,) = tmp_path.glob("*.dict")
    assert "zorbla Z AO R B L AH\n" in words.read_text()


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        (Options(phrases=("kofee",)), r"no file .*kofee\.yaml; shipped: assistant, coffee"),
        (Options(phrases=()), "nothing to recognise"),
        (Options(extra=("turn (on",)), r"pocketsphinx\.extra: 'turn \(on'"),
    ],
)
def test_wrong_options_are_refused(options: Options, fault: str, tmp_path: Path) -> None:
    pytest.importorskip("pocketsphinx")
    with pytest.raises(ConfigError, match=fault):
        build(replace(options, cache=str(tmp_path)))


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("templates: [a, b]\nslotz: {}\n", "nothing but"),
        ("templates: [turn {where} on]\n", "own.yaml: "),
        ("- a\n", "nothing but"),
        ("templates: ['turn {where} on']\n", "no slot 'where'"),
    ],
)
def test_a_wrong_file_is_refused_by_name(content: str, fault: str, tmp_path: Path) -> None:
    pytest.importorskip("pocketsphinx")
    path = tmp_path / "own.yaml"
    path.write_text(content)
    with pytest.raises(ConfigError, match=fault):
        build(Options(phrases=(str(path),), cache=str(tmp_path)))
