"""Counts and latencies of all sessions, from one observer that sees all that happens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from voiceagent import events as e
from voiceagent.events import Action, Event

BUCKETS_MS = (50, 100, 150, 200, 250, 300, 400, 500, 700, 1_000, 1_500, 2_000, 3_000, 5_000)


@dataclass
class Histogram:
    """Cumulative buckets, as Prometheus wants them."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS_MS) + 1))
    total_ms: int = 0

    def add(self, ms: int) -> None:
        place = next((i for i, limit in enumerate(BUCKETS_MS) if ms <= limit), len(BUCKETS_MS))
        self.counts[place] += 1
        self.total_ms += ms

    def lines(self, name: str) -> list[str]:
        lines, so_far = [f"# TYPE {name} histogram"], 0
        limits = [f"{limit / 1000:g}" for limit in BUCKETS_MS] + ["+Inf"]
        for limit, count in zip(limits, self.counts, strict=True):
            so_far += count
            lines.append(f'{name}_bucket{{le="{limit}"}} {so_far}')
        return [*lines, f"{name}_sum {self.total_ms / 1000:g}", f"{name}_count {so_far}"]


COUNTED: dict[type, str] = {
    e.OpenTurn: "turns_total",
    e.Draft: "drafts_total",
    e.Drop: "drafts_dropped_total",
    e.Commit: "replies_total",
    e.Cancel: "replies_cancelled_total",
    e.Duck: "ducks_total",
    e.Hold: "holds_total",
    e.Resume: "resumes_total",
    e.EarsFailed: "ears_failed_total",
    e.ReplyFailed: "replies_failed_total",
}


OTHERS = ("sessions_total", "busy_total", "readings_total", "readings_unknown_total")


class Metrics:
    """Shared by all sessions of a server."""

    def __init__(self) -> None:
        self.counts = dict.fromkeys((*COUNTED.values(), *OTHERS), 0)
        self.sessions = 0
        self.answering = Histogram()
        self.saved = Histogram()

    def watch(self) -> Watch:
        return Watch(self)

    def text(self) -> str:
        """The Prometheus page."""
        lines = ["# TYPE voiceagent_sessions gauge", f"voiceagent_sessions {self.sessions}"]
        for name, count in sorted(self.counts.items()):
            lines += [f"# TYPE voiceagent_{name} counter", f"voiceagent_{name} {count}"]
        lines += self.answering.lines("voiceagent_answering_seconds")
        lines += self.saved.lines("voiceagent_draft_saved_seconds")
        return "\n".join(lines) + "\n"


class Watch:
    """One session's observer: a latency is a difference of two times."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._drafted: dict[int, int] = {}
        self._answers: dict[int, int] = {}  # replies, and the ends of the turns that they answer
        self._ended: int | None = None

    def __call__(self, event: Event, actions: Sequence[Action]) -> None:
        self._count(type(event))
        for action in actions:
            self._count(type(action))
            self._follow(event.at, action)
        if isinstance(event, e.Felt) and event.final:
            self._metrics.counts["readings_total"] += 1
            self._metrics.counts["readings_unknown_total"] += not event.reading.labels
        if isinstance(event, e.ReplyAudible) and event.reply in self._answers:
            self._metrics.answering.add(max(0, event.at - self._answers.pop(event.reply)))

    def _count(self, kind: type) -> None:
        if (name := COUNTED.get(kind)) is not None:
            self._metrics.counts[name] += 1

    def _follow(self, at: int, action: Action) -> None:
        match action:
            case e.CloseTurn(end=end):
                self._ended = end
            case e.Draft(reply=reply, cause=cause) if cause is e.Cause.USER:
                self._drafted[reply] = at
            case e.Drop(reply=reply) | e.Cancel(reply=reply):
                self._drafted.pop(reply, None)
                self._answers.pop(reply, None)
            case e.Commit(reply=reply) if reply in self._drafted:
                self._metrics.saved.add(max(0, at - self._drafted.pop(reply)))
                if self._ended is not None:
                    self._answers[reply] = self._ended
            case _:
                pass
