"""What a session is given, what it is asked, and how it is watched."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from voiceagent.conversation import Item
from voiceagent.events import Action, Event
from voiceagent.hearing import Ears
from voiceagent.parts import Answerer, Manner, Tool, Voice
from voiceagent.rules import Rules

Observer = Callable[[Event, Sequence[Action]], None]


@dataclass(frozen=True, slots=True)
class Sentences:
    """What the agent says when no mind can be asked."""

    failed: str = "Sorry, something went wrong on my side. Could you say that again?"
    unheard: str = "Sorry, I missed that. Could you say it again?"
    moment: str = "One moment, please."
    greeting: str = ""


@dataclass(frozen=True, slots=True)
class House:
    """What all conversations of a profile share."""

    answerer: Answerer
    open_ears: Callable[[Callable[[Event], None]], Ears]
    voice: Voice | None = None  # for speech outside a conversation
    rules: Rules = Rules()
    manner: Manner = Manner()
    tools: Mapping[str, Tool] = field(default_factory=dict)
    sentences: Sentences = Sentences()
    stall_ms: int = 400
    most_items: int = 5_000
    most_asides: int = 4
    hears: tuple[str, ...] = ()  # the languages whose words the ears know; empty: any
    senses: tuple[str, ...] = ()  # of parts.SENSES, those that the ears make something of


@dataclass(frozen=True, slots=True)
class Ask:
    """A reply that the client wants. `tag` comes back with what it leads to."""

    manner: Manner | None = None
    items: tuple[Item, ...] | None = None  # instead of the conversation
    tag: object = None
    aside: bool = False  # out of band: it leaves no trace in the conversation
    say: str = ""  # exactly these words; the mind is not asked
