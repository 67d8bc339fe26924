"""What only the passing of time brings about, as a table.

Each alarm knows when it is due and what it then does. `deadline` is the earliest of them, so
nothing has to be set or forgotten. Silence is counted on what the ears have listened to, everything
else on the clock.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from voiceagent.events import Cause, Fill, Idle
from voiceagent.rules import Rules, patience_ms
from voiceagent.turn.replies import commit, draft, pay, resume, run_waiting, waits_for_words
from voiceagent.turn.speech import (
    end_turn,
    forget,
    hold,
    hold_ms,
    interrupt,
    open_turn,
    pause,
    try_speech,
)
from voiceagent.turn.state import (
    Moved,
    Owed,
    Stage,
    Turn,
    User,
    audible,
    committed,
    on_trial,
    wordy,
)

Due = Callable[[Turn, Rules], int | None]
Act = Callable[[Turn, Rules], Moved]


@dataclass(frozen=True, slots=True)
class Alarm:
    due: Due
    act: Act
    axis: Literal["clock", "audio"] = "clock"


def deadline(turn: Turn, rules: Rules) -> int | None:
    """The next time at which a Tick could change this turn: the only alarm that a session keeps."""
    times = [
        due + (turn.lag if alarm.axis == "audio" else 0)
        for alarm in ALARMS
        if (due := alarm.due(turn, rules)) is not None
    ]
    return min(times, default=None)


def listen_until(turn: Turn, rules: Rules) -> int | None:
    """The next position in the user's audio at which a Tick could change this turn."""
    audio = (alarm.due(turn, rules) for alarm in ALARMS if alarm.axis == "audio")
    return min((due for due in audio if due is not None), default=None)


def ring(turn: Turn, rules: Rules) -> Moved | None:
    """Do what is due first, or None."""
    for alarm in ALARMS:
        due = alarm.due(turn, rules)
        now = turn.listened if alarm.axis == "audio" else turn.at
        if due is not None and due <= now:
            return alarm.act(turn, rules)
    return None


# --- overlap -------------------------------------------------------------------------------------


def tried(turn: Turn) -> int | None:
    """Where speech that is on trial, and still going on, is counted from."""
    speech = turn.speech
    if speech is None or turn.user is not User.TALKING or speech.acquitted_until is not None:
        return None
    return speech.trial


def hold_due(turn: Turn, rules: Rules) -> int | None:
    begin = tried(turn)
    if begin is None or turn.reply is None or turn.reply.held or not audible(turn.reply):
        return None
    return begin + min(hold_ms(turn, rules), rules.overlap.confirm_ms)


def confirm_due(turn: Turn, rules: Rules) -> int | None:
    begin = tried(turn)
    return None if begin is None else begin + rules.overlap.confirm_ms


def give_back_due(turn: Turn, rules: Rules) -> int | None:
    speech = turn.speech
    if speech is None or turn.user is not User.PAUSING or not on_trial(speech):
        return None
    return None if speech.end is None else speech.end + rules.overlap.give_back_ms


def verdict_due(turn: Turn, rules: Rules) -> int | None:
    return turn.speech.acquitted_until if turn.speech is not None else None


def verdict_expires(turn: Turn, rules: Rules) -> Moved:
    """The user still talks over the reply: try again."""
    if turn.reply is None:
        return open_turn(turn)
    return try_speech(turn, turn.listened, rules)


def likely_due(turn: Turn, rules: Rules) -> int | None:
    reply = turn.reply
    if reply is None or reply.likely_at is None or turn.user is not User.QUIET:
        return None
    return reply.likely_at + rules.overlap.likely_ms


# --- the end of a turn ---------------------------------------------------------------------------


def pausing_since(turn: Turn) -> int | None:
    speech = turn.speech
    if speech is None or turn.user is not User.PAUSING or not speech.open or on_trial(speech):
        return None
    return speech.end


def draft_due(turn: Turn, rules: Rules) -> int | None:
    end = pausing_since(turn)
    if end is None or turn.reply is not None or not rules.create or turn.speech is None:
        return None
    words = turn.speech.words
    if wordy(rules) and (not words.text or not (words.final or words.until > turn.speech.latest)):
        return None
    return end + min(rules.patience.draft_ms, patience_ms(rules, turn.speech.probability))


