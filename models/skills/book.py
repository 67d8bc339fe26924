"""The skills as they are written in configs/skills/*.yaml. A mistake is refused by file and key."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import product
from pathlib import Path
from typing import Any, Literal, cast, get_args

import yaml

from voiceagent.errors import ConfigError, Refused
from voiceagent.style import SOUNDS, Sound, read_style

from .actions import ACTIONS
from .words import HAN, LANGUAGES, Language, plain

Texts = Mapping[Language, tuple[str, ...]]
Kind = Literal["open", "yes_no", "digits", "name"]

SHIPPED = Path(__file__).resolve().parents[2] / "configs" / "skills"
"""Beside models/, in a checkout and in a wheel alike."""

SLOT = re.compile(r"\{(\w*)\}")
EVERYWHERE = frozenset({"abilities", "few"})
SENTENCES: Mapping[str, frozenset[str]] = {
    "greeting": frozenset(),
    "idle": frozenset(),
    "unsure": frozenset(),
    "did_you_mean": frozenset({"first"}),
    "which": frozenset({"first", "second"}),
    "again_please": frozenset(),
    "as_far_as": frozenset(),
    "result": frozenset({"result"}),
    "done": frozenset(),
    "sorry": frozenset(),
    "kind_sad": frozenset(),
    "kind_angry": frozenset(),
    "kind_fearful": frozenset(),
}
"""What the mind says by itself, and the slots that it fills there."""
STEPS = ("pace", "pitch", "energy")
STYLES = (*STEPS, "emotion", "mode")
"""What may last: the first are steps from how it was."""
ONCE = ("emotion", "intensity", "mode", "melody", "bpm", "pace", "pitch", "energy", "language")
KINDS: tuple[Kind, ...] = get_args(Kind)
OTHER = "other"


@dataclass(frozen=True)
class Skill:
    name: str
    examples: Texts
    replies: Texts
    otherwise: Texts = field(default_factory=dict)  # where the action lacks what it works on
    can: Texts = field(default_factory=dict)
    action: str = ""
    style: Mapping[str, Any] = field(default_factory=dict)
    once: Mapping[str, Any] = field(default_factory=dict)  # the style of this reply alone
    sounds: tuple[Sound, ...] = ()
    expects: Kind | None = None
    slots: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def templates(self) -> Iterator[str]:
        for language in LANGUAGES:
            yield from self.examples.get(language, ())

    def sentences(self, language: Language) -> tuple[str, ...]:
        """The examples with every word that the file has for their slots."""
        found = (expanded(text, language, self.slots) for text in self.examples.get(language, ()))
        return tuple(sentence for sentences in found for sentence in sentences)


@dataclass(frozen=True)
class Book:
    skills: Mapping[str, Skill]
    sentences: Mapping[str, Texts]
    other: Texts


def expanded(
    template: str, language: Language, slots: Mapping[str, tuple[str, ...]]
) -> tuple[str, ...]:
    """English sentences get English words; Mandarin ones take both, as people mix them."""
    names = SLOT.findall(template)
    fills = [
        [word for word in slots[name] if language == "zh" or not re.search(f"[{HAN}]", word)]
        for name in names
    ]
    pieces = SLOT.split(template)[::2]
    return tuple(
        pieces[0] + "".join(word + piece for word, piece in zip(words, pieces[1:], strict=True))
        for words in product(*fills)
    )


# --- reading --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Place:
    file: str
    key: str = ""

    def of(self, name: object) -> _Place:
        return _Place(self.file, f"{self.key}.{name}" if self.key else str(name))

    def wrong(self, what: str) -> ConfigError:
        return ConfigError(f"{self.file}: {self.key} {what}".replace(":  ", ": "))


def read_book(names: Iterable[str]) -> Book:
    """Read the files of these names, or paths, into one book."""
    skills: dict[str, Skill] = {}
    homes: dict[str, str] = {}
    sentences: dict[str, Texts] = {}
    other: dict[Language, tuple[str, ...]] = {}
    files = [_path(name) for name in names]
    for path in files:
        place, data = _Place(path.name), _load(path)
        _known(data, ("about", "slots", "sentences", "skills", "other"), place)
        slots = _slots(data.get("slots", {}), place.of("slots"))
        for name, skill in _mapping(data.get("skills", {}), place.of("skills")).items():
            at = place.of("skills").of(name)
            if name in skills or name == OTHER:
                raise at.wrong(f"is already in {homes.get(name, 'use by the mind')}")
            skills[name], homes[name] = _skill(name, skill, slots, at), path.name
        for name, texts in _mapping(data.get("sentences", {}), place.of("sentences")).items():
            at = place.of("sentences").of(name)
            _known([name], SENTENCES, place.of("sentences"))
            sentences[name] = _replies(texts, SENTENCES[name], at)
        for language, texts in _texts(data.get("other", {}), place.of("other")).items():
            other[language] = (*other.get(language, ()), *texts)
    last = _Place(files[-1].name if files else "skills")
    if missing := [name for name in SENTENCES if name not in sentences]:
        raise last.of(f"sentences.{missing[0]}").wrong("is missing, and no file before has it")
    if not skills:
        raise last.of("skills").wrong("is missing, and no file before has any")
    return Book(skills, sentences, other)


def _path(name: str) -> Path:
    own = "/" in name or "\\" in name or name.endswith((".yaml", ".yml"))
    path = Path(name).expanduser() if own else SHIPPED / f"{name}.yaml"
    if not path.is_file():
        shipped = sorted(file.stem for file in SHIPPED.glob("*.yaml"))
        raise ConfigError(f"skills: there is no file {path}; shipped are: {', '.join(shipped)}")
    return path


def _skill(name: str, data: object, slots: Mapping[str, tuple[str, ...]], at: _Place) -> Skill:
    fields = _mapping(data, at)
    known = (
        "examples",
        "replies",
        "otherwise",
        "can",
        "action",
        "style",
        "once",
        "sounds",
        "expects",
    )
    _known(fields, known, at)
    for needed in ("examples", "replies"):
        if needed not in fields:
            raise at.of(needed).wrong("is missing")
    examples = _texts(fields["examples"], at.of("examples"))
    for language, texts in examples.items():
        for text in texts:
            _check_slots(text, slots, at.of("examples").of(language))
            if not plain(SLOT.sub("x", text)):
                raise at.of("examples").of(language).wrong(f"has no words in {text!r}")
    action = fields.get("action", "")
    if not isinstance(action, str):
        raise at.of("action").wrong("must be text; put it in quotes")
    if action:
        _known([action], ACTIONS, at.of("action"))
    expects = fields.get("expects")
    if expects is not None and expects not in KINDS:
        raise at.of("expects").wrong(f"must be one of: {', '.join(KINDS)}")
    fills = ACTIONS[action].fills if action else frozenset[str]()
    lacks = bool(action) and ACTIONS[action].may_lack
    if lacks and "otherwise" not in fields:
        raise at.of("otherwise").wrong(f"is missing: {action!r} may lack what it works on")
    return Skill(
        name=name,
        examples=examples,
        replies=_replies(fields["replies"], fills, at.of("replies")),
        otherwise=_replies(fields["otherwise"], frozenset(), at.of("otherwise")) if lacks else {},
        can=_replies(fields["can"], frozenset(), at.of("can")) if "can" in fields else {},
        action=action,
        style=_style(fields.get("style", {}), at.of("style")),
        once=_once(fields.get("once", {}), at.of("once")),
        sounds=_sounds(fields.get("sounds", []), at.of("sounds")),
        expects=expects,
        slots=slots,
    )


def _style(data: object, at: _Place) -> Mapping[str, Any]:
    style = _mapping(data, at)
    _known(style, STYLES, at)
    for key, value in style.items():
        if key not in STEPS:
            continue
        if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 20:
            raise at.of(key).wrong("must be a number within 20")
        if key == "pace" and not 0.25 <= value <= 4:
            raise at.of(key).wrong("must be a number from 0.25 to 4")
    texts = {key: value for key, value in style.items() if key not in STEPS}
    return {**{key: float(style[key]) for key in STEPS if key in style}, **_once(texts, at)}


def _once(data: object, at: _Place) -> Mapping[str, Any]:
    style = _mapping(data, at)
    _known(style, ONCE, at)
    try:
        read_style(style, at.key)
    except Refused as refusal:
        raise ConfigError(f"{at.file}: {refusal}") from None
    return style


def _sounds(data: object, at: _Place) -> tuple[Sound, ...]:
    if not isinstance(data, list) or not all(sound in SOUNDS for sound in data):
        raise at.wrong(f"must be a list of: {', '.join(SOUNDS)}")
    return tuple(data)


def _slots(data: object, at: _Place) -> Mapping[str, tuple[str, ...]]:
    slots = {name: _bars(text, at.of(name)) for name, text in _mapping(data, at).items()}
    for name, words in slots.items():
        if all(re.search(f"[{HAN}]", word) for word in words):
            raise at.of(name).wrong("needs a word in Latin letters, for the English examples")
    return slots


def _replies(data: object, slots: Collection[str], at: _Place) -> Texts:
    """Texts in every language."""
    texts = _texts(data, at)
    for language in LANGUAGES:
        if language not in texts:
            raise at.of(language).wrong("is missing")
        for text in texts[language]:
            _check_slots(text, {*slots, *EVERYWHERE}, at.of(language))
    return texts


def _texts(data: object, at: _Place) -> Texts:
    texts = _mapping(data, at)
    _known(texts, LANGUAGES, at)
    return {cast(Language, key): _bars(text, at.of(key)) for key, text in texts.items()}


def _bars(data: object, at: _Place) -> tuple[str, ...]:
    """Sentences with bars between them."""
    if not isinstance(data, str):
        raise at.wrong("must be text; put it in quotes")
    texts = tuple(" ".join(text.split()) for text in data.split("|"))
    if not all(texts):
        raise at.wrong("has nothing between two bars, or at an end")
    return texts


def _check_slots(text: str, known: Collection[str], at: _Place) -> None:
    for name in SLOT.findall(text):
        if name not in known:
            has = ", ".join(f"{{{name}}}" for name in sorted(known))
            raise at.wrong(f"has the slot {{{name}}}; known here: {has or 'none'}")
    if set(SLOT.sub("", text)) & set("{}"):
        raise at.wrong(f"has a brace without its partner in {text!r}")


def _mapping(data: object, at: _Place) -> Mapping[str, Any]:
    if not isinstance(data, dict):
        raise at.wrong("must be keys and values")
    for key in data:
        if not isinstance(key, str):
            raise at.of(key).wrong("is no text as a key; put it in quotes")
    return data


def _known(names: Iterable[str], known: Collection[str], at: _Place) -> None:
    for name in names:
        if name not in known:
            close = get_close_matches(name, known, n=1)
            hint = f"did you mean {close[0]!r}? " if close else ""
            raise at.of(name).wrong(f"is not known; {hint}known: {', '.join(sorted(known))}")


def _load(path: Path) -> Mapping[str, Any]:
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), _Strict)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else "?"
        raise ConfigError(f"{path.name}: line {line}: {error.problem}") from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"{path.name}: cannot be read ({type(error).__name__})") from error
    return _mapping(data, _Place(path.name))


class _Strict(yaml.SafeLoader):
    """YAML keeps the last of two equal keys and says nothing. That hides mistakes."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys: Sequence[Any] = [self.construct_object(key, deep=True) for key, _ in node.value]
        for at, key in enumerate(keys):
            if key in keys[:at]:
                told = f"{key!r} again"
                mark = node.value[at][0].start_mark
                raise yaml.constructor.ConstructorError(None, None, told, mark)
        return super().construct_mapping(node, deep)
