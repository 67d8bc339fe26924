"""The words of one reply: from what was asked, and what that means, to a phrase."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from voiceagent.events import Cause
from voiceagent.parts import Asked, Expect, HistoryItem, Phrase, Said, ToolResult
from voiceagent.style import Style

from .book import SLOT, Skill, Texts
from .dialogue import Meaning
from .kindness import kind_word, manner
from .understanding import Understanding
from .words import WORD, Language, language_of

FEW = 3  # abilities that are named where the mind is unsure
RESULT_WORDS = 60  # of a tool's result that are read out
DEEPEST = 3  # levels of it
ALONE = {Cause.GREETING: "greeting", Cause.IDLE: "idle", Cause.APOLOGY: "sorry"}
KINDLY = 0.4  # of an emotion: it shall be heard, not played
QUESTIONS = {"idle": Expect("yes_no")}


def returned(asked: Asked) -> str | None:
    """What tools have returned and nobody has told, if that is what is asked for."""
    outputs: list[str] = []
    for item in reversed(asked.history):
        if not isinstance(item, ToolResult):
            break
        outputs.append(item.output)
    if outputs:
        return "\n".join(reversed(outputs))
    if asked.cause is not Cause.TOOL:
        return None
    older = (item.output for item in reversed(asked.history) if isinstance(item, ToolResult))
    return next(older, None)


def language_in(history: Sequence[HistoryItem]) -> Language:
    """The language of the user's last words."""
    said = (item for item in reversed(history) if isinstance(item, Said) and item.role == "user")
    return next((language_of(item.text) for item in said if item.text.strip()), "en")


@dataclass(frozen=True, slots=True)
class Replier:
    understanding: Understanding
    language: Language
    turn: int  # another wording each time

    def reply(self, asked: Asked, meaning: Meaning | None) -> Phrase:
        phrase = self._styled(asked, meaning)
        return phrase if self._beside(asked) else self._kindly(asked, phrase)

    def _kindly(self, asked: Asked, phrase: Phrase) -> Phrase:
        """A style that the user asked for stays."""
        emotion, word = manner(asked), kind_word(asked)
        if emotion and phrase.style == Style():
            phrase = replace(phrase, style=Style(emotion=emotion, intensity=KINDLY))
        if not word or not phrase.text:
            return phrase
        space = "" if self.language == "zh" else " "
        return replace(phrase, text=f"{self._say(word)}{space}{phrase.text}")

    def _styled(self, asked: Asked, meaning: Meaning | None) -> Phrase:
        phrase = self._phrase(asked, meaning)
        if meaning is None:
            return phrase
        skill = meaning.skill
        if skill is None or meaning.slots is None or self._beside(asked):
            return replace(phrase, style=meaning.style)
        style = replace(meaning.style, **skill.once)
        return replace(phrase, style=style, sounds=skill.sounds)

    @staticmethod
    def _beside(asked: Asked) -> bool:
        """Whether something else is said than what the skill does."""
        return bool(asked.unsaid or asked.cause in ALONE or returned(asked) is not None)

    def _phrase(self, asked: Asked, meaning: Meaning | None) -> Phrase:
        if asked.unsaid:
            return Phrase(asked.unsaid)
        if name := ALONE.get(asked.cause):
            return Phrase(self._say(name), expects=QUESTIONS.get(name))
        result = returned(asked)
        if result is not None:
            return self._tell(result)
        if meaning is None:
            return Phrase(self._say("unsure" if asked.cause is Cause.USER else "greeting"))
        if meaning.refused:
            return Phrase(self._say("again_please"))
        if meaning.skill is None:
            return self._ask_back(meaning)
        return self._do(meaning.skill, meaning)

    def _tell(self, result: str) -> Phrase:
        words = shortened(speakable(result), RESULT_WORDS)[0]
        return Phrase(self._say("result", {"result": words}) if words else self._say("done"))

    def _ask_back(self, meaning: Meaning) -> Phrase:
        near = [
            self.understanding.nearest(meaning.text, skill, self.language).text
            for skill in meaning.offered
        ]
        match near:
            case [first]:
                text = self._say("did_you_mean", {"first": first})
                return Phrase(text, expects=Expect("yes_no", (first,)))
            case [first, second]:
                text = self._say("which", {"first": first, "second": second})
                return Phrase(text, expects=Expect("choice", (first, second)))
            case _:
                return Phrase(self._say("unsure"))

    def _do(self, skill: Skill, meaning: Meaning) -> Phrase:
        expects = Expect(skill.expects) if skill.expects else None
        if meaning.slots is None:
            return Phrase(self._filled(skill.otherwise, {}), expects=expects)
        if meaning.at_limit and not skill.action:
            return Phrase(self._say("as_far_as"))
        text = self._filled(skill.replies, meaning.slots)
        return Phrase(text, expects=None if skill.otherwise else expects)

    def _say(self, name: str, slots: Mapping[str, str] | None = None) -> str:
        return self._filled(self.understanding.book.sentences[name], slots or {})

    def _filled(self, texts: Texts, slots: Mapping[str, str]) -> str:
        variants = texts[self.language]
        filled = {**self._abilities(), **slots}
        return SLOT.sub(lambda slot: filled[slot[1]], variants[self.turn % len(variants)])

    def _abilities(self) -> Mapping[str, str]:
        skills = self.understanding.book.skills.values()
        can = [skill.can[self.language][0] for skill in skills if skill.can]
        return {"abilities": listed(can, self.language), "few": listed(can[:FEW], self.language)}


def listed(things: Sequence[str], language: Language) -> str:
    *most, last = things or ("",)
    comma, final = ("、", "和") if language == "zh" else (", ", " and ")
    return f"{comma.join(most)}{final}{last}" if most else last


def speakable(output: str) -> str:
    """JSON as words: {"sky": "clear"} is "sky: clear"."""
    try:
        data = json.loads(output)
    except (ValueError, RecursionError):
        data = output
    return " ".join(_words(data, DEEPEST).split())


def _words(data: object, levels: int) -> str:
    match data:
        case dict() | list() if levels == 0:
            return ""
        case dict():
            pairs = ((str(key).replace("_", " "), value) for key, value in data.items())
            return ", ".join(f"{key}: {_words(value, levels - 1)}" for key, value in pairs)
        case list():
            return ", ".join(_words(value, levels - 1) for value in data)
        case None:
            return ""
        case _:
            return str(data)


def shortened(text: str, most: int | None) -> tuple[str, bool]:
    """At most so many words, or Chinese characters, and whether that is all of it."""
    found = list(WORD.finditer(text))
    if most is None or len(found) <= most:
        return text, True
    return text[: found[most - 1].end()] if most > 0 else "", False
