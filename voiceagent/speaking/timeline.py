"""What of a reply the user has heard: its words against the milliseconds that were played."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right

from voiceagent.parts import Spoken, Word
from voiceagent.speaking.script import HAN, gap, is_han

USUAL_MS = 65.0
"""What a letter takes until a reply has shown its own pace: about 15 letters a second."""
HAN_WEIGHT = 4  # a Chinese character takes as long as four letters
PACE_FROM = 40  # letters after which the reply's own pace is believed
LOOK_AHEAD = 3  # words of the text that a voice may leave out between two that it times

STOPS = "，、。；：！？"  # noqa: RUF001
"""After these a word ends without a space: "300，2026" are two."""  # noqa: RUF001
_WORD = re.compile(
    rf"\s*(?:[^\w\s]*[{HAN}][^\w\s]*|[^\s{HAN}{STOPS}]+[{STOPS}]*|[{STOPS}]+)"
    r"(?:\s+[^\w\s]+(?=\s|\Z))*"  # a lone dash belongs to the word before it
)


class Timeline:
    """One reply's words in the order and at the times at which they are said.

    A word counts as heard when half of it was played. Words that came without times are spread
    over their phrase's audio by their letters; while the phrase is still being made its length is
    guessed. A reply without audio is heard as soon as it is sent.
    """

    def __init__(self) -> None:
        self._words: list[str] = []  # each with the space before it: together they are the text
        self._begins: list[int] = []  # where each word lies, in letters
        self._ends: list[int] = []
        self._letters = 0
        self._pending = ""  # space at the end of what was said so far
        self._ms = 0.0
        # Between these points, (letters, ms), time runs in straight lines. Both never fall.
        self._points: list[int] = []
        self._times: list[float] = []
        self._told = 0
        # The phrase that is still being made:
        self._open = False
        self._began_ms = 0.0
        self._first = 0  # its first word
        self._next = 0  # its first word that was not timed yet
        self._keys: list[str] = []  # what of each of its words was not timed yet
        self._begun = False  # a part of the next word was timed
        self._timed = False
        self._guessed = False

    def append(self, piece: Spoken) -> None:
        """The next piece of the reply."""
        if piece.text.strip():
            self.end()
            self._add(piece.text)
        elif self._words:
            self._pending += piece.text
        for word in piece.words:
            self._time(word)
        self._ms += len(piece.pcm) // 2 * 1000 / piece.rate

    def end(self) -> None:
        """The phrase has all its audio: nothing more comes, or a new text."""
        if not self._open:
            return
        for at in reversed(range(len(self._times))):
            if self._times[at] <= self._ms:
                break
            self._times[at] = self._ms  # words that were promised for later and never came
        self._mark(self._letters, self._ms)
        self._guessed = self.estimated
        self._open = False

    @property
    def total_ms(self) -> int:
        """How much audio there is so far."""
        return round(self._ms)

    @property
    def text(self) -> str:
        return "".join(self._words)

    @property
    def estimated(self) -> bool:
        """Whether the times of some words are no more than an estimate."""
        return self._guessed or (self._open and not self._timed and self._ms > self._began_ms)

    def said(self, played_ms: int) -> str:
        """What was heard: all words of which at least half was played."""
        return "".join(self._words[: self._heard(played_ms)])

    def rest(self, played_ms: int) -> str:
        """What follows, from the word that was cut on: `said` and `rest` together are the text."""
        return "".join(self._words[self._heard(played_ms) :])

    def word_start(self, ms: int) -> int:
        """Where to go on after falling silent at `ms`: at the start of the word that was cut."""
        word = bisect_right(range(len(self._words)), ms, key=self._begin) - 1
        if word < 0 or self._end(word) <= ms:
            return min(ms, self.total_ms)  # between two words: no word was cut
        return self._begin(word)

    def next_word(self, ms: int) -> int:
        """Where the first word begins that does not begin before `ms`; the end if there is none."""
        word = bisect_left(range(len(self._words)), ms, key=self._begin)
        return min(self._begin(word), self.total_ms) if word < len(self._words) else self.total_ms

    def words_between(self, from_ms: int, to_ms: int | None = None) -> str:
        """The words that begin in [from_ms, to_ms); None: up to the end.

        The words of consecutive stretches are the whole text, unless an estimate moves between two
        questions: while a reply is being made, ask `tell`.
        """
        every = range(len(self._words))
        first = bisect_left(every, from_ms, key=self._begin) if from_ms > 0 else 0
        last = len(every) if to_ms is None else bisect_left(every, to_ms, key=self._begin)
        return "".join(self._words[first:last])

    def tell(self, until_ms: int | None = None) -> str:
        """The words that begin before `until_ms` and were not told yet; None: all that are left.

        Put together it is always the text, however often estimates are mended meanwhile.
        """
        told = self._told
        while self._told < len(self._words):
            if until_ms is not None and self._begin(self._told) >= until_ms:
                break
            self._told += 1
        return "".join(self._words[told : self._told])

    # --- the words ---

    def _add(self, text: str) -> None:
        """Begin a phrase with this text."""
        last = self._words[-1] if self._words else ""
        text = (self._pending or gap(last, text)) + text
        if not self._words:
            text = text.lstrip()
        body = text.rstrip()
        self._pending = text[len(body) :]
        self._first = self._next = len(self._words)
        for word in _WORD.findall(body):
            lead = len(word) - len(word.lstrip())
            self._words.append(word)
            self._begins.append(self._letters + lead)
            self._letters += lead + sum(HAN_WEIGHT if is_han(char) else 1 for char in word[lead:])
            self._ends.append(self._letters)
        self._keys = [_key(word) for word in self._words[self._first :]]
        self._began_ms, self._open = self._ms, True
        self._timed = self._begun = False
        self._mark(self._begins[self._first], self._ms)

    def _time(self, word: Word) -> None:
        """Find a timed word in the text and give it its times; one that is not there is ignored."""
        key = _key(word.text)
        at = self._find(key)
        if at is None:
            return
        if not (self._begun and at == self._next):
            self._mark(self._begins[at], self._ms + word.start_ms)
        self._timed = True
        self._next, self._begun = self._spell(at, key)
        if not self._begun:
            self._mark(self._ends[self._next - 1], self._ms + word.end_ms)

    def _find(self, key: str) -> int | None:
        """The word of the text that the voice means: the next one, or one a little further on."""
        if not key or not self._open:
            return None
        while self._next < len(self._words) and not self._keys[self._next - self._first]:
            self._next += 1  # nothing but punctuation
        if self._ahead(self._next, key).startswith(key):
            return self._next
        for at in range(self._next + 1, min(self._next + 1 + LOOK_AHEAD, len(self._words))):
            if self._ahead(at, key) == key:
                return at
        return None

    def _ahead(self, at: int, key: str) -> str:
        """The text from a word on, in whole words, until it is as long as `key`."""
        text = ""
        for left in self._keys[at - self._first : at - self._first + len(key)]:
            if len(text) >= len(key):
                break
            text += left
        return text

    def _spell(self, at: int, key: str) -> tuple[int, bool]:
        """Take `key` out of the words from `at` on; return the next word, and if it is begun."""
        while key:
            left = self._keys[at - self._first]
            self._keys[at - self._first] = left[len(key) :]
            key = key[len(left) :]
            if self._keys[at - self._first]:
                return at, True
            at += 1
        return at, False

    # --- the times ---

    def _heard(self, played_ms: int) -> int:
        """How many words were heard."""
        every = range(len(self._words))
        return bisect_right(every, 2 * played_ms, key=lambda i: self._begin(i) + self._end(i))

    def _begin(self, word: int) -> int:
        return self._at(self._begins[word], bisect_right(self._points, self._begins[word]))

    def _end(self, word: int) -> int:
        return self._at(self._ends[word], bisect_left(self._points, self._ends[word]))

    def _at(self, letters: int, above: int) -> int:
        """When so many letters are said; `above` is the point after them."""
        low, low_ms = self._points[above - 1], self._times[above - 1]
        if above < len(self._points):
            high, high_ms = self._points[above], self._times[above]
        else:
            high, high_ms = self._letters, self._guess()
        if letters == low or high == low:
            return round(low_ms)
        return round(low_ms + (high_ms - low_ms) * (letters - low) / (high - low))

    def _guess(self) -> float:
        """When the phrase that is being made will end, from what is left of its text."""
        if not self._open or self._ms <= self._began_ms:
            return self._times[-1]
        start = self._begins[self._first]
        pace = self._began_ms / start if start >= PACE_FROM else USUAL_MS
        left = self._letters - self._points[-1]
        return max(self._ms, self._times[-1] + left * pace)

    def _mark(self, letters: int, ms: float) -> None:
        self._times.append(max(ms, self._times[-1]) if self._times else ms)
        self._points.append(letters)


def _key(text: str) -> str:
    """A word as it is compared: its letters and digits alone."""
    return "".join(char for char in text.casefold() if char.isalnum())