def draft_turn(turn: Turn, rules: Rules) -> Moved:
    assert turn.speech is not None
    return draft(turn, Owed(Cause.USER), turn.speech.words.text, turn.speech.turn)


def close_due(turn: Turn, rules: Rules) -> int | None:
    end = pausing_since(turn)
    if end is None or turn.speech is None:
        return None
    wait = 0 if turn.speech.words.final else rules.patience.text_wait_ms
    return end + patience_ms(rules, turn.speech.probability) + wait


def wordless_due(turn: Turn, rules: Rules) -> int | None:
    """Words came, then none for long, though a voice is still detected: a television, a fan."""
    speech = turn.speech
    if speech is None or turn.user is not User.TALKING or not speech.open or on_trial(speech):
        return None
    return speech.words.news + rules.limits.wordless_ms if speech.words.text else None


def wordless_pause(turn: Turn, rules: Rules) -> Moved:
    assert turn.speech is not None
    return pause(turn, min(turn.speech.words.until, turn.listened))


def too_long_due(turn: Turn, rules: Rules) -> int | None:
    speech = turn.speech
    if speech is None or turn.user is not User.TALKING or not speech.open:
        return None
    return speech.begin + rules.limits.turn_max_ms


def too_long(turn: Turn, rules: Rules) -> Moved:
    turn, paused = pause(turn, turn.listened)
    turn, ended = end_turn(turn, rules)
    return turn, paused + ended


# --- the reply, and nothing ----------------------------------------------------------------------


def final_due(turn: Turn, rules: Rules) -> int | None:
    reply = turn.reply
    if reply is None or not committed(reply) or not reply.waiting or turn.user is not User.QUIET:
        return None
    return reply.committed_at + rules.limits.final_ms


def fill_due(turn: Turn, rules: Rules) -> int | None:
    reply = turn.reply
    if reply is None or reply.stage is not Stage.COMMITTED or reply.filled:
        return None
    if all(owner != reply.id for _, owner in turn.running):
        return None
    return reply.committed_at + rules.limits.filler_ms


def fill(turn: Turn, rules: Rules) -> Moved:
    reply = turn.reply
    assert reply is not None
    call = next(call for call, owner in turn.running if owner == reply.id)
    return replace(turn, reply=replace(reply, filled=True)), [Fill(reply.id, call)]


def words_due(turn: Turn, rules: Rules) -> int | None:
    """A reply is owed and waits for words that may never come."""
    asked = any(debt.cause in (Cause.CLIENT, Cause.USER) for debt in turn.owed)
    if not asked or turn.reply is not None or turn.closed is None or turn.closed.words.final:
        return None
    return turn.closed.text_by if waits_for_words(turn) else None


def idle_due(turn: Turn, rules: Rules) -> int | None:
    limits = rules.limits
    busy = turn.user is not User.QUIET or turn.reply is not None or turn.owed or turn.running
    if limits.idle_ms is None or turn.quiet_since is None or busy:
        return None
    return None if turn.idles >= limits.idle_times else turn.quiet_since + limits.idle_ms


def speak_up(turn: Turn, rules: Rules) -> Moved:
    assert turn.quiet_since is not None
    idle = Idle(turn.quiet_since, turn.at)
    turn, drafted = draft(replace(turn, idles=turn.idles + 1), Owed(Cause.IDLE))
    turn, done = commit(turn)
    return turn, [idle, *drafted, *done]


ALARMS: tuple[Alarm, ...] = (
    Alarm(confirm_due, lambda turn, rules: interrupt(turn), "audio"),
    Alarm(hold_due, lambda turn, rules: hold(turn), "audio"),
    Alarm(give_back_due, lambda turn, rules: forget(turn), "audio"),
    Alarm(verdict_due, verdict_expires),
    Alarm(likely_due, lambda turn, rules: resume(turn)),
    Alarm(close_due, end_turn, "audio"),
    Alarm(draft_due, draft_turn, "audio"),
    Alarm(wordless_due, wordless_pause, "audio"),
    Alarm(too_long_due, too_long, "audio"),
    Alarm(final_due, lambda turn, rules: run_waiting(turn)),
    Alarm(fill_due, fill),
    Alarm(words_due, lambda turn, rules: pay(turn)),
    Alarm(idle_due, speak_up),
)
