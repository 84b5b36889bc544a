#!/usr/bin/env python3
"""Measures gyre side by side with other libraries, and with a floor written straight on io_uring.

    bench/peers/run.py [--quick] [--only http_client|sleeps] [--peers gyre,beast,...] [--rounds N] [--name NAME]

It builds what has to be built, starts one nginx worker on a free loopback port and on a CPU of its own, runs every peer on another CPU,
interleaved (A B C ... A B C ...), and writes bench/results/NAME.md and NAME.svg. A peer whose library is missing is left out with a note.
Only the Python standard library is needed to run this script.
"""

import argparse
import collections
import contextlib
import json
import os
import pathlib
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import textwrap
import time
import urllib.request
from xml.sax.saxutils import escape

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import report  # noqa: E402
from report import REPO, first_line, number, spread, table  # noqa: E402

PYTHON = "/usr/bin/python3"  # Debian's own, the one that sees Debian's python3-aiohttp and python3-uvloop
FLAGS = "-O2 -DNDEBUG"
RUN_TIMEOUT = 300  # seconds, for one run of one peer

# ---------------------------------------------------------------- what is measured

# kind: cmake (built from bench/peers/CMakeLists.txt), go, python. requests: for a body of 1 KiB and of 64 KiB, so many that a run measures
# about half a second of CPU at least.
Peer = collections.namedtuple("Peer", "key title kind source arguments requests", defaults=((), (0, 0)))

FLOOR = {"http_client": "raw_uring", "sleeps": "floor"}
PEERS = {
    "http_client": [
        Peer("raw_uring", "raw io_uring (floor)", "cmake", "raw_uring", (), (40000, 20000)),
        Peer("gyre", "gyre", "cmake", "gyre", (), (40000, 20000)),
        Peer("beast", "Boost.Beast", "cmake", "beast", (), (30000, 15000)),
        Peer("curl_multi", "libcurl multi", "cmake", "curl_multi", (), (20000, 15000)),
        Peer("go", "Go net/http", "go", "go", (), (20000, 15000)),
        Peer("aiohttp_uvloop", "aiohttp, uvloop", "python", "aiohttp_client.py", ("--uvloop",), (3000, 3000)),
        Peer("aiohttp", "aiohttp", "python", "aiohttp_client.py", (), (3000, 3000)),
    ],
    "sleeps": [
        Peer("floor", "frames and a heap (floor)", "cmake", "floor"),
        Peer("gyre", "gyre", "cmake", "gyre"),
        Peer("asio", "Asio", "cmake", "asio"),
        Peer("go", "Go", "go", "go"),
        Peer("uvloop", "asyncio, uvloop", "python", "asyncio_sleeps.py", ("--uvloop",)),
        Peer("asyncio", "asyncio", "python", "asyncio_sleeps.py"),
    ],
}
PYTHON_NEEDS = {
    "aiohttp_client.py": ("aiohttp", "python3-aiohttp"),
    "asyncio_sleeps.py": ("asyncio", "python3"),
}
BODIES = {"1 KiB": 1024, "64 KiB": 65536}
CONNECTIONS = (100, 1000)
SLEEPS = ((10_000, 5), (100_000, 1), (1_000_000, 1))  # count, seconds
SLOW_SLEEPS = 1_000_000  # from here on the Python peers take half a minute a run: they take part in every second round


def sleeps_title(count, seconds):
    return f"{count:,} × sleep({seconds})"


def http_title(body, connections):
    return f"{body} body, {connections} connections"


# ---------------------------------------------------------------- the goals

# value(sample of gyre, samples of the same round by peer) -> what is compared with the limit
Goal = collections.namedtuple("Goal", "text workload peers value limit unit")


def cpu_ratio(other):
    return lambda gyre, others: gyre["cpu_us"] / others[other]["cpu_us"]


