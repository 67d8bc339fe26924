"""The command line: `voiceagent serve | demo | talk | ask | transcribe | say | sing | ...`.

Errors of ours end as one line on stderr. Exit codes: 0 well, 1 it went wrong, 2 it was asked for
wrongly.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from voiceagent import __version__
from voiceagent.cli import (
    check,
    feeling,
    listing,
    one_turn,
    saying,
    serving,
    singing,
    talking,
    writing,
)
from voiceagent.errors import ConfigError, MissingExtra, Refused, VoiceAgentError

WRONG_USE = (ConfigError, MissingExtra, Refused)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the entry point of the program `voiceagent`."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # more threads are slower on small matrices
    given = parser().parse_args(argv)
    try:
        return int(given.run(given))
    except VoiceAgentError as problem:
        print(f"voiceagent: {problem}", file=sys.stderr)
        return code_of(problem)
    except KeyboardInterrupt:
        return 0
    except BrokenPipeError:  # the reader of our output has had enough
        sys.stderr.close()
        return 0


def code_of(problem: VoiceAgentError) -> int:
    return 2 if isinstance(problem, WRONG_USE) else 1


def parser() -> argparse.ArgumentParser:
    root = argparse.ArgumentParser(
        prog="voiceagent", description="A full-duplex speech agent that you host yourself."
    )
    root.add_argument("--version", action="version", version=f"voiceagent {__version__}")
    commands = root.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for room in (serving, talking, one_turn, writing, saying, singing, feeling, listing, check):
        room.add_to(commands)
    return root
