"""What the reports of the benchmarks share: numbers, tables, verdicts, and the machine they were made on."""

import contextlib
import datetime
import os
import pathlib
import platform
import statistics
import subprocess

REPO = pathlib.Path(__file__).resolve().parent.parent


def number(value):
    if value >= 1000:
        return f"{value:,.0f}"
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def spread(values):
    """median (lowest – highest)"""
    if not values:
        return "–"
    middle = number(statistics.median(values))
    return middle if len(values) == 1 else f"{middle} ({number(min(values))} – {number(max(values))})"


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|" + "|".join([" --- "] + [" ---: "] * (len(header) - 1)) + "|"]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def verdict(values, limit):
    if not values:
        return "not measured"
    if min(values) > limit:
        return f"MISSED, by {(statistics.median(values) / limit - 1) * 100:.0f} %"
    if statistics.median(values) > limit:
        return "undecided: the median is over, the lower end of the spread is not"
    return "met"


def first_line(command):
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return done.stdout.strip().splitlines()[0] if done.returncode == 0 and done.stdout.strip() else ""
    except OSError:
        return ""


def compiler_of(build_dir):
    with contextlib.suppress(OSError):
        for line in (build_dir / "CMakeCache.txt").read_text().splitlines():
            if line.startswith("CMAKE_CXX_COMPILER:"):
                return first_line([line.split("=", 1)[1], "--version"])
    return ""


def machine(build_dir, flags, cpus="", versions=()):
    """A table of where and of what the figures are; `cpus`: what runs on which, `versions`: further (what, version)."""
    model = ""
    memory = 0
    with contextlib.suppress(OSError):
        for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
        memory = int(pathlib.Path("/proc/meminfo").read_text().split()[1]) // 1024
    system = platform.freedesktop_os_release().get("PRETTY_NAME", "Linux")
    revision = first_line(["git", "-C", str(REPO), "rev-parse", "--short", "HEAD"])
    if revision and first_line(["git", "-C", str(REPO), "status", "--porcelain", "--untracked-files=no"]):
        revision += ", with changes"
    rows = [
        ("date", datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")),
        ("machine", f"{model}, {len(os.sched_getaffinity(0))} CPUs, {memory} MiB" + (f"; {cpus}" if cpus else "")),
        ("system", f"{system}, kernel {platform.release()}"),
        ("compiler", f"{compiler_of(build_dir)}, {flags}"),
        ("gyre", revision or "unknown revision"),
        *versions,
    ]
    return table(("what", "version"), rows).replace(" ---: |", " --- |")
