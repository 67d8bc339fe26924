"""One turn from its views: the reading as a whole, with its reasons."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from voiceagent.events import NO_READING, Reading
from voiceagent.hearing.feelings.data import Language
from voiceagent.hearing.feelings.fuse import evidence, fuse, incongruence, weights
from voiceagent.hearing.feelings.reasons import NOTHING, Clue, Found, sentence, trace_of
from voiceagent.hearing.feelings.senses import Shift
from voiceagent.hearing.feelings.wheel import wheel
from voiceagent.hearing.feelings.words import Saying

SPEAKS = 0.35  # of probability that the words need before a feeling is said to be in them
ALONE = 0.5  # the same, where the voice says nothing
CLASH = 0.5  # of incongruence: told from here on
OPEN = 0.5  # so much of the likeliest label's probability leaves another one open
DOUBT = 0.25  # what a full contradiction takes of the confidence
MOST_WORDS = 3
SHADE = 1.4  # the turns before are told of if they make a label so much likelier than chance

Before = Callable[[Iterable[str]], Mapping[str, float]]
"""What the turns before make likely, of these labels."""


@dataclass(frozen=True, slots=True)
class Views:
    """What there is to go by."""

    voice: Reading = NO_READING
    saying: Saying | None = None
    shift: Shift = (0.0, 0.0)
    language: Language = "en"


@dataclass(frozen=True, slots=True)
class Weighed:
    """A reading, and why. `own` is what this turn alone says: what is carried over of it."""

    reading: Reading
    own: Mapping[str, float]
    incongruence: float = 0.0
    trace: tuple[Clue, ...] = ()


def weigh(views: Views, before: Before) -> Weighed:
    voice = views.voice
    if not voice.labels:
        return _from_words(views)
    told = told_of(views, voice)
    powers, own = weights(told), fuse(told)
    clash = incongruence(told["voice"], told["words"]) if "words" in powers else 0.0
    likely = before(voice.labels)
    labels = fuse({**told, "history": likely})
    top = max(labels, key=lambda name: labels[name])
    against = clash >= CLASH and _unlike(told)
    found = Found(top, voice.reasons, said(views.saying), against, _carried(likely))
    same = labels == voice.labels
    valence, arousal = _placed(views, voice, powers)
    reading = replace(
        voice,
        labels=labels,
        valence=valence,
        arousal=arousal,
        confidence=voice.confidence if same else labels[top] * (1 - clash * DOUBT),
        words=_named(views, top, (valence, arousal), voice.words),
    )
    return _explained(Weighed(reading, own, clash), found, views.language)


def told_of(views: Views, voice: Reading) -> dict[str, Mapping[str, float]]:
    """What voice and words say of this turn, about the same labels."""
    told: dict[str, Mapping[str, float]] = {"voice": voice.labels}
    if views.saying is not None:
        told["words"] = evidence(views.saying.labels, voice.labels)
    return told


def _unlike(told: Mapping[str, Mapping[str, float]]) -> bool:
    """Whether the voice is far from what the words say, and does not merely leave it open."""
    words, voice = told["words"], told["voice"]
    return voice[max(words, key=lambda name: words[name])] < OPEN * max(voice.values())


def said(saying: Saying | None) -> str:
    """The feeling that the words speak of, if they do."""
    if saying is None or saying.label == "neutral" or saying.labels[saying.label] < SPEAKS:
        return ""
    return saying.label


def _from_words(views: Views) -> Weighed:
    """Where the voice says nothing, plain words about a feeling may."""
    voice, saying, label = views.voice, views.saying, said(views.saying)
    if saying is None or not label or saying.labels[label] < ALONE:
        return Weighed(voice, {})
    place = wheel().place(saying.labels)
    words = _named(views, label, place, ())
    reading = Reading(saying.labels, *place, saying.labels[label], words, (), voice.span)
    return _explained(Weighed(reading, saying.labels), Found(label, said=label), views.language)


def _explained(weighed: Weighed, found: Found, language: Language) -> Weighed:
    why, plain = sentence(found, language), sentence(found)
    if plain == NOTHING["en"] and weighed.reading.reasons:
        return weighed  # a reader's own, of a kind that is not known here
    reading = replace(weighed.reading, reasons=(why,))
    return replace(weighed, reading=reading, trace=trace_of([plain], found.label))


def _carried(likely: Mapping[str, float]) -> str:
    """The feeling that the turns before spoke for, where it is more than a shade."""
    top = max(likely, key=lambda name: likely[name])
    return top if top != "neutral" and likely[top] >= SHADE / len(likely) else ""


def _placed(views: Views, voice: Reading, powers: Mapping[str, float]) -> tuple[float, float]:
    """Arousal is heard in the voice; how good somebody feels is told by the words too."""
    valence, words = voice.valence, powers.get("words", 0.0)
    if words and views.saying is not None:
        sure = powers.get("voice", 0.0)
        valence = (sure * valence + words * views.saying.valence) / (sure + words)
    if views.shift == (0.0, 0.0):
        return valence, voice.arousal
    return _within(valence + views.shift[0]), _within(voice.arousal + views.shift[1])


def _within(value: float) -> float:
    return max(-1.0, min(1.0, value))


def _named(
    views: Views, label: str, place: tuple[float, float], others: tuple[str, ...]
) -> tuple[str, ...]:
    """Feelings by their names, the user's own words first; then how the voice is."""
    on, saying = wheel(), views.saying
    names = list(saying.named) if saying is not None else []
    spoken = said(saying)
    near = [on.near(spoken, *on.middle(spoken))] if spoken and not names else []
    near.append(on.near(label, *(place if label != "neutral" else on.middle(label))))
    names += [family.words[views.language][0] for family in near if family is not None]
    feelings = tuple(dict.fromkeys(names))[:MOST_WORDS]
    return (*feelings, *(word for word in others if word not in feelings))
