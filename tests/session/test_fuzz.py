"""Random conversations: late ears, slow links, failing parts, a client that does anything."""

from __future__ import annotations

import random
from typing import Any

import anyio
import pytest

from tests.session.talk import Talk
from voiceagent import events as e
from voiceagent.errors import ModelError
from voiceagent.parts import Phrase, ToolCall
from voiceagent.rules import Limits, Overlap, Patience, Rules
from voiceagent.session import Ask
from voiceagent.session import Ended as Over
from voiceagent.testing import Monotone, Parrot, Tape, says

SECONDS = 16
RULES = (
    Rules(),
    Rules(patience=Patience(fixed_ms=200)),
    Rules(interrupt=False, limits=Limits(idle_ms=1_000, idle_times=3)),
    Rules(overlap=Overlap(backchannels=False, confirm_ms=100)),
    Rules(turns="manual"),
)


def hearing(dice: random.Random) -> list[e.Event]:
    script: list[e.Event] = []
    at = 300
    while at < SECONDS * 1000 - 3000:
        end = at + dice.choice([80, 300, 900, 2500])
        script += says(dice.choice(["", "mm", "hello", "no wait"]), at, end, dice.choice([0, 700]))
        if dice.random() < 0.5:
            verdict: Any = dice.choice(["interruption", "backchannel", "noise"])
            script.append(e.Judged(at + dice.randrange(100, 800), verdict))
        if dice.random() < 0.1:
            script.append(e.EarsFailed(end, "crash"))
        at = end + dice.choice([100, 400, 1200, 3000])
    return script


def thinking(dice: random.Random) -> Parrot:
    thoughts: list[Any] = [Phrase("word " * dice.choice([1, 8, 40])) for _ in range(2)]
    if dice.random() < 0.3:
        thoughts.insert(dice.randrange(3), ModelError("mind", "gone"))
    if dice.random() < 0.3:
        thoughts.append(ToolCall(f"c{dice.random()}", "lights", "{}"))
    return Parrot(thoughts, delay_s=dice.choice([0.0, 0.1, 0.6]))


async def meddle(talk: Talk, dice: random.Random) -> None:
    """The client does something every now and then."""
    session = talk.session
    while session.now() < SECONDS * 1000 - 1500:
        await anyio.sleep(dice.random() * 2)
        now = session.now()
        match dice.randrange(8):
            case 0:
                session.ask(Ask())
            case 1:
                session.happen(e.CancelAsked(now))
            case 2:
                session.happen(e.TurnHandedOver(now, 500))
            case 3:
                session.happen(e.TurnCleared(now))
            case 4:
                session.change_rules(dice.choice(RULES))
            case 5:
                for item in session.record.conversation.items[-2:]:
                    if (known := session.record.playback(item.id)) is not None:
                        session.replies.truncate(known[0], known[1], dice.randrange(3000))
            case _:
                pass


def check(talk: Talk) -> None:
    """What must hold of every conversation."""
    begun = {a.reply for a in talk.actions(e.Commit) if isinstance(a, e.Commit)}
    ended = {n.reply: at for at, n in talk.tape.of(Over) if isinstance(n, Over)}
    order: list[int] = []
    for at, piece in talk.tape.played:
        assert piece.reply in begun, "an uncommitted reply was heard"
        assert at <= ended.get(piece.reply, at), "a dead reply was heard"
        if not order or order[-1] != piece.reply:
            order.append(piece.reply)
    assert len(order) == len(set(order)), "two replies were heard at once"
    for item in talk.session.record.conversation.items:
        assert item.status != "in_progress" or item.id == last_item(talk)


def last_item(talk: Talk) -> str:
    """Only what was being said when the session was closed may be unfinished."""
    spoken = [i.id for i in talk.session.record.conversation.items if i.role == "assistant"]
    return spoken[-1] if spoken else ""


@pytest.mark.parametrize("seed", range(60))
def test_any_conversation_keeps_its_books_in_order(seed: int) -> None:
    dice = random.Random(seed)
    talk = Talk(
        hearing(dice),
        thinking(dice),
        Monotone(dice.choice([0.0, 0.3]), fails="broken" if dice.random() < 0.05 else ""),
        rules=dice.choice(RULES),
        tape=Tape(lead_ms=dice.choice([60, 200]), slow_s=dice.choice([0.0, 0.03, 0.3])),
        late_ms=dice.choice([0, 60, 400]),
        silent_from_ms=dice.choice([1 << 40, 9_000]),
    )
    check(talk.run(SECONDS, lambda talk: meddle(talk, dice)))
