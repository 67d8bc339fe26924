"""The caller's end: one `Call`, whether the agent runs on a server or in this program."""

from voiceagent.client.call import Call, open_call
from voiceagent.client.exchange import Carrier
from voiceagent.client.socket import connect
from voiceagent.client.turn import Turn

__all__ = ["Call", "Carrier", "Turn", "connect", "open_call"]
