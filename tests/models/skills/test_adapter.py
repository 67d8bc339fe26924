"""Conversations, word by word."""

# ruff: noqa: RUF001

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.skills.adapter import SkillsMind
from models.skills.book import OTHER
from voiceagent.events import Cause
from voiceagent.parts import (
    Asked,
    Ended,
    Expect,
    HistoryItem,
    Manner,
    Phrase,
    Said,
    Thought,
    ToolCall,
    ToolResult,
    ToolSpec,
)
from voiceagent.style import LIMITS, Style

TOOLS = (ToolSpec("first"), ToolSpec("second"))


def think(mind: SkillsMind, asked: Asked) -> list[Thought]:
    async def all_of() -> list[Thought]:
        return [thought async for thought in mind.think(asked)]

    return asyncio.run(all_of())


def user(*texts: str) -> tuple[HistoryItem, ...]:
    """A user's turns and in between, by turns, the agent's."""
    return tuple(Said("assistant" if n % 2 else "user", text) for n, text in enumerate(texts))


def talk(mind: SkillsMind, *turns: str) -> list[Phrase]:
    """What the mind answers to one turn after the other."""
    history: tuple[HistoryItem, ...] = ()
    answers = []
    for turn in turns:
        history = (*history, Said("user", turn))
        answers.append(mind.answer(Asked(Cause.USER, history, words=turn)))
        history = (*history, Said("assistant", answers[-1].text))
    return answers


def last(mind: SkillsMind, *turns: str) -> Phrase:
    return talk(mind, *turns)[-1]


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("What's the time?", "It is three forty-five in the afternoon."),
        ("what day is it today", "Today is Tuesday, the third of November."),
        ("what day is tomorrow", "Tomorrow is Wednesday, the fourth of November."),
        ("what year is it", "It is twenty twenty-six."),
        ("现在几点了？", "现在是下午三点四十五分。"),
        ("今天星期几", "今天是十一月三号星期二。"),
        ("can you spell banana for me please", "B, A, N, A, N, A."),
        ("怎么拼写 water", "W, A, T, E, R。"),
        ("count from three to six", "three, four, five, six."),
        ("count backwards from three", "three, two, one."),
        ("从三数到五", "三、四、五。"),
        ("Repeat after me: Hello, World!", "Hello, World!"),
        ("跟我说我爱你", "我爱你"),
        ("stop", "Okay."),
        ("say that again", "I have not said anything yet."),
        ("set a timer for ten minutes", "I cannot set timers yet, I am sorry."),
        ("打开客厅的灯", "我听懂了，但我还不会控制灯。"),
    ],
)
def test_it_answers(mind: SkillsMind, words: str, answer: str) -> None:
    assert last(mind, words).text == answer


def test_a_word_that_is_missing_is_asked_for(mind: SkillsMind) -> None:
    asks, spells = talk(mind, "spell a word", "Apple.")
    assert (asks.text, asks.expects) == ("Which word shall I spell?", Expect("open"))
    assert spells.text == "A, P, P, L, E."
    asks, counts = talk(mind, "count for me", "three")
    assert asks.expects == Expect("digits")
    assert counts.text == "one, two, three."


def test_a_question_is_not_answered_by_never_mind_or_by_another_wish(mind: SkillsMind) -> None:
    assert last(mind, "spell a word", "no thank you").text in ("All right.", "Okay, never mind.")
    assert last(mind, "spell a word", "what time is it now").text.startswith("It is three")


def test_the_last_answer_is_said_again_and_not_the_acknowledgement(mind: SkillsMind) -> None:
    again = last(mind, "what time is it", "speak slower please", "say that again please")
    assert again.text == "It is three forty-five in the afternoon."
    assert again.style == Style(pace=0.8)
    assert last(mind, "what time is it", "say that again", "once more").text == again.text


def test_having_said_nothing_is_no_question(mind: SkillsMind) -> None:
    assert last(mind, "say that again", "hello").text.startswith(("Hello", "Hi"))


