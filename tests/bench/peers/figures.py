"""From rows to figures: what one run of a bench comes to."""

import statistics
from collections.abc import Sequence

Row = dict[str, object]

SLOW_MS = 1500


def milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 1)


def answers(rows: Sequence[Row]) -> Row:
    """Answering times count only where nobody was cut off: a cut-in is no fast answer."""
    whole = [row for row in rows if row["cut_in_ms"] is None]
    cut = len(rows) - len(whole)
    paused = [row for row in rows if row["longest_pause_ms"]]
    return {
        "clips": len(rows),
        "answer_ms": spread([row["answer_ms"] for row in whole]),
        "slow": sum(isinstance(ms := row["answer_ms"], float) and ms > SLOW_MS for row in whole),
        "no_answer": sum(row["answer_ms"] is None for row in whole),
        "cut_ins": cut,
        "cut_in_share": round(cut / max(1, len(rows)), 3),
        "clips_with_pause": len(paused),
        "cut_ins_with_pause": sum(row["cut_in_ms"] is not None for row in paused),
    }


def spread(values: Sequence[object]) -> Row:
    """Return median, 90th percentile and worst of the numbers among the values."""
    known = sorted(value for value in values if isinstance(value, float))
    if not known:
        return {"n": 0}
    ninth = known[min(len(known) - 1, round(0.9 * (len(known) - 1)))]
    return {
        "n": len(known),
        "least": known[0],
        "median": round(statistics.median(known), 1),
        "p90": ninth,
        "worst": known[-1],
    }


def lateness(late: Sequence[Sequence[float]]) -> Row:
    """Return how late frames were fed: over a few milliseconds, the machine was too busy."""
    everything = sorted(one for line in late for one in line)
    if not everything:
        return {}
    return {"feeder_late_p99_ms": milliseconds(everything[len(everything) * 99 // 100])}


def table_row(run: Row, summary: Row) -> str:
    cells = [f"{run['peer']}", f"{run['mode']}", f"{run['setting'] or 'defaults'}"]
    cells += [f"{key} {_cell(value)}" for key, value in summary.items()]
    return "| " + " | ".join(cells) + " |"


def _cell(value: object) -> str:
    if isinstance(value, dict):
        return " / ".join(f"{value.get(key, '-')}" for key in ("median", "p90", "worst"))
    return str(value)
