"""What the tests of the example programs share: starting programs, and servers for them to talk to."""

import base64
import contextlib
import ctypes
import http.server
import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time
import unittest

EXAMPLES = os.environ["GYRE_EXAMPLES"]  # the folder of the programs
BACKEND = os.environ.get("GYRE_BACKEND", "")
SLOW = float(os.environ.get("GYRE_TEST_SLOWNESS", "1"))  # time limits grow by this under sanitizers
PATIENCE = 60 * SLOW


def program(name):
    return os.path.join(EXAMPLES, name)


class Result:
    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err

    def __str__(self):
        return f"exit status {self.status}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"


def start(name, *arguments, **options):
    """Starts a program; its output can be read from pipes."""
    for stream, default in (("stdin", subprocess.DEVNULL), ("stdout", subprocess.PIPE), ("stderr", subprocess.PIPE)):
        options.setdefault(stream, default)
    return subprocess.Popen([program(name), *map(str, arguments)], text=True, encoding="utf-8", errors="replace", **options)


def finish(process, limit=None):
    try:
        out, err = process.communicate(timeout=limit or PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        raise AssertionError(f"{process.args} hangs\n--- stdout\n{out}\n--- stderr\n{err}") from None
    return Result(process.returncode, out, err)


def run(name, *arguments, stdin=None, limit=None, **options):
    if stdin is None:
        return finish(start(name, *arguments, **options), limit)
    with tempfile.TemporaryFile() as file:
        file.write(stdin.encode())
        file.seek(0)
        return finish(start(name, *arguments, stdin=file, **options), limit)


@contextlib.contextmanager
def started(name, *arguments, **options):
    """A program that does not outlive the block."""
    process = start(name, *arguments, **options)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def wait_until(condition, what):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not after {PATIENCE} s")
        time.sleep(0.005)


def has_signal(pid, mask, number):
    """Whether the signal is in that mask of /proc/PID/status: SigCgt, it has a handler; ShdPnd, it has come and is not taken yet."""
    with open(f"/proc/{pid}/status", encoding="utf-8") as status:
        return int(re.search(rf"^{mask}:\s*([0-9a-f]+)$", status.read(), re.M).group(1), 16) & 1 << (number - 1) != 0


def count_lines(path):
    try:
        with open(path, "rb") as file:
            return file.read().count(b"\n")
    except FileNotFoundError:
        return 0


def read_jsonl(path):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    if text and not text.endswith("\n"):
        raise AssertionError(f"the last line of {path} is not whole: {text[-100:]!r}")
    return [json.loads(line) for line in text.splitlines()]


def by_url(lines):
    result = {line["url"]: line for line in lines}
    if len(result) != len(lines):
        raise AssertionError("some URL has two lines")
    return result


class TestCase(unittest.TestCase):
    maxDiff = 4000

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="gyre-examples-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, content):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
        return path

    def use(self, manager):
        """Enters a context for the rest of the test."""
        value = manager.__enter__()
        self.addCleanup(manager.__exit__, None, None, None)
        return value

    def check_status(self, result, status):
        self.assertEqual(result.status, status, str(result))

    def check_second_ctrl_c(self, process):
        """The first one does not end the process, which has something to do still; the second one does."""
        process.send_signal(signal.SIGINT)
        wait_until(lambda: not has_signal(process.pid, "ShdPnd", signal.SIGINT), "the first one is taken")  # before, a second is the same one
        with self.assertRaises(subprocess.TimeoutExpired):
            process.wait(0.3)
        process.send_signal(signal.SIGINT)
        self.check_status(finish(process), -signal.SIGINT)


# ---------------------------------------------------------------- servers


@contextlib.contextmanager
def serve(folder):
    """gyre's own file server; gives its URL, which ends with a '/'."""
    with subprocess.Popen([program("serve"), folder, "--port", "0", "--quiet"], stdout=subprocess.PIPE, text=True) as server:
        try:
            line = server.stdout.readline()
            found = re.fullmatch(r"serving .* on (http://\S+/)\n", line)
            if not found:
                raise AssertionError(f"serve says: {line!r}")
            yield found.group(1)
        finally:
            server.terminate()
            try:
                server.communicate(timeout=PATIENCE)
            except subprocess.TimeoutExpired:
                server.kill()


NGINX = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    types {{
        text/html html htm;
        text/css css;
        application/javascript js;
        image/png png;
        image/svg+xml svg;
    }}
    default_type application/octet-stream;
    server {{
        listen 127.0.0.1:{port};
        root {root};
        index index.html;
    }}
}}
"""


def find_nginx():
    """None when there is none."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/sbin")


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


