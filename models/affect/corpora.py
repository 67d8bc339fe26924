"""More recordings to learn from, for whoever has them: a folder each, in its publisher's layout.

Weights that were trained on a corpus are bound to its licence, whoever trains them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .recordings import OURS, Clip, labelled, read_sound

SUFFIXES = (".wav", ".flac")


@dataclass(frozen=True, slots=True)
class Layout:
    """How a corpus names its files. `names`: what its words for feelings mean in ours."""

    name: str
    licence: str
    pattern: re.Pattern[str]
    names: Mapping[str, str]

    def clip(self, number: int, path: Path) -> Clip | None:
        """None: no recording of this corpus, or of a feeling that has no place here."""
        found = self.pattern.fullmatch(path.stem)
        emotion = self.names.get(found["emotion"].lower()) if found else None
        if found is None or emotion is None:
            return None
        return Clip(number, f"{self.name}/{found['speaker']}", emotion, read_sound(path))


LAYOUTS = (
    Layout(
        "CREMA-D",
        "ODbL 1.0: share alike, do not mix into weights that you give away otherwise",
        re.compile(r"(?P<speaker>1\d\d\d)_[A-Z]{3}_(?P<emotion>[A-Z]{3})_[A-Z]{2}"),
        {
            **{"ang": "angry", "dis": "disgusted", "fea": "fearful"},
            **{"hap": "happy", "neu": "neutral", "sad": "sad"},
        },
    ),
    Layout(
        "JL-Corpus",
        "CC0",
        re.compile(r"(?P<speaker>(fe)?male\d)_(?P<emotion>[a-z]+)_\d+[ab]_\d"),
        {name: name for name in ("angry", "sad", "neutral", "happy")},
    ),
    Layout(
        "SUBESCO",
        "CC BY 4.0: name its authors",
        re.compile(r"(?P<speaker>[FM]_\d+)_[A-Z]+_S_\d+_(?P<emotion>[A-Z]+)_\d+"),
        {
            **{"angry": "angry", "disgust": "disgusted", "fear": "fearful"},
            **{"happy": "happy", "neutral": "neutral", "sad": "sad", "surprise": "surprised"},
        },
    ),
    Layout(
        "MESD",
        "CC BY 4.0: name its authors",
        re.compile(r"(?P<emotion>[A-Z][a-z]+)_(?P<speaker>[CFM])_[AB]_.+"),
        OURS | {"neutral": "neutral"},
    ),
)


def more(folder: Path) -> tuple[str, list[Clip]]:
    """What lies in it, and under which licence; a folder with a labels.csv tells by itself."""
    if (folder / "labels.csv").is_file():
        return "its own licence", labelled(folder)
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    for layout in LAYOUTS:
        found = [clip for number, path in enumerate(files) if (clip := layout.clip(number, path))]
        if found:
            return f"{layout.name}, {layout.licence}", found
    known = ", ".join(layout.name for layout in LAYOUTS)
    raise ValueError(
        f"{folder} holds no recordings named as in {known}; put a labels.csv beside them "
        "with the columns file, speaker and emotion"
    )
