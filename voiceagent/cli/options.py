"""Options that several commands share."""

from __future__ import annotations

import argparse
import os
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, TypeAlias

from voiceagent import DEFAULT_PROFILE

if TYPE_CHECKING:
    from voiceagent.client import Call
    from voiceagent.waiting import Desk

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
KEY = "VOICEAGENT_KEY"


def add_agent(command: argparse.ArgumentParser) -> None:
    """Where the agent is: in this program, or on a server."""
    where = command.add_mutually_exclusive_group()
    where.add_argument(
        "--profile",
        help=f"an agent in this program: a profile's name or file (default: {DEFAULT_PROFILE})",
    )
    where.add_argument("--url", help="an agent on a server, such as ws://127.0.0.1:8765")
    command.add_argument("--key", help=f"the server's key (default: ${KEY})")


def open_agent(given: argparse.Namespace) -> AbstractAsyncContextManager[Call]:
    from voiceagent.agent import Agent
    from voiceagent.client import connect

    if given.url is None:
        return Agent.from_profile(given.profile or DEFAULT_PROFILE)
    return connect(given.url, given.key or os.environ.get(KEY) or None)


def open_sound(given: argparse.Namespace) -> AbstractAsyncContextManager[Desk]:
    from voiceagent.waiting import open_desk

    return open_desk(given.profile, given.url, given.key or os.environ.get(KEY) or None)
