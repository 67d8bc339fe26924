"""Which languages somebody's words are understood in."""

from __future__ import annotations

from collections.abc import Sequence

from voiceagent.errors import Refused

NAMES = {"english": "en", "chinese": "zh", "mandarin": "zh"}


def refuse_foreign(language: str | None, hears: Sequence[str], path: str) -> None:
    """A language that nobody here knows is refused: words of it would come out as nonsense.

    No language, or ears that know any (`hears` is empty), is fine.
    """
    if not language or not hears or primary(language) in hears:
        return
    known = ", ".join(hears)
    message = (
        f"'{path}' is '{language}', but this agent hears {known}. "
        "Leave it out, or serve a profile whose ears know it."
    )
    raise Refused(message, "unsupported_language", path)


def primary(language: str) -> str:
    """Of "en-GB", "EN" or "english": en."""
    first = language.casefold().replace("_", "-").split("-")[0].strip()
    return NAMES.get(first, first)
