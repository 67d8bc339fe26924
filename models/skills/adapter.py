"""A small mind without a language model: skills from configs/skills, found by their examples."""

from __future__ import annotations

import secrets
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from voiceagent.events import Cause, Reading
from voiceagent.parts import Asked, Ended, HistoryItem, Phrase, Said, Thought, ToolCall

from .book import Book, read_book
from .dialogue import Reader
from .replies import Replier, language_in, returned, shortened
from .understanding import Understanding


@dataclass(frozen=True, slots=True)
class Options:
    skills: tuple[str, ...] = ("everyday",)  # files in configs/skills, or paths
    unsure_below: float = 0.45  # the probability under which the mind asks back

    def __post_init__(self) -> None:
        if not 0 <= self.unsure_below <= 1:
            raise ValueError("unsure_below must be from 0 to 1")


def build(options: Options) -> SkillsMind:
    return SkillsMind(read_book(options.skills), options)


class SkillsMind:
    """Shared by all conversations: what it knows of one, it reads in that one's history."""

    def __init__(
        self, book: Book, options: Options, now: Callable[[], datetime] = datetime.now
    ) -> None:
        self.understanding = Understanding(book)
        self._sure = options.unsure_below
        self._now = now

    def phrases(self) -> tuple[str, ...]:
        """What users may say, in English: for the recogniser's language model."""
        return self.understanding.phrases()

    async def think(self, asked: Asked) -> AsyncGenerator[Thought, None]:
        tool = chosen_tool(asked) if returned(asked) is None else None
        if tool is not None:
            yield ToolCall(f"call_{secrets.token_hex(8)}", tool, "{}")
            return
        phrase = self.answer(asked)
        text, whole = shortened(phrase.text, asked.manner.max_tokens)
        if text:
            yield replace(phrase, text=text)
        yield Ended("stop" if whole else "length")

    def answer(self, asked: Asked) -> Phrase:
        history = with_words(asked)
        spoken = [item.role for item in history if isinstance(item, Said)]
        felt = last_felt(asked.reading, history)
        meaning = Reader(self.understanding, self._sure, self._now(), felt).read(history)
        if asked.cause is Cause.USER and not said_by_user(history):
            meaning = None
        replier = Replier(self.understanding, language_in(history), spoken.count("assistant"))
        return replier.reply(asked, meaning)


def with_words(asked: Asked) -> Sequence[HistoryItem]:
    """The history with the turn's own words at its end."""
    history = asked.history
    if asked.cause is Cause.USER and asked.words.strip() and not said_by_user(history):
        return (*history, Said("user", asked.words))
    return history


def last_felt(now: Reading | None, history: Sequence[HistoryItem]) -> Reading | None:
    """What was last read in the user's voice; of a turn in which nothing was, the one before."""
    earlier = (it.reading for it in reversed(history) if isinstance(it, Said))
    return next((reading for reading in (now, *earlier) if reading and reading.labels), None)


def said_by_user(history: Sequence[HistoryItem]) -> bool:
    last = history[-1] if history else None
    return isinstance(last, Said) and last.role == "user" and bool(last.text.strip())


def chosen_tool(asked: Asked) -> str | None:
    """The tool that the client insists on, if it does."""
    choice = asked.manner.tool_choice
    names = [tool.name for tool in asked.manner.tools]
    if choice == "required" and names:
        return names[0]
    return choice if choice in names else None
