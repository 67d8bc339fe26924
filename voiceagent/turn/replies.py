"""The reply's side: draft, commit, cancel, and what is owed."""

from __future__ import annotations

from dataclasses import replace

from voiceagent.events import (
    Action,
    Apologise,
    Cancel,
    CancelAsked,
    Cause,
    Commit,
    Draft,
    Drop,
    DropTool,
    Duck,
    Refuse,
    ReplyAsked,
    ReplyAudible,
    ReplyFailed,
    ReplyFinished,
    Resume,
    RunTool,
    ToolAsked,
    ToolFinished,
    Truncated,
)
from voiceagent.turn.state import (
    Moved,
    Owed,
    Reply,
    Stage,
    Turn,
    User,
    committed,
    on_trial,
    same_words,
)

NEEDS_THE_FLOOR = {Cause.USER, Cause.TOOL, Cause.RESUME, Cause.APOLOGY}
COVERED_BY_HISTORY = {Cause.USER, Cause.TOOL, Cause.RESUME}


# --- draft and commit ----------------------------------------------------------------------------


def draft(turn: Turn, owed: Owed, basis: str = "", answers: int | None = None) -> Moved:
    reply = Reply(
        turn.replies + 1, owed.cause, Stage.DRAFT, basis, answers, ref=owed.ref, since=turn.at
    )
    turn = replace(turn, reply=reply, replies=reply.id)
    return turn, [Draft(reply.id, owed.cause, basis, owed.ref, owed.resumes)]


def drop(turn: Turn) -> Moved:
    """Forget the draft, if there is one. A committed reply is not touched."""
    if turn.reply is None or committed(turn.reply):
        return turn, []
    dead = turn.reply
    turn, dropped = drop_tools(turn)
    return replace(turn, reply=None), [Drop(dead.id), *dropped]


def drop_tools(turn: Turn) -> Moved:
    """What a discarded answer asked for is not done, and what it looked up is not told."""
    reply = turn.reply
    assert reply is not None
    running = tuple(tool for tool in turn.running if tool[1] != reply.id)
    calls = [call for call, _ in reply.waiting]
    calls += [call for call, owner in turn.running if owner == reply.id]
    return replace(turn, running=running), [DropTool(call) for call in calls]


def commit(turn: Turn, instead_of: int | None = None) -> Moved:
    reply = turn.reply
    assert reply is not None
    assert reply.stage is Stage.DRAFT
    now = [call for call, effects in reply.waiting if effects != "final"]
    later = tuple((call, effects) for call, effects in reply.waiting if effects == "final")
    actions: list[Action] = [Commit(reply.id, instead_of), *(RunTool(reply.id, c) for c in now)]
    apologises = reply.failed is not None
    if reply.failed is not None:
        actions.append(Apologise(reply.id, reply.failed))
    reply = replace(
        reply,
        stage=Stage.COMMITTED,
        since=turn.at,
        committed_at=turn.at,
        waiting=later,
        apologised=apologises,
    )
    running = turn.running + tuple((call, reply.id) for call in now)
    covered = COVERED_BY_HISTORY | {reply.cause}
    owed = tuple(debt for debt in turn.owed if debt.cause not in covered)
    return replace(turn, reply=reply, running=running, owed=owed, quiet_since=None), actions


def redraft(turn: Turn, basis: str) -> Moved:
    """Answer better words. A reply that is committed and unheard stays one reply for the world."""
    old = turn.reply
    assert old is not None
    assert old.stage is not Stage.SPEAKING
    was_committed = committed(old)
    turn, dropped = drop_tools(turn)
    if not was_committed:
        dropped.insert(0, Drop(old.id))
    turn, drafted = draft(replace(turn, reply=None), Owed(old.cause, old.ref), basis, old.turn)
    if not was_committed:
        return turn, dropped + drafted
    turn, done = commit(turn, instead_of=old.id)
    assert turn.reply is not None
    turn = replace(
        turn, reply=replace(turn.reply, committed_at=old.committed_at, filled=old.filled)
    )
    return turn, dropped + drafted + done


def cancel(turn: Turn, reason: str) -> Moved:
    """End the living reply. What it had not told yet is owed again."""
    reply = turn.reply
    assert reply is not None
    if not committed(reply):
        return drop(turn)
    actions: list[Action] = [
        Cancel(reply.id, reason),  # type: ignore[arg-type]
        *(DropTool(call) for call, _ in reply.waiting),
    ]
    turn = replace(turn, reply=None)
    if reply.cause is Cause.TOOL and reply.stage is Stage.COMMITTED and reason == "turn_detected":
        turn = owe(turn, Owed(Cause.TOOL))
    return turn, actions


# --- what is owed --------------------------------------------------------------------------------


def owe(turn: Turn, debt: Owed) -> Turn:
    others = tuple(o for o in turn.owed if o.cause is not debt.cause)
    return replace(turn, owed=(*others, debt))


def payable(turn: Turn) -> Owed | None:
    """The first debt that the floor allows to pay now."""
    if turn.reply is not None:
        return None
    for debt in turn.owed:
        if debt.cause in NEEDS_THE_FLOOR and turn.user is not User.QUIET:
            continue
        if waits_for_words(turn) and debt.cause in (Cause.CLIENT, Cause.USER):
            continue
        return debt
    return None


def waits_for_words(turn: Turn) -> bool:
    closed = turn.closed
    return closed is not None and not closed.words.final and turn.at < closed.text_by


