"""Takes out of an LLM's text what cannot be spoken: markdown, emoji, code.

A stream: text goes in as it comes and comes out as soon as it is clear what it is. What comes out
does not depend on how the text was cut.
"""

# ruff: noqa: RUF001

from __future__ import annotations

import re

LOOK = 200
"""How many characters are waited for, at most, to tell markup from words."""

SPOKEN_CODE = {"", "text", "txt", "plain", "plaintext", "markdown", "md"}
"""Code blocks that hold words. Others are left out: nobody can follow code by ear."""

_HEADING = re.compile(r"[ \t]*#{1,6}[ \t]+")
_BULLET = re.compile(r"[ \t]*[-*+•◦▪‣][ \t]+(?:\[[ xX]\][ \t]+)?")
_QUOTE = re.compile(r"[ \t]*>[ \t]?")
_RULE = re.compile(r"[ \t]*(?:([-*_])[ \t]*(?:\1[ \t]*){2,}|=+[ \t]*|-+[ \t]*)\n")
_TABLE_RULE = re.compile(r"[ \t]*\|[ \t:|-]*-[ \t:|-]*\n")
_ROW = re.compile(r"[ \t]*\|[ \t]*")
_FENCE = re.compile(r"[ \t]*(?:`{3,}|~{3,})([^\n`]*)\n")
_UNCLEAR = re.compile(
    r"[ \t]*(?:#{1,6}[ \t]*|[-*+•◦▪‣][ \t]+\[?[ xX]?\]?[ \t]*|[-*_=|:> \t]*|(?:`{3,}|~{3,})[^\n`]*"
    r"|`{1,2}|~{1,2}|[+•◦▪‣][ \t]*)"
)
_ROW_ENDS = re.compile(r"[ \t]*\|?[ \t]*(?=\n)")
_CELL_ENDS = re.compile(r"[ \t]*\|[ \t]*")
_LINK = re.compile(
    r"!?\[([^\[\]\n]*)\]\(([^()\s]*(?:\([^()\s]*\))?[^()\s]*)(?:[ \t]+\"[^\"\n]*\")?\)"
)
_LINK_SO_FAR = re.compile(r"!?\[[^\[\]\n]*(?:\](?:\((?:[^\s]*(?:[ \t]+(?:\"[^\"\n]*\"?)?)?)?)?)?")
_TAG = re.compile(r"</?[A-Za-z]{1,10}[1-6]?(?:[ \t]+[a-z-]+=[^<>\n]*)?[ \t]*/?>")
_TAG_SO_FAR = re.compile(r"<[^\s<>]*(?:[ \t]+(?:[a-z-]*(?:=[^<>\n]*)?|/))?")
_ADDRESS = re.compile(r"<([a-z]+://[^\s>]+|[^\s@<>]+@[^\s@<>]+)>")
_WORDS = re.compile(r"[^\W_]+")
_EMOJI = re.compile(
    "[\U0001f000-\U0001faff\u2600-\u27bf\u2b50\u2b55\u231a\u231b\u23e9-\u23fa"
    "\u200d\ufe0e\ufe0f\u20e3\U000e0020-\U000e007f]"
)
_ESCAPED = set("\\`*_{}[]()#+-.!|~>")