def test_a_style_lasts_until_it_is_changed(mind: SkillsMind) -> None:
    styles = [
        phrase.style
        for phrase in talk(
            mind,
            "slower",
            "louder",
            "what time is it",
            "faster",
            "bla bla",
            "back to normal please",
        )
    ]
    assert styles == [
        Style(pace=0.8),
        Style(pace=0.8, energy=6),
        Style(pace=0.8, energy=6),
        Style(energy=6),
        Style(energy=6),
        Style(),
    ]


def test_a_style_has_its_limits(mind: SkillsMind) -> None:
    answers = talk(mind, "louder", "louder", "louder", "quieter")
    assert [answer.style.energy for answer in answers] == [6, 12, 12, 6]
    assert answers[2].text == "That is as far as I can go."


def test_the_session_style_is_left_to_the_house(mind: SkillsMind) -> None:
    asked = Asked(Cause.USER, user("slower"), Manner(style=Style(pace=1.5, energy=3)))
    assert mind.answer(asked).style == Style(pace=0.8)


def test_a_command_that_got_no_answer_still_counts(mind: SkillsMind) -> None:
    history = (Said("user", "slower"), Said("user", "what time is it"))
    assert mind.answer(Asked(Cause.USER, history)).style == Style(pace=0.8)


# --- unsure --------------------------------------------------------------------------------------


def unsure(mind: SkillsMind, offers: int) -> str:
    """A text for which the mind offers so many skills."""
    for text in ("what tim", "music light", "how is the", "i want a word", "is the radio slow"):
        expects = last(mind, text).expects
        if expects and len(expects.phrases) == offers:
            return text
    raise AssertionError("no text makes it unsure: give it others")


def test_what_is_not_understood_is_said_so_with_what_can_be_done(mind: SkillsMind) -> None:
    assert "I can tell the time" in last(mind, "the judge did not believe a word of it").text
    assert "报时间" in last(mind, "他的字很难认").text


def test_two_likely_skills_are_offered_and_the_second_can_be_had(mind: SkillsMind) -> None:
    text = unsure(mind, 2)
    offer, chosen = talk(mind, text, "the second one")
    assert offer.expects is not None
    assert offer.expects.kind == "choice"
    assert offer.text.startswith("Did you mean, ")
    by_name = last(mind, offer.expects.phrases[1])
    assert chosen.text == by_name.text or chosen.expects == by_name.expects
    named = last(mind, text, offer.expects.phrases[1])
    assert named.text == by_name.text or named.expects == by_name.expects


def test_a_likely_skill_is_offered_and_had_with_yes_and_dropped_with_no(mind: SkillsMind) -> None:
    text = unsure(mind, 1)
    offer, chosen = talk(mind, text, "yes")
    assert offer.expects is not None
    assert offer.expects.kind == "yes_no"
    assert not chosen.text.startswith("Did you mean")
    assert last(mind, text, "no").text == "All right. Please say it in other words."


def test_a_question_of_the_minds_is_said_again(mind: SkillsMind) -> None:
    asked, again = talk(mind, "spell a word", "sorry what did you say")
    assert again.text == asked.text
    offer, again = talk(mind, unsure(mind, 2), "could you repeat that")
    assert again.text == offer.text


def test_an_offer_that_was_never_heard_is_not_accepted(mind: SkillsMind) -> None:
    history = (Said("user", unsure(mind, 1)), Said("user", "yes"))
    assert mind.answer(Asked(Cause.USER, history)).text == "All right. What can I do for you?"


# --- causes, tools, bounds -----------------------------------------------------------------------


def test_it_opens_and_takes_up_the_talk(mind: SkillsMind) -> None:
    assert mind.answer(Asked(Cause.GREETING, ())).text == "Hello! What can I do for you?"
    assert mind.answer(Asked(Cause.CLIENT, ())).text == "Hello! What can I do for you?"
    idle = mind.answer(Asked(Cause.IDLE, user("你好", "你好！")))
    assert (idle.text, idle.expects) == ("你还在吗？", Expect("yes_no"))


