"""How often the embedded mind knows which skill a sentence is for, on paraphrases left out.

python -m tests.bench.understanding [--wrong]. The paraphrases of tests/models/skills/held_out.yaml
were written before the first training and have not been tuned on.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from models.skills.adapter import Options
from models.skills.book import OTHER, read_book
from models.skills.classifier import Classifier
from models.skills.understanding import Understanding, training

HELD_OUT = Path(__file__).parents[1] / "models" / "skills" / "held_out.yaml"
SURE = (0.2, 0.3, 0.4, 0.45, 0.5, 0.6, 0.7)


@dataclass(frozen=True, slots=True)
class Trial:
    text: str
    language: str
    wanted: str
    got: str
    probability: float


def held_out() -> Iterator[tuple[str, str, str]]:
    """Skill, language, sentence."""
    for skill, languages in yaml.safe_load(HELD_OUT.read_text(encoding="utf-8")).items():
        for language, texts in languages.items():
            yield from ((skill, language, str(text)) for text in texts)


def trials(understanding: Understanding) -> list[Trial]:
    found = []
    for skill, language, text in held_out():
        best = understanding.guess(text)[0]
        found.append(Trial(text, language, skill, best.label, best.probability))
    return found


def right(of: Sequence[Trial]) -> float:
    return sum(trial.got == trial.wanted for trial in of) / max(1, len(of))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--wrong", action="store_true", help="list what is misunderstood")
    asked = parser.parse_args()
    book = read_book(Options().skills)
    examples = tuple(training(book))
    started = time.perf_counter()
    classifier = Classifier(examples)
    taken = time.perf_counter() - started
    understanding = Understanding(book)
    tried = trials(understanding)
    started = time.perf_counter()
    for trial in tried:
        classifier.guesses(trial.text)
    each_us = (time.perf_counter() - started) / len(tried) * 1e6
    print(f"{len(book.skills)} skills, {len(examples)} sentences: trained in {taken:.2f} s,")
    print(f"temperature {classifier.temperature:.2f}, {each_us:.0f} us a sentence")
    inside = [trial for trial in tried if trial.wanted != OTHER]
    outside = [trial for trial in tried if trial.wanted == OTHER]
    for language in ("en", "zh"):
        own = [trial for trial in inside if trial.language == language]
        print(f"{language}: n = {len(own)}, right {right(own):.1%}")
    print(f"both: n = {len(inside)}, right {right(inside):.1%}; outside n = {len(outside)}")
    print("sure from | answered | of these right | outside, answered all the same")
    for sure in SURE:
        answered = [t for t in inside if t.got != OTHER and t.probability >= sure]
        fooled = [t for t in outside if t.got != OTHER and t.probability >= sure]
        shares = f"{len(answered) / len(inside):8.1%} | {right(answered):14.1%}"
        print(f"{sure:9.2f} | {shares} | {len(fooled)}")
    if asked.wrong:
        for trial in tried:
            if trial.got != trial.wanted:
                print(f"{trial.text!r}: {trial.wanted}, got {trial.got} {trial.probability:.2f}")


if __name__ == "__main__":
    main()