@contextlib.contextmanager
def nginx(root):
    """nginx with one worker over a folder; gives its URL."""
    with tempfile.TemporaryDirectory(prefix="gyre-nginx-") as folder:
        os.chmod(folder, 0o755)
        port = free_port()
        config = os.path.join(folder, "nginx.conf")
        with open(config, "w", encoding="utf-8") as file:
            file.write(NGINX.format(folder=folder, port=port, root=root))
        with subprocess.Popen([find_nginx(), "-c", config, "-e", os.path.join(folder, "error.log")]) as server:
            def answers():
                if server.poll() is not None:
                    raise AssertionError("nginx ended: " + open(os.path.join(folder, "error.log"), encoding="utf-8").read())
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                    return True
                return False
            try:
                wait_until(answers, "nginx answers")
                yield f"http://127.0.0.1:{port}/"
            finally:
                server.terminate()


class ScriptedServer:
    """An HTTP server that misbehaves as the path asks for. Counts what it was asked.

    /ok/...        200 with the path as its body            /reset       closes with a reset
    /status/N      that status                              /close       closes without an answer
    /size/N        a body of N bytes                        /stall       never answers
    /held/...      as ok, but not before release()          /stall-body  half a body, then nothing
    /truncated     half a body, then closes                 /malformed   a head that breaks the rules
    /big-head      a head of 2 MB                           /redirect/X  302 to /X

    Before these come the HTML pages in `pages`, path -> text. answer() says how many requests get an answer.
    """

    def __init__(self):
        self.requests = {}
        self.credentials = {}  # path -> what "user:password" came with it
        self.held = 0
        self.sending = 0  # responses that are not in the socket yet
        self.pages = {}
        self._answers = None
        self._generation = 0
        self._lock = threading.Condition()
        self._released = threading.Event()
        self._stopped = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.url = "http://127.0.0.1:%d" % self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._stopped.set()
        self._released.set()
        self.answer(None)
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def release(self):
        self._released.set()

    def answer(self, number):
        """Answers so many more requests and holds the rest; None: all."""
        with self._lock:
            self._answers = number
            self._lock.notify_all()

    def asked(self):
        with self._lock:
            return sum(self.requests.values())

    def forget_held(self):
        """Drops the requests that wait for an answer."""
        with self._lock:
            self._generation += 1
            self._lock.notify_all()

    def _take_turn(self):
        """False when the request is dropped."""
        with self._lock:
            mine = self._generation
            self._lock.wait_for(lambda: self._answers is None or self._answers > 0 or self._generation != mine)
            if self._generation != mine:
                return False
            if self._answers is not None:
                self._answers -= 1
            return True

    def _accept(self):
        while True:
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer):
        with peer, contextlib.suppress(OSError):
            lines = peer.makefile("rb")
            while True:
                head = []
                for line in lines:
                    if line == b"\r\n":
                        break
                    head.append(line)
                if not head:
                    return
                path = head[0].split()[1].decode()
                with self._lock:
                    self.requests[path] = self.requests.get(path, 0) + 1
                    for line in head:
                        name, _, value = line.decode("latin-1").strip().partition(": ")
                        if name.lower() == "authorization":
                            self.credentials.setdefault(path, set()).add(base64.b64decode(value.removeprefix("Basic ")).decode())
                if not self._take_turn() or not self._answer(peer, path):
                    return

    def _answer(self, peer, path):
        """False when the connection is to be closed."""
        def send(status, body, *headers):
            lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", *headers, "", ""]
            with self._lock:
                self.sending += 1
            try:
                peer.sendall("\r\n".join(lines).encode() + body)
            finally:
                with self._lock:
                    self.sending -= 1
            return True

        if path in self.pages:
            return send(200, self.pages[path].encode(), "Content-Type: Text/HTML; charset=utf-8")
        what, _, rest = path.partition("?")[0][1:].partition("/")
        if what == "held":
            with self._lock:
                self.held += 1
            self._released.wait()
            return not self._stopped.is_set() and send(200, path.encode())
        if what == "status":
            return send(int(rest), b"body")
        if what == "size":
            return send(200, b"x" * int(rest))
        if what == "redirect":
            return send(302, b"", "Location: /" + rest)
        if what == "reset":
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return False
        if what == "close":
            return False
        if what == "stall":
            self._stopped.wait()
            return False
        if what in ("stall-body", "truncated"):
            peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b"x" * 500)
            if what == "stall-body":
                self._stopped.wait()
            return False
        if what == "malformed":
            peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length : 4\r\n\r\nbody")
            return True
        if what == "big-head":
            with contextlib.suppress(OSError):
                peer.sendall(b"HTTP/1.1 200 OK\r\n" + b"X-Big: " + b"x" * 2_000_000 + b"\r\nContent-Length: 0\r\n\r\n")
            return False
        return send(200, path.encode())


