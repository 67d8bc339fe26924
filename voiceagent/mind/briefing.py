"""What a mind is told of a reply that no words of the user's ask for."""

from __future__ import annotations

from dataclasses import replace

from voiceagent.events import Cause
from voiceagent.parts import UNCLEAR, Manner

BRIEFS = {
    Cause.IDLE: "The user has been silent for a while. Say one short sentence to take up the talk.",
    Cause.GREETING: "Open the conversation: greet the user in one short sentence.",
    Cause.TOOL: "A tool has returned. Tell the user the result now, briefly.",
}


MISHEARD = (
    f"The user spoke, and {UNCLEAR} stands where the words could not be made out. "
    "Ask for them again, in one short sentence."
)


def brief(manner: Manner, cause: Cause, words: str = "") -> Manner:
    """The manner with one line more, where the conversation does not say what is wanted."""
    line = MISHEARD if UNCLEAR in words else BRIEFS.get(cause)
    if line is None:
        return manner
    return replace(manner, instructions=f"{manner.instructions}\n\n{line}".strip())