def test_a_client_that_asks_once_more_gets_the_last_question_answered(mind: SkillsMind) -> None:
    asked = Asked(Cause.CLIENT, user("what time is it", "It is late."))
    assert mind.answer(asked).text == "It is three forty-five in the afternoon."


def test_words_that_are_not_in_the_history_yet_are_answered(mind: SkillsMind) -> None:
    asked = Asked(Cause.USER, user("hello", "Hello!"), words="what time is it")
    assert mind.answer(asked).text == "It is three forty-five in the afternoon."


def test_a_turn_without_words_is_not_answered_as_the_one_before(mind: SkillsMind) -> None:
    asked = Asked(Cause.USER, user("what time is it", "It is late."))
    assert "I can tell the time" in mind.answer(asked).text


@pytest.mark.parametrize(
    ("output", "told"),
    [
        ("21 degrees", "21 degrees"),
        ('{"sky": "clear", "wind_speed": 3}', "sky: clear, wind speed: 3"),
        ('["a", "b"]', "a, b"),
        ("", "That is done."),
        ("null", "That is done."),
        ("[" * 5000, "That is done."),
        ("word " * 100, " ".join(["word"] * 60)),
    ],
)
@pytest.mark.parametrize("cause", [Cause.TOOL, Cause.CLIENT])
def test_the_result_of_a_tool_is_told(
    mind: SkillsMind, cause: Cause, output: str, told: str
) -> None:
    history = (*user("go"), ToolCall("c", "first", "{}"), ToolResult("c", output))
    asked = Asked(cause, history, Manner(tools=TOOLS, tool_choice="required"))
    assert mind.answer(asked).text.strip("[") == told.strip("[") or "[" in output
    assert not any(isinstance(thought, ToolCall) for thought in think(mind, asked))


@pytest.mark.parametrize(("choice", "name"), [("required", "first"), ("second", "second")])
def test_a_tool_that_the_client_insists_on_is_called(
    mind: SkillsMind, choice: str, name: str
) -> None:
    [call] = think(mind, Asked(Cause.USER, user("hi"), Manner(tools=TOOLS, tool_choice=choice)))
    assert isinstance(call, ToolCall)
    assert (call.name, call.arguments) == (name, "{}")


def test_a_reply_is_cut_at_the_limit_and_says_so(mind: SkillsMind) -> None:
    for text, cut in (("count to five", "one, two"), ("从一数到五", "一、二")):
        asked = Asked(Cause.USER, user(text), Manner(max_tokens=2))
        phrase, ended = think(mind, asked)
        assert (phrase, ended) == (Phrase(cut), Ended("length"))
    assert think(mind, Asked(Cause.USER, user("stop"), Manner(max_tokens=2)))[-1] == Ended()


TEXTS = st.text(max_size=60) | st.sampled_from(
    ["slower", "say that again", "spell a word", "count for me", "yes", "what tim", "慢一点", "no"]
)


@given(st.lists(TEXTS, max_size=6), st.sampled_from(list(Cause)), TEXTS)
def test_anything_gets_an_answer_within_bounds(
    mind: SkillsMind, turns: Sequence[str], cause: Cause, words: str
) -> None:
    asked = Asked(cause, user(*turns), words=words)
    phrase = mind.answer(asked)
    assert phrase.text.strip()
    assert len(phrase.text) <= 2000
    for name in ("pace", "pitch", "energy"):
        low, high = LIMITS[name]
        assert low <= getattr(phrase.style, name) <= high
    assert mind.answer(replace(asked)) == phrase


@given(TEXTS)
def test_guesses_of_any_text_are_probabilities(mind: SkillsMind, text: str) -> None:
    guesses = mind.understanding.guess(text)
    assert sum(guess.probability for guess in guesses) == pytest.approx(1.0, abs=1e-4)
    assert {guess.label for guess in guesses} == {*mind.understanding.book.skills, OTHER}