# ---------------------------------------------------------------- a real site


def find_manual():
    """The folder of the libstdc++ manual (Debian's libstdc++-12-doc), or None. ./dev sets GYRE_MANUAL where it had to unpack it."""
    folder = os.environ.get("GYRE_MANUAL", "/usr/share/doc/libstdc++-12-doc/libstdc++")
    return folder if os.path.isfile(os.path.join(folder, "index.html")) else None


# ---------------------------------------------------------------- a process without io_uring


def deny_io_uring():
    """For subprocess's preexec_fn: io_uring_setup() fails with EPERM from here on, as in most containers."""
    class Instruction(ctypes.Structure):
        _fields_ = [("code", ctypes.c_uint16), ("jt", ctypes.c_uint8), ("jf", ctypes.c_uint8), ("k", ctypes.c_uint32)]

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_uint16), ("instructions", ctypes.POINTER(Instruction))]

    io_uring_setup = 425  # the same on every architecture
    instructions = (Instruction * 4)(
        Instruction(0x20, 0, 0, 0),  # load the number of the system call
        Instruction(0x15, 0, 1, io_uring_setup),
        Instruction(0x06, 0, 0, 0x00050000 | 1),  # SECCOMP_RET_ERRNO, EPERM
        Instruction(0x06, 0, 0, 0x7FFF0000),  # SECCOMP_RET_ALLOW
    )
    libc = ctypes.CDLL(None, use_errno=True)
    pr_set_seccomp, pr_set_no_new_privs, filter_mode = 22, 38, 2
    filter_program = Program(4, instructions)
    if libc.prctl(pr_set_no_new_privs, 1, 0, 0, 0) != 0 or libc.prctl(pr_set_seccomp, filter_mode, ctypes.byref(filter_program)) != 0:
        raise OSError(ctypes.get_errno(), "seccomp")


# ---------------------------------------------------------------- a file system that is soon full


def run_on_small_disk(folder, kilobytes, name, *arguments):
    """Runs a program while a tmpfs of that size is mounted at the folder, for that program only. Gives its result, and the names
    and sizes of the files that it has left there. Skips the test where mounting is not allowed."""
    script = (f"mount -t tmpfs -o size={kilobytes}k none '{folder}' || exit 250; "
              f"\"$@\"; status=$?; cd '{folder}'; stat -c '%n %s' -- * >'{folder}.left' 2>/dev/null; exit $status")
    command = ["unshare", "--mount"] + ([] if os.geteuid() == 0 else ["--map-root-user"]) + ["sh", "-c", script, "sh"]
    process = subprocess.Popen(command + [program(name), *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    result = finish(process)
    if result.status == 250 or "unshare failed" in result.err:
        raise unittest.SkipTest("no tmpfs can be mounted here: " + result.err)
    with open(folder + ".left", encoding="utf-8") as file:
        return result, {line.split()[0]: int(line.split()[1]) for line in file}
