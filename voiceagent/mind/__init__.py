"""What stands between a session and the model that thinks: what it is told beyond the words."""

from voiceagent.mind.briefing import brief

__all__ = ["brief"]
