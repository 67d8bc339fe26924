"""The user's side: speech, pauses and overlap; turns opened, closed and answered."""

from __future__ import annotations

from dataclasses import replace

from voiceagent.events import (
    Action,
    Cause,
    CloseTurn,
    Duck,
    ForgetTurn,
    Hold,
    OpenTurn,
    Settle,
    SpeechLikely,
    SpeechStarted,
    SpeechStopped,
    Transcribe,
)
from voiceagent.rules import Rules
from voiceagent.turn.replies import (
    cancel,
    commit,
    draft,
    drop,
    owe,
    redraft,
    resume,
)
from voiceagent.turn.state import (
    Closed,
    Moved,
    Owed,
    Speech,
    Stage,
    Turn,
    User,
    Words,
    audible,
    committed,
    on_trial,
    same_words,
    wordy,
)

# --- starting and stopping -----------------------------------------------------------------------


def likely(turn: Turn, event: SpeechLikely, rules: Rules) -> Moved:
    """The gate opened: over an audible reply that ducks it, and nothing else."""
    reply = turn.reply
    if reply is None or not audible(reply) or turn.user is not User.QUIET:
        return turn, []
    if rules.turns == "manual" or not rules.interrupt or reply.ducked or reply.held:
        return turn, []
    return replace(turn, reply=replace(reply, ducked=True, likely_at=turn.at)), [Duck(reply.id)]


def started(turn: Turn, event: SpeechStarted, rules: Rules) -> Moved:
    turn = replace(turn, voiced=True)
    if rules.turns == "manual":
        return turn, []
    if turn.user is User.TALKING:
        return begin_within(turn, event.begin, rules)
    if turn.user is User.PAUSING:
        return go_on(turn, event.begin, rules)
    return begin(turn, event.begin, rules, may_reopen=True)


def begin_within(turn: Turn, where: int, rules: Rules) -> Moved:
    """Somebody speaks within a sound that was acquitted: over an echo of the reply, say."""
    speech = turn.speech
    if speech is None or speech.acquitted_until is None or turn.reply is None:
        return turn, []
    words = replace(speech.words, news=where)
    speech = replace(speech, begin=max(where, speech.begin), latest=where, words=words)
    return try_speech(replace(turn, speech=speech), where, rules)


def begin(turn: Turn, where: int, rules: Rules, may_reopen: bool) -> Moved:
    """The user starts to speak: over nothing, over a reply not heard yet, or over a living one."""
    speech = Speech(turn.turns + 1, where, latest=where, words=Words(news=where))
    turn = replace(turn, user=User.TALKING, speech=speech, turns=speech.turn)
    reply = turn.reply
    if reply is None or not rules.interrupt:
        return open_turn(turn)
    if reply.stage is Stage.COMMITTED and may_reopen and turn.unheard < rules.limits.unheard_max:
        turn, opened = open_turn(turn, continues=reply.turn if reply.cause is Cause.USER else None)
        turn, cancelled = cancel(replace(turn, unheard=turn.unheard + 1), "turn_detected")
        return turn, opened + cancelled
    return try_speech(turn, where, rules)


def try_speech(turn: Turn, where: int, rules: Rules) -> Moved:
    """Put speech on trial over the living reply: duck at once, or hold at once where no backchannel
    is possible.
    """
    reply, speech = turn.reply, turn.speech
    assert reply is not None
    assert speech is not None
    speech = replace(speech, trial=where, acquitted_until=None)
    turn = replace(turn, speech=speech)
    if not audible(reply) or reply.held:
        return turn, []
    if hold_ms(turn, rules) == 0:
        return hold(turn)
    turn = replace(turn, reply=replace(reply, ducked=True, likely_at=None))
    return turn, [] if reply.ducked else [Duck(reply.id)]


def hold_ms(turn: Turn, rules: Rules) -> int:
    reply = turn.reply
    fresh = reply is not None and turn.at - reply.since < rules.overlap.fresh_ms
    return 0 if fresh or not rules.overlap.backchannels else rules.overlap.hold_ms


def hold(turn: Turn) -> Moved:
    reply = turn.reply
    assert reply is not None
    if reply.held:
        return turn, []
    return replace(turn, reply=replace(reply, held=True, likely_at=None)), [Hold(reply.id)]


def go_on(turn: Turn, where: int, rules: Rules) -> Moved:
    """The pause was only a pause."""
    speech = turn.speech
    assert speech is not None
    words = replace(speech.words, final=False, news=max(where, speech.words.news))
    speech = replace(speech, latest=where, end=None, probability=None, words=words)
    turn = replace(turn, user=User.TALKING, speech=speech)
    turn, dropped = drop(turn)
    if committed(turn.reply) and rules.interrupt:
        turn, tried = try_speech(turn, where, rules)
        return turn, dropped + tried
    return turn, dropped


def stopped(turn: Turn, event: SpeechStopped, rules: Rules) -> Moved:
    turn = replace(turn, voiced=False)
    if turn.user is not User.TALKING or turn.speech is None:
        return turn, []
    if turn.speech.acquitted_until is not None:
        return forget(replace(turn, speech=replace(turn.speech, end=event.end)))
    return pause(turn, event.end)


