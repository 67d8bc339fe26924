"""What a mind is told beyond its instructions: what is wanted, and what the voice can do."""

from __future__ import annotations

from dataclasses import replace

from voiceagent.events import Cause, Reading
from voiceagent.mind import feelings
from voiceagent.parts import UNCLEAR, Manner, Styles

BRIEFS = {
    Cause.IDLE: "The user has been silent for a while. Say one short sentence to take up the talk.",
    Cause.GREETING: "Open the conversation: greet the user in one short sentence.",
    Cause.TOOL: "A tool has returned. Tell the user the result now, briefly.",
}


PACES = ("slow", "fast")
MISHEARD = (
    f"The user spoke, and {UNCLEAR} stands where the words could not be made out. "
    "Ask for them again, in one short sentence."
)


def brief(manner: Manner, cause: Cause, words: str = "", reading: Reading | None = None) -> Manner:
    """The manner with a line more where the conversation does not say what is wanted, and with
    one on how the user sounds where that matters.
    """
    wanted = MISHEARD if UNCLEAR in words else BRIEFS.get(cause, "")
    felt = feelings.line(reading) if cause is Cause.USER else ""
    lines = [line for line in (wanted, felt) if line]
    if not lines:
        return manner
    return replace(manner, instructions="\n\n".join((manner.instructions, *lines)).strip())


def tell_tags(manner: Manner, can: Styles) -> Manner:
    """The manner with a line on the tags that this voice can make something of."""
    plain = {"neutral", "speak"}
    tags = [tag for tag in (*can.emotions, *can.modes, *can.sounds) if tag not in plain]
    if not tags:
        return manner
    names = [f"[{tag}]" for tag in (*tags, *(PACES if can.pace[0] < can.pace[1] else ()))]
    if "yue" in can.languages:
        names.append("[lang=yue] (any language tag)")
    line = (
        f"Your words are spoken. These tags in them change the voice and are not read out: "
        f"{' '.join(names)}; [/] ends what they began. Use one only where the feeling calls for it "
        "or the user asks for it."
    )
    return replace(manner, instructions=f"{manner.instructions}\n\n{line}".strip())
