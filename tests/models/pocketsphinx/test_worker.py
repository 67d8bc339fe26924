"""The ear where it really runs: in a worker process, behind a detector of this one."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.webrtcvad import adapter as vad
from tests.models.pocketsphinx.talk import clip
from tests.worker.conftest import anyio_backend
from tests.worker.fakes import Notes
from voiceagent.config import PartSpec
from voiceagent.events import Event, Heard, Scored, Settle, SpeechStopped
from voiceagent.hearing.recording import frames
from voiceagent.hearing.remote import WorkerEars
from voiceagent.worker.messages import Loader
from voiceagent.worker.pool import Pool

__all__ = ["anyio_backend"]
pytestmark = pytest.mark.anyio


async def test_words_come_from_a_worker_while_this_process_only_detects(tmp_path: Path) -> None:
    pytest.importorskip("pocketsphinx")
    options = {"phrases": ("coffee", "english"), "cache": str(tmp_path)}
    spec = PartSpec("pocketsphinx", options, worker=True)
    pool = Pool("pocketsphinx", Loader("voiceagent.config:build_part", (spec,)), 1)
    notes, stops = Notes(), list[int]()

    def on_event(event: Event) -> None:
        notes(event)
        if isinstance(event, SpeechStopped):
            stops.append(event.end)
            ears.tell(Settle(event.end))

    ears = WorkerEars([vad.build(vad.Options())], pool, on_event)
    try:
        await pool.warm_up()
        for frame in frames(clip("7caecd9d")):
            await ears.send(frame)
        await notes.until(lambda event: isinstance(event, Heard) and not event.final)
        final = await notes.until(
            lambda event: isinstance(event, Heard) and event.final and event.until == stops[-1]
        )
        assert isinstance(final, Heard)
        assert final.text == "can i get a twelve ounce house coffee with lots of whole milk"
        await notes.until(lambda event: isinstance(event, Scored) and event.probability > 0.5)
    finally:
        await ears.aclose()
        await pool.aclose()
