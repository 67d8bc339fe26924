"""Between the mind and the loudspeaker: phrases, who says them, and what of them was heard."""

from voiceagent.speaking.cascade import Cascade, laid_over
from voiceagent.speaking.markup import Plain
from voiceagent.speaking.phrases import USUAL, Lengths, Splitter, split
from voiceagent.speaking.timeline import Timeline

__all__ = ["USUAL", "Cascade", "Lengths", "Plain", "Splitter", "Timeline", "laid_over", "split"]
