"""The command line of a peer bench: one run, one JSON lines file, one row of a table."""

import argparse
import asyncio
import json
import os
from collections.abc import Sequence
from pathlib import Path

import psutil

from tests.bench.peers.clips import Clip, orders, utterances
from tests.bench.peers.figures import Row, table_row
from tests.bench.peers.modes import MODES, Bench, Peer, Setting


def setting_of(texts: Sequence[str], known: frozenset[str]) -> Setting:
    setting: Setting = {}
    for text in texts:
        key, _, value = text.partition("=")
        if key not in known:
            raise SystemExit(f"unknown setting {key}; this peer knows {', '.join(sorted(known))}")
        setting[key] = float(value)
    return setting


def arguments(peer: Peer) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=f"Benches of {peer.name}; see README.md.")
    parser.add_argument("mode", choices=MODES)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=SECONDS")
    parser.add_argument("--assets", type=Path, required=True, help="wavs of moonshine-voice")
    parser.add_argument("--data", default=os.environ.get("VOICEAGENT_DATA"))
    parser.add_argument("--clips", type=int, help="only the first so many, in seeded order")
    parser.add_argument("--conversations", type=int, default=1, help="at the same time")
    parser.add_argument("--sessions", type=int, default=1, help="of load")
    parser.add_argument("--seconds", type=float, default=60, help="of load")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path())
    return parser.parse_args()


def chosen(options: argparse.Namespace) -> list[Clip]:
    if options.mode != "orders":
        return utterances(options.assets)[: options.clips]
    if not options.data:
        print("skipped: orders needs VOICEAGENT_DATA, the folder that holds speech/commands_en")
        raise SystemExit(0)
    return orders(Path(options.data), options.clips, options.seed)


def main(peer: Peer) -> None:
    options = arguments(peer)
    clips = chosen(options)
    setting = setting_of(options.set, peer.settings)
    bench = Bench(
        peer,
        options.mode,
        setting,
        options.sessions,
        options.conversations,
        options.seconds,
        options.seed,
    )
    psutil.cpu_percent()
    rows, summary = asyncio.run(MODES[options.mode](bench, clips))
    machine: Row = {"machine_percent": psutil.cpu_percent(), "load": os.getloadavg()[0]}
    run: Row = {"peer": peer.name, "mode": options.mode, "setting": setting, "seed": options.seed}
    options.out.mkdir(parents=True, exist_ok=True)
    with options.out.joinpath(file_name(bench)).open("w") as file:
        for row in (run | machine | summary, *rows):
            file.write(json.dumps(row) + "\n")
    print(table_row(run, summary | machine), flush=True)


def file_name(bench: Bench) -> str:
    parts = [bench.peer.name.split()[0], bench.mode]
    parts += [f"{key}-{value:g}" for key, value in bench.setting.items()]
    if bench.mode == "load":
        parts.append(str(bench.sessions))
    return "_".join(parts) + ".jsonl"
