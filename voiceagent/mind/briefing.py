"""What a mind is told of a reply that no words of the user's ask for."""

from __future__ import annotations

from dataclasses import replace

from voiceagent.events import Cause
from voiceagent.parts import Manner

BRIEFS = {
    Cause.IDLE: "The user has been silent for a while. Say one short sentence to take up the talk.",
    Cause.GREETING: "Open the conversation: greet the user in one short sentence.",
    Cause.TOOL: "A tool has returned. Tell the user the result now, briefly.",
}


def brief(manner: Manner, cause: Cause) -> Manner:
    """The manner with one line more, where the cause of the reply is not in the conversation."""
    line = BRIEFS.get(cause)
    if line is None:
        return manner
    return replace(manner, instructions=f"{manner.instructions}\n\n{line}".strip())