def pay(turn: Turn) -> Moved:
    """Start the next reply that is owed, if the floor allows one."""
    debt = payable(turn)
    if debt is None:
        return turn, []
    closed = turn.closed
    answers = closed if debt.cause in (Cause.USER, Cause.CLIENT) else None
    turn = replace(turn, owed=tuple(o for o in turn.owed if o is not debt))
    turn, drafted = draft(
        turn, debt, answers.words.text if answers else "", answers.turn if answers else None
    )
    turn, done = commit(turn)
    return turn, drafted + done


# --- events --------------------------------------------------------------------------------------


def reply_audible(turn: Turn, event: ReplyAudible) -> Moved:
    reply = turn.reply
    if reply is None or reply.id != event.reply or reply.stage is not Stage.COMMITTED:
        return turn, []
    speech = turn.speech
    ducks = speech is not None and on_trial(speech) and speech.acquitted_until is None
    reply = replace(reply, stage=Stage.SPEAKING, since=turn.at, ducked=reply.ducked or ducks)
    return replace(turn, reply=reply, unheard=0), [Duck(reply.id)] if ducks else []


def reply_finished(turn: Turn, event: ReplyFinished) -> Moved:
    """The floor is free again. Speech that was on trial is so no more: see `speech.unopposed`."""
    if turn.reply is None or turn.reply.id != event.reply or not committed(turn.reply):
        return turn, []
    actions: list[Action] = [DropTool(call) for call, _ in turn.reply.waiting]
    return replace(turn, reply=None, quiet_since=turn.at), actions


def reply_failed(turn: Turn, event: ReplyFailed) -> Moved:
    reply = turn.reply
    if reply is None or reply.id != event.reply:
        return turn, []
    if not committed(reply):
        return replace(turn, reply=replace(reply, failed=event.error)), []
    if reply.apologised:
        return turn, []
    return replace(turn, reply=replace(reply, apologised=True)), [Apologise(reply.id, event.error)]


def reply_asked(turn: Turn, event: ReplyAsked) -> Moved:
    """The client wants a reply now, whoever has the floor. The user's open turn is answered
    afterwards.
    """
    if committed(turn.reply) or any(o.cause is event.cause for o in turn.owed):
        return turn, [Refuse("conversation_already_has_active_response", event.ref)]
    turn, dropped = drop(turn)
    return owe(turn, Owed(event.cause, event.ref)), dropped


def cancel_asked(turn: Turn, event: CancelAsked) -> Moved:
    if committed(turn.reply):
        turn, actions = cancel(turn, "client_cancelled")
        return replace(turn, owed=(), quiet_since=turn.at), actions
    asked = next((debt for debt in turn.owed if debt.cause is Cause.CLIENT), None)
    if asked is not None:  # it waits for words: the client has to hear of it, and of its end
        turn, dropped = drop(replace(turn, owed=()))
        turn, drafted = draft(turn, asked)
        turn, done = commit(turn)
        turn, cancelled = cancel(turn, "client_cancelled")
        return turn, dropped + drafted + done + cancelled
    if turn.owed:
        return replace(turn, owed=()), []
    return turn, [Refuse("response_cancel_not_active", event.ref)]


def truncated(turn: Turn, event: Truncated) -> Moved:
    if turn.reply is None or turn.reply.id != event.reply or not committed(turn.reply):
        return turn, []
    turn, actions = cancel(turn, "client_cancelled")
    return replace(turn, quiet_since=turn.at), actions


def tool_asked(turn: Turn, event: ToolAsked) -> Moved:
    reply = turn.reply
    if reply is None or reply.id != event.reply:
        return turn, [DropTool(event.call)]
    if event.effects == "none" or (event.effects == "reversible" and committed(reply)):
        running = (*turn.running, (event.call, reply.id))
        return replace(turn, running=running), [RunTool(reply.id, event.call)]
    waiting = (*reply.waiting, (event.call, event.effects))
    return replace(turn, reply=replace(reply, waiting=waiting)), []


def tool_finished(turn: Turn, event: ToolFinished) -> Moved:
    if all(call != event.call for call, _ in turn.running):
        return turn, []
    running = tuple(tool for tool in turn.running if tool[0] != event.call)
    turn = replace(turn, running=running)
    return (turn if event.told else owe(turn, Owed(Cause.TOOL))), []


def run_waiting(turn: Turn) -> Moved:
    """Start what waited: enough silence has passed, or the user said yes."""
    reply = turn.reply
    assert reply is not None
    calls = [call for call, _ in reply.waiting]
    running = turn.running + tuple((call, reply.id) for call in calls)
    turn = replace(turn, reply=replace(reply, waiting=()), running=running)
    return turn, [RunTool(reply.id, call) for call in calls]


def resume(turn: Turn) -> Moved:
    """Take back a duck or a hold."""
    reply = turn.reply
    if reply is None or not (reply.ducked or reply.held):
        return turn, []
    reply = replace(reply, ducked=False, held=False, likely_at=None)
    return replace(turn, reply=reply), [Resume(reply.id)]


def better_words(turn: Turn, answers: int, text: str) -> Moved:
    """Final words came for the turn that the living reply answers."""
    reply = turn.reply
    if reply is None or reply.turn != answers or reply.stage is Stage.SPEAKING or not text:
        return turn, []
    if same_words(reply.basis, text):
        return turn, []
    return redraft(turn, text)
