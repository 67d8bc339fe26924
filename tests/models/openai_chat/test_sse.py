from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.openai_chat.sse import EVENT_BYTES, Events, TooLong, Whole


def read(*chunks: bytes) -> list[str]:
    events = Events()
    told = [data for chunk in chunks for data in events.feed(chunk)]
    return told + list(events.end())


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"data: a\n\ndata: b\n\n", ["a", "b"]),
        (b"data: a\r\n\r\ndata: b\r\rdata: c\n\n", ["a", "b", "c"]),
        (b"data:a\n\ndata:  b\n\n", ["a", " b"]),
        (b"data: a\ndata: b\n\n", ["a\nb"]),
        (b": still here\n\n:\n\ndata: a\n\n", ["a"]),
        (b"event: x\nid: 1\nretry: 5\nother\ndata: a\n\n", ["a"]),
        (b"\n\n\n", []),
        (b"data\n\n", [""]),
        (b"\xef\xbb\xbfdata: a\n\n", ["a"]),
        (b"data: [DONE]", ["[DONE]"]),
        (b"data: a\n", ["a"]),
        (b"data: \xff\n\n", ["\ufffd"]),
        (b"<html>\n<body>\n", []),
    ],
)
def test_a_body_holds_these_events(body: bytes, told: list[str]) -> None:
    assert read(body) == told


PIECES = [
    b"data",
    b"data: ",
    b"data: a\r\n",
    b":",
    b" ",
    b"\r",
    b"\n",
    b"\r\n",
    b"\n\n",
    b"\xff",
    b"\xef\xbb\xbf",
]
BODIES = st.lists(
    st.sampled_from(PIECES) | st.text(max_size=4).map(lambda text: text.encode("utf-8", "replace"))
).map(b"".join)


@given(BODIES, st.lists(st.integers(0, 60), max_size=8))
def test_how_the_bytes_are_cut_changes_nothing(body: bytes, cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(body)]
    chunks = [body[a:b] for a, b in pairwise(edges)]
    assert read(*chunks) == read(body) == read(*(bytes([byte]) for byte in body)) == plainly(body)


def test_the_two_halves_of_a_line_end_are_one_line_end() -> None:
    assert read(b"data: a\r", b"\ndata: b\r", b"", b"\n\r\n") == ["a\nb"]


def plainly(body: bytes) -> list[str]:
    """The same by splitting the whole."""
    lines = [*re.split(rb"\r\n|\r|\n", body.removeprefix(b"\xef\xbb\xbf")), b""]
    told: list[str] = []
    data: list[bytes] = []
    for line in lines:
        if line == b"data" or line.startswith(b"data:"):
            data.append(line[5:].removeprefix(b" "))
        elif not line and data:
            told.append(b"\n".join(data).decode("utf-8", "replace"))
            data = []
    return told


@pytest.mark.parametrize("line", [b"data: x", b": x", b"x"])
def test_a_line_without_an_end_is_refused(line: bytes) -> None:
    events = Events()
    assert list(events.feed(b"data: a\n\n")) == ["a"]
    with pytest.raises(TooLong):
        list(events.feed(line * (EVENT_BYTES + 1)))


def test_an_event_of_endless_lines_is_refused_however_it_is_cut() -> None:
    line = b"data: " + b"x" * 1000 + b"\n"
    with pytest.raises(TooLong):
        read(line * 1100)
    with pytest.raises(TooLong):
        read(*[line] * 1100)
    read(*[line + b"\n"] * 1100)


def test_an_answer_that_is_no_stream_is_one_event() -> None:
    whole = Whole()
    assert [*whole.feed(b'{"a":'), *whole.feed(b" 1}"), *whole.end()] == ['{"a": 1}']
    with pytest.raises(TooLong):
        list(whole.feed(b" " * EVENT_BYTES))