class Plain:
    """A stream of markdown in, a stream of words out. A line break stays: it is a pause."""

    def __init__(self) -> None:
        self._text = ""
        self._at = 0
        self._out: list[str] = []
        self._before = "\n"  # the last character read
        self._last = "\n"  # the last character said
        self._left_out = False  # an emoji, just before
        self._line_start = True
        self._in_code = False
        self._in_row = False

    def feed(self, text: str) -> str:
        self._text = self._text[self._at :] + text.replace("\r", " ")
        self._at = 0
        while self._at < len(self._text) and self._step():
            pass
        said, self._out = "".join(self._out), []
        return said

    def flush(self) -> str:
        """The rest. What was begun and never closed is taken as it stands."""
        return self.feed("\n")

    def _step(self) -> bool:
        """Read on by something that is clear; False if more text is needed to tell what comes."""
        if self._line_start:
            return self._line()
        char = self._text[self._at]
        if char == "\n":
            return self._new_line()
        if self._in_code:
            return self._read(1)
        if self._in_row and char in " \t|":
            return self._cell()
        if words := _WORDS.match(self._text, self._at):
            return self._read(words.end() - self._at, words.group())
        special = _SPECIAL.get(char)
        return special(self, char) if special else self._plain(char)

    def _read(self, count: int, say: str = "") -> bool:
        """Move on by `count` characters and say `say` for them."""
        self._before = self._text[self._at + count - 1]
        self._at += count
        if say.isspace():
            say = "" if self._last.isspace() else " "
        if say:
            if self._left_out and say[0].isalnum() and self._last.isalnum():
                self._out.append(" ")
            self._out.append(say)
            self._last, self._left_out = say[-1], False
        return True

    def _new_line(self) -> bool:
        self._read(1)
        if self._last != "\n":
            self._out.append("\n")
            self._last = "\n"
        self._line_start, self._in_row = True, False
        return True

    def _plain(self, char: str) -> bool:
        joiner = char == "\u200d" and not _EMOJI.match(self._before)  # some scripts need it
        if _EMOJI.match(char) and not joiner:
            self._left_out = True
            return self._read(1)
        return self._read(1, char)

    # --- at the start of a line ---

    def _line(self) -> bool:
        head = self._text[self._at : self._at + LOOK]
        unclear = _UNCLEAR.fullmatch(head)
        if unclear and len(head) < LOOK:
            return False
        if fence := _FENCE.match(head):
            tagged = fence.group(1).strip().lower().split(" ")[0] not in SPOKEN_CODE
            self._in_code = tagged and not self._in_code
            return self._read(fence.end() - 1)
        if not self._in_code:
            if skip := _RULE.match(head) or _TABLE_RULE.match(head):
                return self._read(skip.end() - 1) and self._new_line()
            if quote := _QUOTE.match(head):
                return self._read(quote.end())
            self._in_row = False
            if marker := _HEADING.match(head) or _BULLET.match(head):
                self._read(marker.end())
            elif row := _ROW.match(head):
                self._in_row = self._read(row.end())
        self._line_start = False
        return True

    # --- inside a line ---

    def _run(self, char: str) -> tuple[int, str] | None:
        """How often `char` stands here, and what follows; None if that is not known yet."""
        end = self._at
        while end < len(self._text) and self._text[end] == char:
            end += 1
        return None if end == len(self._text) else (end - self._at, self._text[end])

    def _star(self, char: str) -> bool:
        if (run := self._run(char)) is None:
            return False
        count, after = run
        times = count == 1 and (
            (self._before.isdigit() and after.isdigit())
            or (self._before in " \t" and after in " \t")
        )
        return self._read(count, "×" if times else "")

    def _underscore(self, char: str) -> bool:
        if (run := self._run(char)) is None:
            return False
        count, after = run
        inside = not (_is_edge(self._before, "*\"'([{~") or _is_edge(after, "*.,;:!?\"')]}~"))
        return self._read(count, char * count if inside else "")

    def _tilde(self, char: str) -> bool:
        if (run := self._run(char)) is None:
            return False
        return self._read(run[0], char if run[0] == 1 else "")

    def _backtick(self, char: str) -> bool:
        return self._read(1)

    def _backslash(self, char: str) -> bool:
        after = self._text[self._at + 1 : self._at + 2]
        if not after:
            return False
        return self._read(2, after) if after in _ESCAPED else self._read(1, char)

    def _bracket(self, char: str) -> bool:
        head = self._text[self._at : self._at + 2 * LOOK]
        if link := _LINK.match(head):
            # the words of a link may be marked up themselves: they are read again
            words, rest = link.group(1), self._text[self._at + link.end() :]
            self._text, self._at = words + rest, 0
            return True
        if len(head) < 2 * LOOK and (head == "!" or _LINK_SO_FAR.fullmatch(head)):
            return False
        return self._read(1, char)

    def _angle(self, char: str) -> bool:
        head = self._text[self._at : self._at + LOOK]
        if address := _ADDRESS.match(head):
            return self._read(address.end(), address.group(1))
        if tag := _TAG.match(head):
            return self._read(tag.end(), " " if tag.group().lower().startswith("<br") else "")
        if len(head) < LOOK and _TAG_SO_FAR.fullmatch(head):
            return False
        return self._read(1, char)

    def _cell(self) -> bool:
        rest = self._text[self._at : self._at + LOOK]
        if len(rest) < LOOK and not rest.replace("|", " ").strip(" \t"):
            return False
        if end := _ROW_ENDS.match(rest):
            return self._read(end.end())
        if cell := _CELL_ENDS.match(rest):
            return self._read(cell.end(), "" if self._last.isspace() else ", ")
        return self._read(1, rest[0])


_SPECIAL = {
    "*": Plain._star,
    "_": Plain._underscore,
    "~": Plain._tilde,
    "`": Plain._backtick,
    "\\": Plain._backslash,
    "[": Plain._bracket,
    "!": Plain._bracket,
    "<": Plain._angle,
}


def _is_edge(char: str, more: str) -> bool:
    return char.isspace() or char in more
