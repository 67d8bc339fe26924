from __future__ import annotations

from dataclasses import replace

from voiceagent import events as e
from voiceagent.metrics import Metrics


def test_readings_are_counted_once_they_are_final_and_so_are_those_that_claim_nothing() -> None:
    metrics = Metrics()
    watch = metrics.watch()
    sad = replace(e.NO_READING, labels={"sad": 0.7})
    watch(e.Felt(100, sad), ())
    watch(e.Felt(200, sad, final=True), ())
    watch(e.Felt(300, e.NO_READING, final=True), ())
    assert metrics.counts["readings_total"] == 2
    assert metrics.counts["readings_unknown_total"] == 1
    assert "voiceagent_readings_unknown_total 1" in metrics.text()
