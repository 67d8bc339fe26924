"""What can be understood: a language model and its dictionary, as files that decoders load.

They are kept by the hash of what they are made from, so that only the first start builds them.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from .lexicon import entries, pronunciations
from .lm import END, Text, Trigrams

VERSION = 1  # of the making: another one makes the files anew
KEPT = 64  # files in the cache; older ones go


@dataclass(frozen=True, slots=True)
class Domain:
    """Paths of an ARPA file and a dictionary."""

    model: Path
    dictionary: Path


def make(
    texts: Callable[[], Sequence[Text]], key: bytes, big_dictionary: Path, cache: Path
) -> Domain:
    """Find the files for this key in the cache, or build them of the texts."""
    name = hashlib.sha256(f"{VERSION} {big_dictionary.stat().st_size}".encode() + key).hexdigest()
    domain = Domain(cache / f"{name[:24]}.arpa", cache / f"{name[:24]}.dict")
    if domain.model.is_file() and domain.dictionary.is_file():
        os.utime(domain.model)
        return domain
    model = Trigrams(texts())
    words = (word for word in model.words if word != END)
    known = pronunciations(words, big_dictionary)
    _write(domain.dictionary, lambda file: file.writelines(entries(known)))
    _write(domain.model, model.write)
    _tidy(cache)
    return domain


def cache_folder(wanted: str) -> Path:
    """The folder asked for, else the user's cache; where nothing can be written, a fresh one."""
    folder = Path(wanted or "~/.cache/voiceagent/pocketsphinx").expanduser()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError:
        return Path(tempfile.mkdtemp(prefix="voiceagent-"))


def _write(path: Path, write: Callable[[TextIO], None]) -> None:
    """Several workers may write the same file: each writes its own and moves it in place."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f"{path.stem}-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            write(file)
        os.replace(name, path)
    except BaseException:  # Ctrl-C too leaves no half file
        Path(name).unlink(missing_ok=True)
        raise


def _tidy(cache: Path) -> None:
    models = sorted(cache.glob("*.arpa"), key=lambda path: path.stat().st_mtime)
    for old in models[:-KEPT]:
        with suppress(OSError):
            old.unlink(missing_ok=True)
            old.with_suffix(".dict").unlink(missing_ok=True)