GOALS = [
    Goal("CPU per request against the floor, 1 KiB, 1000 connections", http_title("1 KiB", 1000), ("raw_uring",), cpu_ratio("raw_uring"), 1.35, "×"),
    Goal("CPU per request against Beast, 1 KiB, 1000 connections", http_title("1 KiB", 1000), ("beast",), cpu_ratio("beast"), 1.0, "×"),
    Goal("CPU per request against libcurl, 1 KiB, 1000 connections", http_title("1 KiB", 1000), ("curl_multi",), cpu_ratio("curl_multi"), 1 / 3, "×"),
    Goal("CPU per request against the floor, 64 KiB, 100 connections", http_title("64 KiB", 100), ("raw_uring",), cpu_ratio("raw_uring"), 1.3, "×"),
    Goal("CPU per request against the floor, 64 KiB, 1000 connections", http_title("64 KiB", 1000), ("raw_uring",), cpu_ratio("raw_uring"), 1.3, "×"),
    Goal("peak RSS, 1 KiB, 1000 connections", http_title("1 KiB", 1000), (), lambda g, _: g["rss_mib"], 25, "MiB"),
    Goal("peak RSS, 64 KiB, 1000 connections", http_title("64 KiB", 1000), (), lambda g, _: g["rss_mib"], 25, "MiB"),
    Goal("10,000 × sleep(5), over the nominal", sleeps_title(10_000, 5), (), lambda g, _: g["over_ms"], 8, "ms"),
    Goal("1,000,000 × sleep(1), over the nominal", sleeps_title(1_000_000, 1), (), lambda g, _: g["over_ms"], 500, "ms"),
    Goal("1,000,000 × sleep(1), peak RSS", sleeps_title(1_000_000, 1), (), lambda g, _: g["rss_mib"], 400, "MiB"),
]


def say(text):
    print(text, flush=True)


# ---------------------------------------------------------------- building


class Builder:
    """Gives each peer's command line, or None and a note on why it is left out."""

    def __init__(self, options):
        self.build_dir, self.no_build, self.jobs = options.build_dir, options.no_build, options.jobs
        self.notes = []
        self.configured = False

    def left_out(self, folder, peer, why):
        note = f"{peer.title} ({folder}) is left out: {why}"
        say("note: " + note)
        self.notes.append(note)
        return None

    def command(self, folder, peer):
        make = {"cmake": self.cmake, "go": self.go, "python": self.python}[peer.kind]
        return make(folder, peer)

    def configure(self):
        compiler = "clang++-19" if shutil.which("clang++-19") else "c++"
        command = ["cmake", "-S", str(REPO), "-B", str(self.build_dir), "-DCMAKE_BUILD_TYPE=Release", f"-DCMAKE_CXX_FLAGS_RELEASE={FLAGS}",
                   f"-DCMAKE_C_FLAGS_RELEASE={FLAGS}", "-DGYRE_BENCH=ON", "-DGYRE_TESTS=OFF", "-DGYRE_EXAMPLES=OFF"]  # fmt: skip
        if not (self.build_dir / "CMakeCache.txt").exists():
            command.append(f"-DCMAKE_CXX_COMPILER={compiler}")
            if compiler == "clang++-19":
                command.append("-DCMAKE_C_COMPILER=clang-19")
            if shutil.which("ninja"):
                command += ["-G", "Ninja"]
        say("configuring " + str(self.build_dir))
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            sys.exit(f"error: cmake could not configure {self.build_dir}:\n{done.stdout}")
        self.configured = True

    def cmake(self, folder, peer):
        program = self.build_dir / "bench" / "peers" / folder / peer.source
        if not self.no_build:
            if not self.configured:
                self.configure()
            say(f"building {folder}/{peer.source}")
            command = ["cmake", "--build", str(self.build_dir), "--target", f"peer_{folder}_{peer.source}", "--parallel", str(self.jobs)]
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            if done.returncode != 0:
                said = [line for line in done.stdout.splitlines() if line.startswith("left out: ")]  # by CMakeLists.txt: a library is missing
                if said:
                    return self.left_out(folder, peer, said[0].removeprefix("left out: "))
                say(textwrap.indent(done.stdout[-4000:], "    "))
                return self.left_out(folder, peer, "it does not build")
        if not program.exists():
            return self.left_out(folder, peer, f"{program} is not built")
        return [str(program)]

    def go(self, folder, peer):
        program = self.build_dir / "bench" / "peers" / folder / "go"
        if not self.no_build:
            if shutil.which("go") is None:
                return self.left_out(folder, peer, "it needs Go: on Debian, apt-get install golang-go")
            program.parent.mkdir(parents=True, exist_ok=True)
            say(f"building go/{folder}")
            environment = dict(os.environ, GOFLAGS="-mod=mod", GOPROXY="off", GOTOOLCHAIN="local", CGO_ENABLED="0")
            done = subprocess.run(["go", "build", "-o", str(program), f"./{folder}"], cwd=HERE / peer.source, env=environment,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)  # fmt: skip
            if done.returncode != 0:
                say(textwrap.indent(done.stdout[-4000:], "    "))
                return self.left_out(folder, peer, "it does not build")
        if not program.exists():
            return self.left_out(folder, peer, f"{program} is not built")
        return [str(program)]

    def python(self, folder, peer):
        modules = [PYTHON_NEEDS[peer.source]]
        if "--uvloop" in peer.arguments:
            modules.append(("uvloop", "python3-uvloop"))
        for module, package in modules:
            try:
                found = subprocess.run([PYTHON, "-c", f"import {module}"], stderr=subprocess.DEVNULL).returncode == 0
            except OSError:
                found = False
            if not found:
                return self.left_out(folder, peer, f"it needs {module}: on Debian, apt-get install {package}")
        return [PYTHON, "-B", str(HERE / folder / peer.source), *peer.arguments]


