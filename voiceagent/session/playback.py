"""What of a reply has been handed out, and what of that the user has heard.

Two axes: *handed* milliseconds, as the client counts the audio it got, and *track* milliseconds, a
position in the reply. They differ once a held reply has gone on at the start of the word that was
cut.
"""

from __future__ import annotations

from voiceagent.speaking.timeline import Timeline


class Playback:
    def __init__(self, delay_ms: int = 0) -> None:
        self.timeline = Timeline()
        self.delay_ms = delay_ms
        self.handed = 0
        self.track = 0
        self.reported: int | None = None  # what the client says it has played, in handed ms
        self._most: int | None = None  # a truncation
        self._horizon = 0  # wall ms at which all that was handed out will have been played
        self._joins: list[tuple[int, int]] = [(0, 0)]  # (handed ms, track ms)

    def hand_out(self, ms: int, wall: int) -> None:
        self.handed += ms
        self.track += ms
        self._horizon = max(self._horizon, wall) + ms

    def ahead(self, wall: int) -> int:
        """How much was handed out and not played yet, on the wire or in the client's buffer."""
        return max(0, self._horizon - wall)

    def ends_at(self) -> int:
        """The wall time at which the last of it will have been heard."""
        return self._horizon + self.delay_ms

    def played(self, wall: int) -> int:
        """How much the user has heard, in handed milliseconds."""
        estimate = self.handed - min(self.handed, max(0, self.ends_at() - wall))
        played = estimate if self.reported is None else min(self.handed, self.reported)
        return played if self._most is None else min(played, self._most)

    def truncate(self, handed: int) -> None:
        """The client's word on how much was heard: it may lower that, never raise it."""
        self._most = handed if self._most is None else min(self._most, handed)

    def rewind(self, track: int) -> None:
        """Go on from here: the cut word is said again."""
        self.track = track
        self._joins.append((self.handed, track))

    def on_track(self, handed: int) -> int:
        """The position in the reply at which the user was when so much had been played."""
        start, track = self._joins[0]
        for join in self._joins:
            if join[0] > handed:
                break
            start, track = join
        return track + max(0, handed - start)

    def said(self, wall: int) -> str:
        return self.timeline.said(self.on_track(self.played(wall)))

    def rest(self, wall: int) -> str:
        """What the user has not heard, from the cut word on."""
        return self.timeline.rest(self.on_track(self.played(wall)))
