"""Server-sent events: bytes in, the data of each event out. Pure, however the bytes are cut."""

from __future__ import annotations

from collections.abc import Iterator

EVENT_BYTES = 1 << 20


class TooLong(ValueError):
    """An event, or a line of one, has no end in sight."""


class Events:
    """Reads one stream. Only `data` is kept: comments, names and ids mean nothing in a chat."""

    def __init__(self) -> None:
        self._line = bytearray()
        self._data: list[bytes] = []
        self._size = 0
        self._after_return = False
        self._fresh = True

    def feed(self, chunk: bytes) -> Iterator[str]:
        """Yield the data of every event that `chunk` completes. Run it to its end."""
        for piece in chunk.splitlines(keepends=True):
            second_half = self._after_return and piece == b"\n"  # of a CRLF cut in two
            self._after_return = False
            if second_half:
                continue
            self._line += piece.rstrip(b"\r\n")
            if self._size + len(self._line) > EVENT_BYTES:
                raise TooLong(f"an event of more than {EVENT_BYTES >> 20} MiB")
            if piece.endswith((b"\r", b"\n")):
                self._after_return = piece.endswith(b"\r")
                yield from self._take_line()

    def end(self) -> Iterator[str]:
        """Yield what a server left without the blank line that should have closed it."""
        yield from self._take_line()
        yield from self._dispatch()

    def _take_line(self) -> Iterator[str]:
        line = bytes(self._line)
        self._line.clear()
        if self._fresh:
            line = line.removeprefix(b"\xef\xbb\xbf")
            self._fresh = False
        if not line:
            yield from self._dispatch()
            return
        name, _, value = line.partition(b":")
        if name == b"data":
            value = value.removeprefix(b" ")
            self._data.append(value)
            self._size += len(value) + 1

    def _dispatch(self) -> Iterator[str]:
        data, self._data, self._size = self._data, [], 0
        if data:
            yield b"\n".join(data).decode("utf-8", "replace")


class Whole:
    """The same shape for an answer that is one JSON object and no stream."""

    def __init__(self) -> None:
        self._body = bytearray()

    def feed(self, chunk: bytes) -> Iterator[str]:
        self._body += chunk
        if len(self._body) > EVENT_BYTES:
            raise TooLong(f"an answer of more than {EVENT_BYTES >> 20} MiB")
        yield from ()

    def end(self) -> Iterator[str]:
        yield self._body.decode("utf-8", "replace")
