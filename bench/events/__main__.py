"""How long events of viewers take.

    python -m bench.events [--events 1000000] [--seed 1] [--ways engine,hand,naive,pandas,pandas_by_segment]

Makes a month's events from a seed, computes them in each way in a process of its own, checks that all that two ways
make is equal, then prints CPU seconds, wall seconds, peak memory and each way's CPU against the engine's.
`engine again` is the second computation of one process, as in a worker. `one session` (asked for by name) is what it
costs after a shift of one broadcast was corrected, beside a computation that is there; its figures are compared with
those of the whole month computed again.
"""

import argparse
import multiprocessing
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from bench.events import ways, world

WAYS = ("engine", "engine again", "hand", "naive", "pandas", "pandas_by_segment", "one session")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--ways", default=",".join(WAYS[:-1]))
    args = parser.parse_args()
    chosen = [way for way in WAYS if way in args.ways.split(",")]
    spawn = multiprocessing.get_context("spawn")
    with (
        tempfile.TemporaryDirectory() as folder,
        ProcessPoolExecutor(1, mp_context=spawn, max_tasks_per_child=1) as one,
    ):
        one.submit(world.write, args.seed, args.events, Path(folder) / "1").result()
        size = (Path(folder) / "1/event.parquet").stat().st_size / 2**20
        print(
            f"{args.events:,} events, {len(world.sessions(args.seed, args.events)):,} sessions, {size:.0f} MB",
            flush=True,
        )
        results = {}
        for way in chosen:
            results[way] = one.submit(ways.measured, way, args.seed, args.events, folder).result()
            cpu, wall, peak, _found = results[way]
            print(f"{way:17} CPU {cpu:7.1f} s  wall {wall:7.1f} s  peak {peak:7.0f} MB", flush=True)
    base = results[chosen[0]]
    wrong = 0
    for way in chosen[1:]:
        same = [name for name in base[3] if name in results[way][3]]
        differ = [name for name in same if base[3][name] != results[way][3][name]]
        wrong += len(differ)
        said = f"NOT EQUAL: {', '.join(differ)}" if differ else f"equal: {', '.join(same)}"
        print(f"{way:17} : {chosen[0]} = {results[way][0] / base[0]:.2f}  {said}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
