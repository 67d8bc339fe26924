"""One conversation: the only place with tasks."""

from voiceagent.session.house import Ask, House, Observer, Sentences
from voiceagent.session.link import Called, Ended, Failed, Link, Notice, Piece
from voiceagent.session.record import Record
from voiceagent.session.session import Session

__all__ = [
    "Ask",
    "Called",
    "Ended",
    "Failed",
    "House",
    "Link",
    "Notice",
    "Observer",
    "Piece",
    "Record",
    "Sentences",
    "Session",
]
