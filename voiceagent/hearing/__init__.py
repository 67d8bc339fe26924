"""Hearing: what stands between the session and the models that listen.

`hearing.remote` has the ears that listen in a worker. Workers import this, so it is not here.
"""

from voiceagent.hearing.chain import Chain, Ears, InlineEars

__all__ = ["Chain", "Ears", "InlineEars"]
