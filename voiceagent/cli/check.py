"""`voiceagent doctor` and `voiceagent profiles`."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable
from contextlib import aclosing
from typing import TYPE_CHECKING

from voiceagent.cli.options import Commands

if TYPE_CHECKING:
    from voiceagent.doctor import Finding, Need

SIGNS = {"ok": "ok", "note": "note", "fault": "FAULT"}


def add_to(commands: Commands) -> None:
    doctor = commands.add_parser("doctor", help="check this installation, and what profiles need")
    doctor.set_defaults(run=run_doctor)
    profiles = commands.add_parser("profiles", help="list the profiles")
    profiles.set_defaults(run=run_profiles)


def run_doctor(given: argparse.Namespace) -> int:
    import anyio

    from voiceagent.doctor import profiles_needs

    faults = anyio.run(examine)
    print("\nprofiles")
    for need in profiles_needs(os.environ):
        print(line_of(need))
    print(f"\n{faults} fault(s) found" if faults else "\neverything works")
    return 1 if faults else 0


async def examine() -> int:
    from voiceagent import doctor

    faults = 0
    async with aclosing(doctor.examine(os.environ)) as findings:
        async for finding in findings:
            print(row(finding), flush=True)
            faults += finding.verdict == "fault"
    return faults


def row(finding: Finding) -> str:
    return f"  {SIGNS[finding.verdict]:<6} {finding.what:<20} {finding.told}"


def line_of(need: Need) -> str:
    if need.fault:
        return f"  {'FAULT':<6} {need.profile:<20} {need.fault}"
    if need.missing:
        return f"  {'needs':<6} {need.profile:<20} {need.needs}; run: {joined(need.missing)}"
    return f"  {'ready':<6} {need.profile:<20} needs {need.needs}"


def joined(commands: Iterable[str]) -> str:
    return " && ".join(dict.fromkeys(commands))


def run_profiles(given: argparse.Namespace) -> int:
    from voiceagent import DEFAULT_PROFILE, bundle

    for name in bundle.profiles():
        data = bundle.read_yaml(bundle.profile_path(name))
        default = " (default)" if name == DEFAULT_PROFILE else ""
        print(f"{name}{default}: {data.get('about', '')} Needs: {data.get('needs') or 'nothing'}.")
    return 0
