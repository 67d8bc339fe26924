"""Tags become the manner of the phrases after them; sounds go with the next words."""

from __future__ import annotations

import pytest

from voiceagent.parts import Ended, Expect, Phrase, Spoken, ToolCall
from voiceagent.speaking.joining import Joiner, Pen
from voiceagent.style import Style

SAD = Style(emotion="sad")
CALL = ToolCall("1", "lights", "{}")
TEXT = "I see. [sad] Oh no! [sigh] [slow] That is bad, [1] is it not? [/] Well."


def said(*scraps: str, like: Style = Style(), base: Style = Style()) -> list[Phrase]:
    joiner = Joiner(base)
    found = [p for scrap in scraps for p in joiner.feed(Phrase(scrap, like, goes_on=True))]
    return [*found, *joiner.end()]


@pytest.mark.parametrize("place", range(len(TEXT)))
def test_phrases_get_the_style_of_the_tags_before_them(place: int) -> None:
    assert said(TEXT[:place], TEXT[place:]) == [
        Phrase("I see. "),
        Phrase("Oh no! ", SAD),
        Phrase("That is bad, ", Style(emotion="sad", pace=0.75), sounds=("sigh",)),
        Phrase("[1] is it not? ", Style(emotion="sad", pace=0.75)),
        Phrase("Well."),
    ]


def test_a_tag_lies_over_the_minds_own_style() -> None:
    like = Style(emotion="happy", pace=0.5, language="yue")
    [phrase] = said("[sad] Oh.", like=like)
    assert phrase.style == Style(emotion="sad", pace=0.5, language="yue")
    assert said("[happy] A. [/] B.", like=like)[1].style == like


def test_a_whole_phrase_loses_its_tags_too_and_keeps_the_rest() -> None:
    joiner = Joiner()
    whole = Phrase("[laugh] A number, please. [sad] Do!", expects=Expect("digits"))
    first, second = joiner.feed(whole)
    assert first == Phrase("A number, please. ", expects=whole.expects, sounds=("laugh",))
    assert second == Phrase("Do!", SAD, whole.expects)
    assert joiner.feed(Phrase("Go.")) == [Phrase("Go.", SAD)]


def test_a_phrase_without_tags_stays_the_same() -> None:
    phrase = Phrase(" As [1] says. ", SAD, Expect("open"), sounds=("laugh",))
    assert Joiner().feed(phrase) == [phrase]


def test_what_is_to_be_said_word_by_word_keeps_its_brackets() -> None:
    assert Joiner(verbatim=True).feed(Phrase("[sad] Oh.")) == [Phrase("[sad] Oh.")]
    assert Pen(verbatim=True).write(Phrase("[sad] Oh.")) == [Spoken(text="[sad] Oh.")]


def test_a_laugh_may_be_all_that_is_left() -> None:
    assert said("Well. [laugh]") == [Phrase("Well. "), Phrase("", sounds=("laugh",))]


def test_a_line_that_is_sung_is_not_cut_for_a_quick_start() -> None:
    line = "Twinkle, twinkle, little star, how I wonder what you are.\n"
    assert [p.text for p in said(f"[sing] {line}{line}")] == [line.strip() + " ", line.strip()]
    assert len(said(line, base=Style(mode="rap"))) == 1
    assert len(said(line)) > 1


def test_what_is_only_written_has_no_tags() -> None:
    pen = Pen()
    scraps = ["[sa", "d] Oh no. [", "1] [laugh", "]"]
    written = [out for scrap in scraps for out in pen.write(Phrase(scrap, goes_on=True))]
    written += pen.write(CALL) + pen.write(Ended())
    texts = "".join(out.text for out in written if isinstance(out, Spoken))
    assert texts.strip() == "Oh no. [1]"
    assert written[-2:] == [CALL, Ended()]
