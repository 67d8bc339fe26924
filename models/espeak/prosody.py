"""What each emotion does to speech: a table, as data.

Directions and sizes follow measured people against their own neutral; intensity 1 is about what
actors do (less in loudness, which has a ceiling here), intensity 0.5 half of it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from voiceagent.style import Style


@dataclass(frozen=True, slots=True)
class Feeling:
    """How a way of speaking differs from the plain one. All zero is plain."""

    pitch: float = 0.0  # semitones
    spread: float = 0.0  # of the melody round its middle: log factor
    slowness: float = 0.0  # log factor of the duration, pauses included
    level: float = 0.0  # decibels
    tilt: float = 0.0  # decibels per octave above 500 Hz
    breath: float = 0.0  # 0..1
    accent: float = 0.0  # semitones on stressed vowels
    weight: float = 0.0  # decibels on stressed vowels
    fall: float = 0.0  # semitones lost from begin to end
    ending: float = 0.0  # semitones more at the very end
    tremor: float = 0.0  # semitones, at 6 Hz
    jitter: float = 0.0  # semitones, from period to period
    creak: float = 0.0  # semitones of jitter more at the very end
    formants: float = 0.0  # log factor: a smile is above 0
    pauses: float = 0.0  # between parts: log factor, over slowness


FEELINGS = {
    "neutral": Feeling(),
    "happy": Feeling(
        pitch=5.5, spread=0.6, slowness=0.05, level=6, tilt=1.8, accent=2.5, weight=1, formants=0.03
    ),
    "excited": Feeling(
        *(7.0, 0.75, -0.14, 8, 2.6), accent=3, weight=2, formants=0.05, jitter=0.05, pauses=-0.3
    ),
    "angry": Feeling(
        *(6.2, 0.75, 0.06, 9, 3.2),
        accent=2,
        weight=3,
        fall=1,
        ending=-2,
        jitter=0.15,
        formants=0.02,
    ),
    "sad": Feeling(
        *(-1.8, -0.7, 0.32, -3, -1.8, 0.3),
        fall=1.0,
        ending=-1.5,
        creak=0.6,
        formants=-0.02,
        pauses=0.4,
    ),
    "calm": Feeling(-0.5, -0.6, 0.2, -2.5, -1.4, 0.15, pauses=0.3),
    "tender": Feeling(
        0.8, -0.3, 0.16, -4, -2.2, 0.45, accent=0.5, ending=-0.5, formants=0.03, pauses=0.2
    ),
    "fearful": Feeling(
        *(7.0, 0.2, -0.02, 6, 1.2, 0.3), ending=1, tremor=0.7, jitter=0.2, fall=-0.5
    ),
    "surprised": Feeling(
        *(5.0, 0.9, 0.0, 5, 0.8, 0.1), accent=3, weight=1, fall=-1.5, ending=2, formants=0.02
    ),
    "disgusted": Feeling(
        *(1.3, 0.45, 0.2, 3, 0.1), accent=1, weight=1.5, fall=1.5, ending=-2, creak=0.4, jitter=0.1
    ),
}
MODES = {
    "speak": Feeling(),
    "whisper": Feeling(slowness=0.05, level=-5, tilt=2.5, formants=0.04),
    "shout": Feeling(
        *(6.0, 0.25, 0.1, 9, 3.5), accent=1.5, weight=1.5, formants=0.03, jitter=0.1, pauses=-0.2
    ),
}


def feeling(style: Style) -> Feeling:
    """The emotion as strong as the style says, and the mode with it."""
    emotion, mode = FEELINGS[style.emotion], MODES.get(style.mode, MODES["speak"])
    return Feeling(
        *(
            style.intensity * getattr(emotion, field.name) + getattr(mode, field.name)
            for field in fields(Feeling)
        )
    )