# ---------------------------------------------------------------- running


def on_cpu(cpu):
    return lambda: os.sched_setaffinity(0, {cpu})


def allow_many_files():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard != resource.RLIM_INFINITY and hard < 4096:
        sys.exit(f"error: this shell may open {hard} files only, 1000 connections need 4096: raise `ulimit -Hn`")


@contextlib.contextmanager
def nginx(cpu):
    """One worker on one CPU, files of 1 KiB and 64 KiB, everything in a temporary folder; gives the URL of the folder."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        sys.exit("error: the HTTP clients need nginx to talk to: on Debian, apt-get install nginx-light")
    with tempfile.TemporaryDirectory(prefix="gyre-bench-") as folder:
        root = pathlib.Path(folder)
        (root / "www").mkdir()
        for size in BODIES.values():
            (root / "www" / str(size)).write_bytes(b"x" * size)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        # As root, nginx would give the worker to a user that cannot enter the temporary folder.
        user = "user root;" if os.geteuid() == 0 else ""
        temporary = "".join(f"{kind}_temp_path {root}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (root / "nginx.conf").write_text(f"""
{user}
worker_processes 1;
worker_rlimit_nofile 8192;
daemon off;
pid {root}/nginx.pid;
error_log {root}/error.log;
events {{ worker_connections 4096; accept_mutex off; multi_accept on; }}
http {{
    access_log off;
    keepalive_requests 1000000000;
    keepalive_timeout 3600s;
    tcp_nodelay on;
    # Head and body in one writev: with sendfile a small answer would come in two segments, and wake the client twice.
    sendfile off;
    output_buffers 1 128k;
    open_file_cache max=16 inactive=1h;
    open_file_cache_valid 1h;
    default_type application/octet-stream;
    {temporary}
    server {{ listen 127.0.0.1:{port} backlog=4096; root {root}/www; }}
}}
""")
        log = root / "stderr"
        with log.open("wb") as stderr:
            server = subprocess.Popen([program, "-p", folder, "-c", str(root / "nginx.conf"), "-e", str(root / "error.log")],
                                      stderr=stderr, preexec_fn=on_cpu(cpu))  # fmt: skip
        try:
            url = f"http://127.0.0.1:{port}/"
            plain = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            for attempt in range(100):
                try:
                    for size in BODIES.values():  # also brings the files into the page cache
                        with plain.open(url + str(size), timeout=5) as answer:
                            if len(answer.read()) != size:
                                sys.exit(f"error: nginx gives a wrong body for {url}{size}")
                    break
                except OSError:
                    if server.poll() is not None or attempt == 99:
                        sys.exit("error: nginx does not answer:\n" + log.read_text() + (root / "error.log").read_text())
                    time.sleep(0.05)
            yield url
        finally:
            server.terminate()
            server.wait()


class Results:
    """samples[workload][peer][round]: what one run gave."""

    def __init__(self):
        self.samples = collections.defaultdict(lambda: collections.defaultdict(dict))
        self.versions = {}
        self.notes = []

    def run(self, workload, peer, number, command, cpu):
        try:
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=RUN_TIMEOUT, preexec_fn=on_cpu(cpu))
        except subprocess.TimeoutExpired:
            return self.failed(workload, peer, number, f"no end within {RUN_TIMEOUT} s")
        try:
            sample = json.loads(done.stdout)
        except ValueError:
            why = done.stderr.strip().splitlines()
            return self.failed(workload, peer, number, why[-1] if why else f"exit status {done.returncode}")
        if sample.get("errors"):
            return self.failed(workload, peer, number, f"{sample['errors']} wrong or missing answers")
        if done.returncode != 0:
            return self.failed(workload, peer, number, f"exit status {done.returncode}")
        sample["cpu_s"] = sample["user_s"] + sample["sys_s"]
        sample["rss_mib"] = sample["peak_rss_kib"] / 1024
        if "requests" in sample:
            sample["cpu_us"] = sample["cpu_s"] / sample["requests"] * 1e6
            sample["rate"] = sample["requests"] / sample["wall_s"]
        self.samples[workload][peer.key][number] = sample
        self.versions[peer.title] = sample["version"]
        return sample

    def failed(self, workload, peer, number, why):
        note = f"{peer.title}, {workload}, round {number + 1} does not count: {why}"
        say("note: " + note)
        self.notes.append(note)
        return None

    def values(self, workload, peer, field):
        return [sample[field] for sample in self.samples[workload][peer].values()]

    def ratios(self, workload, peer, field, floor):
        """Each against the floor in the same round."""
        floors = self.samples[workload][floor]
        return [sample[field] / floors[n][field] for n, sample in self.samples[workload][peer].items() if n in floors and floors[n][field] > 0]


def measure_http(results, peers, rounds, scale, cpus):
    server_cpu, client_cpu = cpus
    with nginx(server_cpu) as url:
        for body, size in BODIES.items():
            for connections in CONNECTIONS:
                workload = http_title(body, connections)
                say(f"\n{workload}")
                for number in range(rounds):
                    for peer, command in peers:
                        requests = max(peer.requests[0 if size == 1024 else 1] // scale, connections)
                        sample = results.run(workload, peer, number, [*command, "--url", f"{url}{size}", "--connections", str(connections),
                                             "--requests", str(requests), "--expect", str(size)], client_cpu)  # fmt: skip
                        if sample:
                            say(f"  round {number + 1}  {peer.title:26} {sample['cpu_us']:8.2f} µs a request  {sample['rate']:8.0f} requests/s"
                                f"  {sample['rss_mib']:7.1f} MiB")  # fmt: skip


def measure_sleeps(results, peers, rounds, sleeps, cpu):
    for count, seconds in sleeps:
        workload = sleeps_title(count, seconds)
        say(f"\n{workload}")
        for number in range(rounds):
            for peer, command in peers:
                if peer.kind == "python" and count >= SLOW_SLEEPS and number % 2 == 1:
                    continue
                sample = results.run(workload, peer, number, [*command, "--count", str(count), "--seconds", str(seconds)], cpu)
                if sample:
                    say(f"  round {number + 1}  {peer.title:26} {sample['over_ms']:9.1f} ms over  {sample['cpu_s']:7.3f} s CPU"
                        f"  {sample['rss_mib']:7.1f} MiB")  # fmt: skip


# ---------------------------------------------------------------- the report


def judge(results):
    """(goal, values, verdict) for every goal that was measured."""
    judged = []
    for goal in GOALS:
        samples = results.samples.get(goal.workload, {})
        values = [goal.value(mine, {peer: samples[peer][n] for peer in goal.peers}) for n, mine in samples.get("gyre", {}).items()
                  if all(n in samples.get(peer, {}) for peer in goal.peers)]  # fmt: skip
        judged.append((goal, values, report.verdict(values, goal.limit)))
    return judged


def machine(results, options, cpus):
    nginx_version = first_line([shutil.which("nginx") or "/usr/sbin/nginx", "-v"]).removeprefix("nginx version: ")
    versions = [("nginx", nginx_version), *results.versions.items()]
    return report.machine(options.build_dir, FLAGS, f"nginx on CPU {cpus[0]}, the peers on CPU {cpus[1]}", versions)


def write_markdown(path, results, options, cpus, took):
    text = ["# gyre beside other libraries\n"]
    text.append("Written by `bench/peers/run.py`. Every figure is the median of interleaved rounds, with the lowest and the highest in brackets; ×floor "
                "is against the floor in the same round. Trust the ratios: times on one machine drift by a third. CPU is user + system of the whole "
                "client process after its connections are warm; on loopback it includes the kernel's TCP work for that client. Peak RSS is VmHWM.\n")  # fmt: skip
    if options.quick:
        text.append("**A quick run: it shows that everything works, its figures prove nothing.**\n")
    if cpus[0] == cpus[1]:
        text.append("**One CPU only: server and client share it, requests/s say nothing.**\n")

    judged = judge(results)
    text.append("## Goals\n")
    text.append(f"A goal is missed when even the lower end of the spread is over it. {summary(judged)}\n")
    rows = []
    for goal, values, verdict in judged:
        relation = "<" if goal.limit in (1.0, 1 / 3) else "≤"
        rows.append((goal.text, f"{relation} {number(goal.limit)} {goal.unit}", spread(values) + (f" {goal.unit}" if values else ""), verdict))
    text.append(table(("goal", "limit", "gyre", "verdict"), rows))
    text.append(f"![chart]({path.with_suffix('.svg').name})\n")

    for folder, heading in (("http_client", "HTTP client: keep-alive GETs against one nginx worker"), ("sleeps", "Sleeps")):
        titles = [w for w in results.samples if ("connections" in w) == (folder == "http_client")]
        if not titles:
            continue
        text.append(f"## {heading}\n")
        floor = FLOOR[folder]
        for workload in titles:
            text.append(f"### {workload}\n")
            rows = []
            for peer in PEERS[folder]:
                if not results.samples[workload].get(peer.key):
                    continue
                get = lambda field: spread(results.values(workload, peer.key, field))  # noqa: E731
                ratio = lambda field: spread(results.ratios(workload, peer.key, field, floor))  # noqa: E731
                rounds = str(len(results.samples[workload][peer.key]))
                if folder == "http_client":
                    rows.append((peer.title, get("cpu_us"), ratio("cpu_us"), get("rate"), ratio("rate"), get("rss_mib"), ratio("rss_mib"), rounds))
                else:
                    rows.append((peer.title, get("over_ms"), ratio("over_ms"), get("cpu_s"), ratio("cpu_s"), get("rss_mib"), ratio("rss_mib"), rounds))
            if folder == "http_client":
                header = ("client", "CPU a request, µs", "×floor", "requests/s", "×floor", "peak RSS, MiB", "×floor", "rounds")
            else:
                header = ("runtime", "over the nominal, ms", "×floor", "CPU, s", "×floor", "peak RSS, MiB", "×floor", "rounds")
            text.append(table(header, rows))

    text.append("## Machine and versions\n")
    text.append(machine(results, options, cpus))
    if results.notes:
        text.append("## Notes\n")
        text.append("\n".join(f"- {note}" for note in results.notes) + "\n")
    text.append(f"The whole run took {took / 60:.1f} minutes.\n")
    path.write_text("\n".join(text), encoding="utf-8")
    return judged


def summary(judged):
    counts = collections.Counter(verdict.split(",")[0].split(":")[0] for _, _, verdict in judged)
    return ", ".join(f"{counts[key]} {word}" for key, word in (("met", "met"), ("undecided", "undecided"), ("MISSED", "missed"),
                                                             ("not measured", "not measured")) if counts[key]).capitalize() + "."  # fmt: skip


# ---------------------------------------------------------------- the chart

WIDTH, LABEL, BAR, ROW = 860, 210, 470, 24
STYLE = """
    .paper { fill: #ffffff } .text { fill: #1f2328 } .soft { fill: #59636e } .grid { stroke: #d1d9e0 } .spread { stroke: #1f2328 }
    .floor { fill: #afb8c1 } .gyre { fill: #1a7f37 } .peer { fill: #6ea8e0 } .cut { stroke: #ffffff }
    text { font: 13px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif }
    .title { font-size: 17px; font-weight: 600 } .head { font-weight: 600 } .small { font-size: 11.5px }
    @media (prefers-color-scheme: dark) {
        .paper { fill: #0d1117 } .text { fill: #f0f6fc } .soft { fill: #9198a1 } .grid { stroke: #3d444d } .spread { stroke: #f0f6fc }
        .floor { fill: #656c76 } .gyre { fill: #3fb950 } .peer { fill: #316dca } .cut { stroke: #0d1117 }
    }
"""


def panels(results):
    """(heading, cap of the axis, rows of (title, key, ratios, label))"""
    for folder, field, unit, cap in (("http_client", "cpu_us", "µs", 6), ("sleeps", "over_ms", "ms", 24)):
        for workload in results.samples:
            if ("connections" in workload) != (folder == "http_client"):
                continue
            rows = []
            for peer in PEERS[folder]:
                ratios = results.ratios(workload, peer.key, field, FLOOR[folder])
                if ratios:
                    middle = statistics.median(results.values(workload, peer.key, field))
                    rows.append((peer.title, peer.key, ratios, f"{number(statistics.median(ratios))} ×  ·  {number(middle)} {unit}"))
            if rows:
                what = "CPU a request" if folder == "http_client" else "time over the nominal"
                yield f"{workload}: {what}, as a multiple of the floor", cap, rows


def write_chart(path, results):
    out = []
    y = 64
    for heading, cap, rows in panels(results):
        out.append(f'<text class="text head" x="20" y="{y}">{escape(heading)}</text>')
        y += 14
        top, bottom = y, y + ROW * len(rows)
        step = 1 if cap <= 8 else 4
        for tick in range(0, cap + 1, step):
            x = LABEL + BAR * tick / cap
            out.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{top}" y2="{bottom}"/>')
            out.append(f'<text class="soft small" x="{x:.1f}" y="{bottom + 15}" text-anchor="middle">{tick}</text>')
        for title, key, ratios, label in rows:
            middle = y + ROW / 2
            value = statistics.median(ratios)
            length = BAR * min(value, cap) / cap
            kind = "floor" if "floor" in title else "gyre" if key == "gyre" else "peer"
            out.append(f'<text class="text" x="{LABEL - 10}" y="{middle + 4.5:.1f}" text-anchor="end">{escape(title)}</text>')
            out.append(f'<rect class="{kind}" x="{LABEL}" y="{y + 4}" width="{max(length, 1):.1f}" height="{ROW - 8}" rx="2"/>')
            end = LABEL + length
            if value > cap:  # longer than the axis: cut through the bar, the label tells the length
                for shift in (22, 16):
                    out.append(f'<line class="cut" stroke-width="2.5" x1="{end - shift - 4:.1f}" x2="{end - shift + 4:.1f}" y1="{y + ROW - 2}" y2="{y + 2}"/>')
            elif len(ratios) > 1:
                low, high = (LABEL + BAR * min(edge, cap) / cap for edge in (min(ratios), max(ratios)))
                out.append(f'<line class="spread" x1="{low:.1f}" x2="{high:.1f}" y1="{middle}" y2="{middle}"/>')
                for edge in (low, high):
                    out.append(f'<line class="spread" x1="{edge:.1f}" x2="{edge:.1f}" y1="{middle - 3.5}" y2="{middle + 3.5}"/>')
                end = max(end, high)
            out.append(f'<text class="text" x="{end + 8:.1f}" y="{middle + 4.5:.1f}">{escape(label)}</text>')
            y += ROW
        y += 50
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y - 20}" width="{WIDTH}" height="{y - 20}" role="img" '
            f'aria-label="gyre beside other libraries, as multiples of the floor">\n<style>{STYLE}</style>\n'
            f'<rect class="paper" width="{WIDTH}" height="{y - 20}" rx="6"/>\n'
            f'<text class="text title" x="20" y="32">gyre beside other libraries: shorter is better</text>\n')  # fmt: skip
    path.write_text(head + "\n".join(out) + "\n</svg>\n", encoding="utf-8")


# ---------------------------------------------------------------- main


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--quick", action="store_true", help="one short round of everything: does it work?")
    parser.add_argument("--only", choices=sorted(PEERS), help="one of the two halves")
    parser.add_argument("--peers", help="comma-separated keys; the floor and gyre always run")
    parser.add_argument("--rounds", type=int, help="interleaved rounds (5, or 1 with --quick)")
    parser.add_argument("--name", help="of the report (peers, or peers-quick)")
    parser.add_argument("--results", type=pathlib.Path, default=REPO / "bench" / "results", help="folder of the report")
    parser.add_argument("--build-dir", type=pathlib.Path, default=REPO / "build" / "bench", help="CMake build folder, made when missing")
    parser.add_argument("--no-build", action="store_true", help="measure what is built already")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="for the build")
    options = parser.parse_args()
    options.build_dir = options.build_dir.resolve()
    rounds = options.rounds or (1 if options.quick else 5)
    name = options.name or ("peers-quick" if options.quick else "peers")
    wanted = set(options.peers.split(",")) if options.peers else None
    known = {peer.key for peers in PEERS.values() for peer in peers}
    if wanted and not wanted <= known:
        parser.error(f"--peers: {', '.join(sorted(wanted - known))} unknown; there are {', '.join(sorted(known))}")

    begin = time.monotonic()
    allow_many_files()
    allowed = sorted(os.sched_getaffinity(0))
    cpus = (allowed[0], allowed[-1])
    builder = Builder(options)
    results = Results()
    commands = {}
    for folder, peers in PEERS.items():
        if options.only not in (None, folder):
            continue
        chosen = [p for p in peers if wanted is None or p.key in wanted or p.key in (FLOOR[folder], "gyre")]
        commands[folder] = [(peer, command) for peer in chosen if (command := builder.command(folder, peer))]
    results.notes += builder.notes

    if commands.get("http_client"):
        measure_http(results, commands["http_client"], rounds, 8 if options.quick else 1, cpus)
    if commands.get("sleeps"):
        sleeps = ((10_000, 1), (100_000, 1)) if options.quick else SLEEPS
        measure_sleeps(results, commands["sleeps"], rounds, sleeps, cpus[1])
    if not results.samples:
        sys.exit("error: nothing could be measured")

    options.results.mkdir(parents=True, exist_ok=True)
    path = options.results / f"{name}.md"
    judged = write_markdown(path, results, options, cpus, time.monotonic() - begin)
    write_chart(path.with_suffix(".svg"), results)
    say("\ngoals" + (" (a quick run: a rough look only)" if options.quick else ""))
    for goal, values, verdict in judged:
        say(f"  {goal.text}: {spread(values)} of {number(goal.limit)} {goal.unit}: {verdict}")
    say(f"{summary(judged)}\nwritten: {path} and {path.with_suffix('.svg').name}")


if __name__ == "__main__":
    main()
