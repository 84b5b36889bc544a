#!/usr/bin/env python3
"""Runs the micro benchmarks several times over, in random order, and writes what they showed to bench/results/micro.md.

    bench/micro/run.py PROGRAM [--repetitions N] [--name NAME] [gyre_micro's own options, as --benchmark_filter=REGEX]

One timing alone says little on a machine that shares its cores: every figure is a median with its spread.
Only the Python standard library is needed to run this script.
"""

import argparse
import collections
import json
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import report  # noqa: E402

# What the project has set itself: benchmark -> the limit in nanoseconds for each.
GOALS = {
    "await_ready_child": 25,
    "yield": 10,
    "gather_two": 90,
    "spawn_and_join_1000": 60,
    "queue_items/1": 20,
    "queue_items/64": 20,
    "queue_items/unbounded": 20,
    "mutex_hand_over": 40,
    "mutex_uncontended": 5,
    "post_to_busy_loop": 15,
    "cancel_and_join_100k_sleepers": 500e6,
}
UNITS = (("ns", 1), ("µs", 1e3), ("ms", 1e6), ("s", 1e9))
TO_NANOSECONDS = {"ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9}


def title_of(name):
    """A benchmark's name without what only Google Benchmark needs."""
    name = re.sub(r"^(BM_|run/)", "", name)
    name = re.sub(r"/(real_time|manual_time|process_time|iterations:\d+|repeats:\d+)", "", name)
    name = name.replace("backend:0", "uring").replace("backend:1", "asio")
    return re.sub(r"_items/0$", "_items/unbounded" if name.startswith("queue") else "_items/rendezvous", name)


def nanoseconds(run):
    """What one of the things cost that the benchmark did."""
    if "gyre_ns" in run:
        return run["gyre_ns"]
    if "items_per_second" in run:
        return 1e9 / run["items_per_second"]
    return run["real_time"] * TO_NANOSECONDS[run["time_unit"]]


def remark(runs):
    last = runs[-1]
    remarks = []
    if "ratio" in last:
        remarks.append(f"{report.spread([run['ratio'] for run in runs])} × plain system calls")
    if "allocations" in last:
        remarks.append(f"{max(run['allocations'] for run in runs):g} allocations")
    return ", ".join(remarks)


def in_unit(values):
    """The values in the largest unit that keeps them above one, and its name."""
    name, size = next(((n, s) for n, s in reversed(UNITS) if min(values) >= s), UNITS[0])
    return [value / size for value in values], name


def measure(program, repetitions, options):
    """benchmark -> its runs"""
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "micro.json"
        subprocess.run([program, f"--benchmark_repetitions={repetitions}", "--benchmark_enable_random_interleaving=true",
                        "--benchmark_min_time=0.1", "--benchmark_display_aggregates_only=true", f"--benchmark_out={out}",
                        "--benchmark_out_format=json", *options], check=True)  # fmt: skip
        found = json.loads(out.read_text())["benchmarks"]
    found.sort(key=lambda run: (run["family_index"], run["per_family_instance_index"]))  # as they stand in the sources
    runs = collections.defaultdict(list)
    for run in found:
        if run["run_type"] == "iteration" and not run.get("error_occurred"):
            runs[title_of(run["name"])].append(run)
    return runs


def write(path, program, repetitions, runs):
    text = ["# Micro benchmarks\n"]
    text.append(f"Written by `bench/micro/run.py`: the median of {repetitions} runs in random order among the others', with the lowest and the highest in "
                "brackets, of what one await, item, hand-over or call costs. A goal is missed when even the lowest is over it.\n")  # fmt: skip
    text.append(report.machine(pathlib.Path(program).resolve().parent.parent, "preset release"))
    rows = []
    for title, of_one in runs.items():
        costs = [nanoseconds(run) for run in of_one]
        values, unit = in_unit(costs)
        goal = GOALS.get(title)
        limit = ""
        if goal:
            limits, limit_unit = in_unit([goal])
            limit = f"≤ {report.number(limits[0])} {limit_unit}: {report.verdict(costs, goal)}"
        rows.append((title, f"{report.spread(values)} {unit}", limit, remark(of_one)))
    text.append(report.table(("benchmark", "each", "goal", "remarks"), rows))
    path.write_text("\n".join(text))
    print(f"==> wrote {path}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", help="build/release/bench/gyre_micro")
    parser.add_argument("--repetitions", type=int, default=9)
    parser.add_argument("--name", default="micro", help="of the report in bench/results")
    options, others = parser.parse_known_args()
    runs = measure(options.program, options.repetitions, others)
    if not runs:
        sys.exit("micro: no benchmark ran; is there one that the filter takes?")
    write(report.REPO / "bench" / "results" / f"{options.name}.md", options.program, options.repetitions, runs)


main()
