"""The one door of the turn engine: an event in, the next turn and its actions out."""

from __future__ import annotations

from dataclasses import replace

from voiceagent import events as e
from voiceagent.events import Action, Event
from voiceagent.rules import Rules
from voiceagent.turn import client, replies, speech, words
from voiceagent.turn.alarms import ring
from voiceagent.turn.state import Moved, Turn


def step(turn: Turn, event: Event, rules: Rules) -> tuple[Turn, list[Action]]:
    """Return the next turn and what to do about it. An event that means nothing here changes
    nothing but the time.

    Total and pure: it cannot sleep, log or fail. What the event makes possible or due happens in
    the same step.
    """
    turn = replace(turn, at=max(turn.at, event.at))
    turn, actions = happened(turn, event, rules)
    while (moved := followed(turn, rules)) is not None:
        turn, more = moved
        actions += more
    return turn, actions


def happened(turn: Turn, event: Event, rules: Rules) -> Moved:
    match event:
        case e.Tick(listened=listened):
            listened = max(turn.listened, min(listened, turn.at))
            return replace(turn, listened=listened, lag=turn.at - listened), []
        case e.SpeechLikely():
            return speech.likely(turn, event, rules)
        case e.SpeechStarted():
            return speech.started(turn, event, rules)
        case e.SpeechStopped():
            return speech.stopped(turn, event, rules)
        case e.Heard():
            return words.heard(turn, event, rules)
        case e.Scored():
            return words.scored(turn, event)
        case e.Judged():
            return words.judged(turn, event, rules)
        case e.EarsFailed():
            return words.ears_failed(turn, event, rules)
        case e.ReplyAudible():
            return replies.reply_audible(turn, event)
        case e.ReplyFinished():
            return replies.reply_finished(turn, event)
        case e.ReplyFailed():
            return replies.reply_failed(turn, event)
        case e.ToolAsked():
            return replies.tool_asked(turn, event)
        case e.ToolFinished():
            return replies.tool_finished(turn, event)
        case e.TurnHandedOver():
            return client.handed_over(turn, event, rules)
        case e.TurnCleared():
            return client.cleared(turn, event)
        case e.ReplyAsked():
            return replies.reply_asked(turn, event)
        case e.CancelAsked():
            return replies.cancel_asked(turn, event)
        case e.Truncated():
            return replies.truncated(turn, event)
        case e.RulesChanged():
            return client.rules_changed(turn, event)
        case e.LinkLost():
            return client.link_lost(turn, event)
        case e.Felt() | e.SoundMade() | e.Stalled() | e.LinkBack():
            return turn, []


def followed(turn: Turn, rules: Rules) -> Moved | None:
    """What follows at once: speech that nothing opposes any more, an alarm that is due, a debt that
    can be paid.
    """
    opened, actions = speech.unopposed(turn)
    if opened is not turn:
        return opened, actions
    paid, actions = replies.pay(turn)
    return (paid, actions) if actions else ring(turn, rules)
