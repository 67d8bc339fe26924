"""When each word was said and how sure it is, as the transcription event carries it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from voiceagent.events import HeardWord

LOGPROBS = "item.input_audio_transcription.logprobs"
LEAST = 1e-6  # the lowest probability that is told: a logarithm of nothing is no JSON


def show_words(words: Sequence[HeardWord], place: Callable[[int], int]) -> list[dict[str, Any]]:
    """`place` says where in the audio that was sent a position lies."""
    return [
        {
            "text": word.text,
            "start_ms": place(word.begin),
            "end_ms": place(word.end),
            "confidence": word.confidence,
        }
        for word in words
    ]


def show_logprobs(words: Sequence[HeardWord]) -> list[dict[str, Any]]:
    """One token a word, and all of them together are the transcript."""
    tokens = [f" {word.text}" if n else word.text for n, word in enumerate(words)]
    return [
        {
            "token": token,
            "logprob": round(math.log(max(LEAST, min(1.0, word.confidence))), 4),
            "bytes": list(token.encode()),
        }
        for token, word in zip(tokens, words, strict=True)
    ]


def wants_logprobs(include: Any) -> bool:
    return isinstance(include, list | tuple) and LOGPROBS in include


def read_words(shown: Sequence[Mapping[str, Any]]) -> tuple[HeardWord, ...]:
    """What `show_words` wrote; positions are those of the audio that was sent."""
    return tuple(
        HeardWord(
            str(word["text"]),
            int(word["start_ms"]),
            int(word["end_ms"]),
            float(word["confidence"]),
        )
        for word in shown
    )
