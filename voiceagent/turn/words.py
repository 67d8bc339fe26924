"""What the ears say beyond speech itself: words, scores, verdicts, and that they have failed."""

from __future__ import annotations

from dataclasses import replace

from voiceagent.events import Action, Cause, EarsFailed, Heard, Judged, Scored, Transcribe
from voiceagent.rules import Rules
from voiceagent.turn.replies import better_words, drop, owe, run_waiting
from voiceagent.turn.speech import acquit, begin, close, forget, go_on, interrupt, wordless
from voiceagent.turn.state import (
    Moved,
    Owed,
    Turn,
    User,
    Words,
    committed,
    on_trial,
    same_words,
    wordy,
)


def heard(turn: Turn, event: Heard, rules: Rules) -> Moved:
    speech = turn.speech
    if speech is not None and turn.user is not User.QUIET and event.until > speech.begin:
        return words_of_speech(turn, event, rules)
    closed = turn.closed
    if closed is not None and (event.final or event.until <= closed.end or not turn.voiced):
        return late_words(turn, event, rules)
    if turn.voiced and event.text and rules.turns == "auto" and speech is None:
        # The detector never fell since the turn was closed, and now somebody speaks again.
        turn, begun = begin(turn, event.until - 1, rules, may_reopen=False)
        turn, known = words_of_speech(turn, event, rules)
        return turn, begun + known
    return turn, []


def words_of_speech(turn: Turn, event: Heard, rules: Rules) -> Moved:
    speech = turn.speech
    assert speech is not None
    new = not same_words(event.text, speech.words.text)
    further = new or event.until > speech.words.until
    news = turn.listened if further else speech.words.news
    final = event.final and turn.user is User.PAUSING
    words = Words(event.text, event.until, final, news)
    turn = replace(turn, speech=replace(speech, words=words))
    actions: list[Action] = []
    if speech.open and new:
        actions.append(Transcribe(speech.turn, event.text, final=False))
    if turn.user is not User.PAUSING:
        return turn, actions
    if new and turn.voiced and speech.end is not None and event.until > speech.end:
        turn, on = go_on(turn, event.until, rules)
        return turn, actions + on
    turn, redrafted = better_words(turn, speech.turn, event.text)
    return turn, actions + redrafted


def late_words(turn: Turn, event: Heard, rules: Rules) -> Moved:
    """Words for a turn already closed: they mend it, redo an answer not heard yet, or make it
    answerable.
    """
    closed = turn.closed
    assert closed is not None
    if closed.words.final or (not event.final and same_words(event.text, closed.words.text)):
        return turn, []
    first = not closed.words.text
    words = replace(closed.words, text=event.text, until=event.until, final=event.final)
    closed = replace(closed, words=words)
    turn = replace(turn, closed=closed)
    actions: list[Action] = [Transcribe(closed.turn, event.text, event.final)]
    if not event.final:
        return turn, actions
    if not event.text:
        return (wordless(turn) if closed.answer else turn), actions
    turn, redrafted = better_words(turn, closed.turn, event.text)
    if first and closed.answer and wordy(rules) and not committed(turn.reply):
        turn = owe(turn, Owed(Cause.USER))
    return turn, actions + redrafted


def scored(turn: Turn, event: Scored) -> Moved:
    if turn.speech is None or turn.user is not User.PAUSING:
        return turn, []
    return replace(turn, speech=replace(turn.speech, probability=event.probability)), []


def judged(turn: Turn, event: Judged, rules: Rules) -> Moved:
    speech = turn.speech
    if speech is None or not on_trial(speech) or turn.user is User.QUIET:
        return turn, []
    if event.verdict == "interruption":
        return interrupt(turn)
    ran: list[Action] = []
    if event.assent and turn.reply is not None and turn.reply.waiting:
        turn, ran = run_waiting(turn)
    turn, acquitted = acquit(turn, rules)
    return turn, ran + acquitted


def ears_failed(turn: Turn, event: EarsFailed, rules: Rules) -> Moved:
    """The words of the current turn are lost: say so, and go on."""
    speech, closed = turn.speech, turn.closed
    lost = closed is not None and not closed.words.final and not closed.words.text
    if speech is not None and not speech.open:
        turn, forgotten = forget(turn)
        return turn, forgotten
    actions: list[Action] = []
    if speech is not None:
        turn, actions = drop(turn)
        turn, closing = close(turn, turn.listened, rules)
        actions += closing
    elif not lost:
        return turn, []
    assert turn.closed is not None
    apologise = turn.closed.answer
    turn = replace(turn, closed=None, voiced=False)
    return (owe(turn, Owed(Cause.APOLOGY)) if apologise else turn), actions