def pause(turn: Turn, end: int) -> Moved:
    assert turn.speech is not None
    end = max(end, turn.speech.begin)
    speech = replace(turn.speech, end=end)
    return replace(turn, user=User.PAUSING, speech=speech), [Settle(end)]


# --- opening and closing -------------------------------------------------------------------------


def open_turn(turn: Turn, continues: int | None = None) -> Moved:
    """Announce the speech, if that has not been done."""
    speech = turn.speech
    assert speech is not None
    if speech.open:
        return replace(turn, speech=replace(speech, trial=None, acquitted_until=None)), []
    actions: list[Action] = [OpenTurn(speech.turn, speech.begin, continues)]
    if speech.words.text:
        actions.append(Transcribe(speech.turn, speech.words.text, final=False))
    speech = replace(speech, open=True, trial=None, acquitted_until=None)
    return replace(turn, speech=speech, quiet_since=None, idles=0), actions


def interrupt(turn: Turn) -> Moved:
    """It is an interruption: the user has the floor. Opening comes before cancelling: clients need
    that order.
    """
    assert turn.speech is not None
    turn, actions = open_turn(turn)
    if turn.reply is None or turn.speech is None:
        return turn, actions
    speech = replace(turn.speech, cut=turn.reply.id if audible(turn.reply) else None)
    turn, cancelled = cancel(replace(turn, speech=speech), "turn_detected")
    return turn, actions + cancelled


def acquit(turn: Turn, rules: Rules) -> Moved:
    """It is none: the reply goes on. The verdict lasts only so long while the user talks."""
    assert turn.speech is not None
    if turn.user is User.PAUSING:
        return forget(turn)
    until = turn.at + rules.overlap.confirm_ms
    turn = replace(turn, speech=replace(turn.speech, acquitted_until=until))
    return resume(turn)


def forget(turn: Turn) -> Moved:
    """The speech was nothing. A turn that was open before goes on pausing where it was."""
    speech = turn.speech
    assert speech is not None
    if speech.open:
        speech = replace(speech, trial=None, acquitted_until=None)
        turn, resumed = resume(replace(turn, user=User.PAUSING, speech=speech))
        return turn, [Settle(speech.end if speech.end is not None else turn.listened), *resumed]
    turn, resumed = resume(replace(turn, user=User.QUIET, speech=None))
    return turn, [ForgetTurn(None), *resumed]


def unopposed(turn: Turn) -> Moved:
    """There is no reply any more that speech could be on trial over."""
    speech = turn.speech
    if turn.reply is not None or speech is None or not on_trial(speech):
        return turn, []
    if speech.acquitted_until is not None:
        return turn, []
    return open_turn(turn)


def close(turn: Turn, end: int, rules: Rules, manual: bool = False, answer: bool = True) -> Moved:
    """The turn is over. Its words may still come, until `text_by`."""
    speech = turn.speech
    assert speech is not None
    closed = Closed(
        speech.turn,
        speech.begin,
        end,
        speech.words,
        text_by=turn.at + rules.patience.text_wait_ms,
        answer=answer and rules.create,
        cut=speech.cut,
    )
    actions: list[Action] = [CloseTurn(speech.turn, end, manual)]
    if closed.words.final:
        actions.append(Transcribe(speech.turn, closed.words.text, final=True))
    turn = replace(turn, user=User.QUIET, speech=None, closed=closed, quiet_since=turn.at, idles=0)
    return turn, actions


def end_turn(turn: Turn, rules: Rules) -> Moved:
    """Silence has decided: close the turn, and answer it if there is something to answer."""
    speech = turn.speech
    assert speech is not None
    end = speech.end if speech.end is not None else turn.listened
    turn, closing = close(turn, end, rules)
    turn, answering = answer(turn, rules)
    return turn, closing + answering


def answer(turn: Turn, rules: Rules) -> Moved:
    """Commit the draft for the closed turn, or owe the answer; speech without words is not
    answered.
    """
    closed = turn.closed
    assert closed is not None
    text = closed.words.text
    if not text and wordy(rules):
        turn, dropped = drop(turn)
        return (wordless(turn) if closed.words.final else turn), dropped
    if not closed.answer:
        return drop(turn)
    if committed(turn.reply):
        return owe(turn, Owed(Cause.USER)), []
    if turn.reply is None:
        turn, drafted = draft(turn, Owed(Cause.USER), text, closed.turn)
    elif not same_words(turn.reply.basis, text):
        turn, drafted = redraft(turn, text)
    else:
        drafted = []
    turn, done = commit(turn)
    return turn, drafted + done


def wordless(turn: Turn) -> Turn:
    """The turn that cut a reply held no words: the rest of that reply is owed."""
    closed = turn.closed
    if closed is None or closed.cut is None:
        return turn
    return owe(turn, Owed(Cause.RESUME, resumes=closed.cut))
