"""examples/fetch: what came, what did not and why, and that nothing that came is lost."""

import contextlib
import os
import pty
import re
import resource
import select
import signal
import socket
import subprocess
import unittest

import support


class Fetch(support.TestCase):
    def setUp(self):
        super().setUp()
        self.jsonl = self.path("fetched.jsonl")

    def fetch(self, *arguments, status=0, **options):
        with contextlib.suppress(FileNotFoundError):
            os.remove(self.jsonl)
        result = support.run("fetch", "--jsonl", self.jsonl, *arguments, **options)
        self.check_status(result, status)
        return result, support.by_url(support.read_jsonl(self.jsonl))


class WhatComes(Fetch):
    def setUp(self):
        super().setUp()
        self.server = self.use(support.ScriptedServer())

    def test_every_url_has_a_line(self):
        urls = [f"{self.server.url}/ok/{i}" for i in range(50)]
        result, lines = self.fetch(*urls)
        self.assertEqual(set(lines), set(urls))
        for url, line in lines.items():
            self.assertEqual((line["status"], line["error"], line["message"], line["file"]), (200, None, None, None))
            self.assertEqual(line["bytes"], len(url) - len(self.server.url))
            self.assertGreater(line["seconds"], 0)
        self.assertRegex(result.out, r"^50 URLs in .*requests/s")
        self.assertIn("status   200: 50\n", result.out)
        self.assertRegex(result.out, r"latency  p50 .*, p90 .*, p99 .*")

    def test_urls_come_from_arguments_files_and_standard_input(self):
        first = self.write("first.txt", f"{self.server.url}/ok/first\n\n  {self.server.url}/ok/second \r\n")
        last = self.write("last.txt", f"{self.server.url}/ok/third")
        _, lines = self.fetch(f"{self.server.url}/ok/argument", "-", "--input", first, "--input", last,
                              stdin=f"{self.server.url}/ok/stdin\n")
        self.assertEqual({url.rpartition("/")[2] for url in lines}, {"argument", "stdin", "first", "second", "third"})

    def test_no_more_at_once_than_asked_for(self):
        urls = [f"{self.server.url}/held/{i}" for i in range(12)]
        process = self.use(support.started("fetch", "--concurrency", 5, *urls))
        support.wait_until(lambda: self.server.held == 5, "five requests are under way")
        with self.assertRaises(subprocess.TimeoutExpired):  # the sixth has to wait
            process.wait(0.2)
        self.assertEqual(self.server.held, 5)
        self.server.release()
        self.check_status(support.finish(process), 0)
        self.assertEqual(self.server.held, 12)

    def test_statuses_of_300_and_above_are_failures_with_an_answer(self):
        urls = [f"{self.server.url}/status/{status}" for status in (200, 204, 301, 304, 404, 503)]
        output = self.path("out")
        result, lines = self.fetch(*urls, "--output", output, status=1)
        self.assertEqual([lines[url]["status"] for url in urls], [200, 204, 301, 304, 404, 503])
        self.assertEqual({line["error"] for line in lines.values()}, {None})
        self.assertIn("status   200: 1, 204: 1, 301: 1, 304: 1, 404: 1, 503: 1\n", result.out)
        self.assertIn("/status/301: status 301, and fetch follows no redirects\n", result.err)
        self.assertIn("/status/304: status 304\n", result.err)
        self.assertIn("/status/404: status 404\n", result.err)
        # What is not the thing that was asked for gets no file.
        self.assertEqual({os.path.join(output, name) for name in os.listdir(output)}, {lines[url]["file"] for url in urls[:2]})

    def test_each_status_of_300_and_above_alone_is_no_success(self):
        for status, expected in ((200, 0), (204, 0), (301, 1), (304, 1), (404, 1)):
            self.fetch(f"{self.server.url}/status/{status}", status=expected)

    def test_every_url_is_counted_once(self):
        urls = [self.server.url + path for path in ("/ok/1", "/ok/2", "/status/404", "/redirect/x", "/truncated", "/reset", "/stall-body",
                                                    "/malformed")] + ["not a url"]
        result, _ = self.fetch(*urls, "--timeout", 0.5, status=1)
        counted = sum(int(number) for number in re.findall(r"\d+: (\d+)", re.search(r"(?m)^status .*$", result.out).group()))
        counted += sum(int(number) for number in re.findall(r"(?m)^error    [^:]*: (\d+), the first: ", result.out))
        self.assertEqual(counted, len(urls), result)
        self.assertRegex(result.out, rf"^{len(urls)} URLs in ")

    def test_files_of_urls_may_begin_with_a_byte_order_mark_and_have_comments(self):
        path = self.write("urls.txt", b"\xef\xbb\xbf" + f"{self.server.url}/ok/1\n# not one\n  #nor this\n\n{self.server.url}/ok/2#here\n".encode())
        _, lines = self.fetch("--input", path)
        self.assertEqual(set(lines), {self.server.url + "/ok/1", self.server.url + "/ok/2#here"})

    def test_the_password_of_a_url_goes_to_the_server_and_nowhere_else(self):
        secret = "s3cr3t"
        host = self.server.url.removeprefix("http://")
        urls = [f"http://user:{secret}@{host}/ok/1", f"http://user:{secret}@{host}/status/404", f"http://user:{secret}@{host}/close",
                f"http://user:{secret}@[no-host/", f"http://user:{secret}/{secret}@{host}/", f"user:{secret}@{host}",
                f"http://user:{secret}@{host}:99999/"]
        result = support.run("fetch", "--jsonl", self.jsonl, "--output", self.path("out"), *urls)
        self.check_status(result, 1)
        with open(self.jsonl, encoding="utf-8") as file:
            written = file.read()
        self.assertIn(f'"url":"{self.server.url}/ok/1"', written)
        self.assertEqual(written.count("\n"), len(urls))
        for text in (result.out, result.err, written, *os.listdir(self.path("out"))):
            self.assertNotIn(secret, text)
        self.assertEqual(self.server.credentials, {"/ok/1": {"user:" + secret}, "/status/404": {"user:" + secret}, "/close": {"user:" + secret}})

    def test_what_a_file_holds_does_not_move_the_cursor_of_the_terminal(self):
        path = self.write("urls.txt", b"\x1b[31mred\x07\xc2\x9b1m\xff not a url\xc3\xa9\n")
        result = support.run("fetch", "--input", path)
        self.check_status(result, 1)
        for text in (result.out, result.err):
            self.assertIn("\\x1b[31mred\\x07\\xc2\\x9b1m\\xff not a url\u00e9", text)
            self.assertFalse([c for c in text if c != "\n" and (c < " " or "\x7f" <= c <= "\x9f")], text)

    def test_bodies_go_to_files_of_their_own(self):
        output = self.path("some/new/folder")
        urls = [f"{self.server.url}/ok/a?x=1", f"{self.server.url}/ok/a?x=2", f"{self.server.url}/ok/a_x_1", f"{self.server.url}/ok/",
                f"{self.server.url}/ok/..%2F..%2Fetc%2Fpasswd", f"{self.server.url}/size/300000", f"{self.server.url}/ok/" + "n" * 3000]
        _, lines = self.fetch(*urls, "--output", output)
        files = {lines[url]["file"] for url in urls}
        self.assertEqual(len(files), len(urls))
        self.assertEqual({os.path.join(output, name) for name in os.listdir(output)}, files)
        for url in urls:
            self.assertEqual(os.path.dirname(lines[url]["file"]), output)
            with open(lines[url]["file"], "rb") as file:
                body = file.read()
            expected = b"x" * 300_000 if "size" in url else url[len(self.server.url):].encode()
            self.assertEqual(body, expected)
            self.assertEqual(len(body), lines[url]["bytes"])

    def test_nothing_is_written_over(self):
        output = self.path("out")
        url = f"{self.server.url}/ok/page"
        names = set()
        for _ in range(3):
            _, lines = self.fetch(url, "--output", output)
            names.add(lines[url]["file"])
        self.assertEqual(len(names), 3)
        self.assertEqual(len(os.listdir(output)), 3)

    def test_no_link_is_followed(self):
        output = self.path("out")
        url = f"{self.server.url}/ok/page"
        _, lines = self.fetch(url, "--output", output)
        os.remove(lines[url]["file"])
        os.symlink(self.path("elsewhere"), lines[url]["file"])
        _, again = self.fetch(url, "--output", output)
        self.assertEqual(again[url]["file"], lines[url]["file"] + "-2")
        self.assertFalse(os.path.exists(self.path("elsewhere")))

    def test_progress_is_a_line_a_second_without_a_terminal(self):
        process = self.use(support.started("fetch", f"{self.server.url}/ok/1", f"{self.server.url}/held/1"))
        ready, _, _ = select.select([process.stderr], [], [], support.PATIENCE)
        self.assertTrue(ready, "no progress")
        self.assertRegex(process.stderr.readline(), r"^1 done, 5 B, 1 in flight\n$")
        self.server.release()
        self.check_status(support.finish(process), 0)

    def test_progress_on_a_terminal_is_one_line_that_goes_away(self):
        terminal, program_end = pty.openpty()
        self.addCleanup(os.close, terminal)
        process = subprocess.Popen([support.program("fetch"), f"{self.server.url}/held/1"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=program_end, text=True)
        os.close(program_end)
        shown = b""
        while shown.count(b"\r") < 3:
            self.assertTrue(select.select([terminal], [], [], support.PATIENCE)[0], "no progress")
            shown += os.read(terminal, 1000)
        self.server.release()
        self.assertEqual(process.wait(support.PATIENCE), 0)
        process.stdout.close()
        try:
            while more := os.read(terminal, 1000):
                shown += more
        except OSError:
            pass  # EIO: the other end is closed
        self.assertIn(b"\r0 done, 0 B, 1 in flight\x1b[K", shown)
        self.assertTrue(shown.endswith(b"\r\x1b[K"), shown)
        self.assertNotIn(b"\n", shown)


class WhatFails(Fetch):
    def setUp(self):
        super().setUp()
        self.server = self.use(support.ScriptedServer())

    def check_failure(self, path, error, *in_message, timeout=20):
        """It fails so, in seconds, and what is fetched with it still comes."""
        bad = path if "://" in path else self.server.url + path
        good = f"{self.server.url}/ok/beside"
        result, lines = self.fetch(bad, good, "--timeout", timeout, status=1)
        self.assertEqual(lines[good]["status"], 200)
        line = lines[bad]
        self.assertEqual(line["error"], error, line)
        for text in in_message:
            self.assertIn(text, line["message"])
        self.assertIn(f"{bad}: {line['message']}\n", result.err)
        self.assertIn(f"error    {error}: 1, the first: {bad}", result.out)
        return line

    def test_refused(self):
        line = self.check_failure(f"http://127.0.0.1:{support.free_port()}/", "refused", "refused", "127.0.0.1")
        self.assertIsNone(line["status"])

    def test_a_host_that_does_not_exist(self):
        self.check_failure("http://no-such-host.invalid/", "dns", "no-such-host.invalid")

    def test_reset(self):
        self.check_failure("/reset", "reset", "127.0.0.1")

    def test_closed_without_an_answer(self):
        self.check_failure("/close", "disconnected")

    def test_a_server_that_never_answers(self):
        line = self.check_failure("/stall", "timeout", "while waiting for the response", "0.5 s", timeout=0.5)
        self.assertIsNone(line["status"])
        self.assertGreaterEqual(line["seconds"], 0.5)

    def test_a_server_that_stops_inside_the_body(self):
        line = self.check_failure("/stall-body", "timeout", "while reading the response", timeout=0.5)
        self.assertEqual((line["status"], line["bytes"]), (200, 500))

    def test_a_host_that_never_accepts(self):
        # A listener with a full queue: the handshake is not finished.
        listener = self.use(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        fillers = []
        for _ in range(3):
            filler = self.use(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
            fillers.append(filler)
        self.check_failure("http://127.0.0.1:%d/" % listener.getsockname()[1], "timeout", "while connecting", timeout=0.5)

    def test_a_truncated_body(self):
        line = self.check_failure("/truncated", "truncated")
        self.assertEqual((line["status"], line["bytes"]), (200, 500))

    def test_a_malformed_head(self):
        self.check_failure("/malformed", "malformed response", "Content-Length")

    def test_a_head_of_two_megabytes(self):
        self.check_failure("/big-head", "malformed response", "head")

    def test_half_a_body_leaves_no_file(self):
        output = self.path("out")
        _, lines = self.fetch(self.server.url + "/truncated", self.server.url + "/ok/1", self.server.url + "/status/404",
                              "--output", output, status=1)
        self.assertEqual([os.path.join(output, name) for name in os.listdir(output)], [lines[self.server.url + "/ok/1"]["file"]])
        self.assertIsNone(lines[self.server.url + "/truncated"]["file"])

    def test_a_malformed_url_among_ten_thousand_good_ones(self):
        site = self.path("site")
        self.write("site/page", "hello")
        url = self.use(support.serve(site))
        urls = [f"{url}page?{i}" for i in range(10_000)]
        urls.insert(5000, "http://[not-a-host/")
        result, lines = self.fetch("--input", self.write("urls.txt", "\n".join(urls) + "\n"), "--concurrency", 100, status=1)
        self.assertEqual(set(lines), set(urls))
        bad = lines.pop("http://[not-a-host/")
        self.assertEqual(bad["error"], "malformed URL")
        self.assertIn("urls.txt:5001: ", bad["message"])
        self.assertIn("http://[not-a-host/", bad["message"])
        self.assertEqual({(line["status"], line["bytes"], line["error"]) for line in lines.values()}, {(200, 5, None)})
        self.assertIn("status   200: 10000\n", result.out)

    def test_whatever_stands_in_a_line_the_jsonl_is_json(self):
        path = self.write("odd.txt", b'\xff\xfe"quotes" \\ \x01\x1b[31m\nnot a url\nftp://127.0.0.1/file\n' + b"x" * 100_000 + b"\n")
        self.check_status(support.run("fetch", "--jsonl", self.jsonl, "--input", path), 1)
        lines = support.read_jsonl(self.jsonl)
        self.assertEqual(len(lines), 4)
        self.assertTrue(all(line["error"] for line in lines))
        self.assertIn('\ufffd\ufffd"quotes" \\ \x01\x1b[31m', [line["url"] for line in lines])

    def test_a_line_that_is_too_long_is_one_malformed_url(self):
        long = 3 * 1024 * 1024
        good = [f"{self.server.url}/ok/{i}" for i in range(3)]
        for last in ("", "\n"):  # in the middle, and at the end with and without its line's end
            path = self.write("urls.txt", f"{good[0]}\n{'x' * long}\n{good[1]}\n{good[2]}\n{'y' * long}{last}")
            result, lines = self.fetch("--input", path, status=1)
            self.assertEqual({url for url, line in lines.items() if line["status"] == 200}, set(good))
            bad = {line["message"].partition(": ")[0]: line for line in lines.values() if line["error"]}
            self.assertEqual(set(bad), {path + ":2", path + ":5"})
            for line in bad.values():
                self.assertEqual(line["error"], "malformed URL")
                self.assertIn(str(long), line["message"])
            self.assertLess(len(result.err), 4000)
        # Of standard input, too.
        _, lines = self.fetch("-", stdin=f"{'x' * long}\n{good[0]}\n", status=1)
        self.assertEqual(lines[good[0]]["status"], 200)

    def test_many_failures_are_counted_and_a_few_are_shown(self):
        urls = [f"{self.server.url}/status/404?{i}" for i in range(100)]
        result, _ = self.fetch(*urls, status=1)
        self.assertIn("status   404: 100\n", result.out)
        self.assertLess(len(result.err.splitlines()), 30)


class WhatStopsIt(Fetch):
    def setUp(self):
        super().setUp()
        self.server = self.use(support.ScriptedServer())

    def test_ctrl_c_keeps_what_is_finished_and_prints_the_summary(self):
        output = self.path("out")
        quick = [f"{self.server.url}/ok/{i}" for i in range(30)]
        slow = [f"{self.server.url}/held/{i}" for i in range(5)] + [self.server.url + "/stall-body"]
        process = self.use(support.started("fetch", "--jsonl", self.jsonl, "--output", output, *quick, *slow))
        support.wait_until(lambda: support.count_lines(self.jsonl) == len(quick), "all that can finish has finished")
        support.wait_until(lambda: self.server.asked() == len(quick + slow), "the others are under way")
        process.send_signal(signal.SIGINT)
        result = support.finish(process)
        self.check_status(result, 130)
        self.assertIn(f"{len(quick)} URLs in ", result.out)
        self.assertIn(f"status   200: {len(quick)}\n", result.out)
        lines = support.by_url(support.read_jsonl(self.jsonl))
        self.assertEqual(set(lines), set(quick))
        self.assertEqual({os.path.join(output, name) for name in os.listdir(output)}, {line["file"] for line in lines.values()})

    def test_a_second_ctrl_c_ends_it_at_once(self):
        # What is written to a pipe that nobody reads keeps the first Ctrl-C waiting: a line that was begun is finished.
        os.mkfifo(self.jsonl)
        reader = os.open(self.jsonl, os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, reader)
        urls = self.write("urls.txt", "".join(f"{self.server.url}/ok/{'x' * 2000}?{i}\n" for i in range(200)))
        process = self.use(support.started("fetch", "--jsonl", self.jsonl, "--input", urls))
        support.wait_until(lambda: self.server.asked() > 60, "the pipe is full")
        self.check_second_ctrl_c(process)

    def test_a_body_has_its_name_only_when_it_is_whole(self):
        output = self.path("out")
        process = self.use(support.started("fetch", "--output", output, self.server.url + "/stall-body", self.server.url + "/ok/1"))

        def names():
            return sorted(os.listdir(output)) if os.path.isdir(output) else []

        support.wait_until(lambda: len(names()) == 2 and sum(name.endswith(".part") for name in names()) == 1, "one body is whole")
        process.kill()
        support.finish(process)
        host = self.server.url.removeprefix("http://").replace(":", "_")
        self.assertEqual(names(), [host + "_ok_1", host + "_stall-body.part"])
        # What a killed process has left is in nobody's way.
        _, lines = self.fetch(self.server.url + "/size/3", self.server.url + "/stall-body", "--timeout", 0.3, "--output", output, status=1)
        self.assertEqual(names(), [host + "_ok_1", host + "_size_3", host + "_stall-body.part"])
        self.assertIsNone(lines[self.server.url + "/stall-body"]["file"])

    def test_ctrl_c_amid_many(self):
        site, output = self.path("site"), self.path("out")
        self.write("site/page", "hello" * 1000)
        url = self.use(support.serve(site))
        urls = self.write("urls.txt", "".join(f"{url}page?{i}\n" for i in range(50_000)))
        process = self.use(support.started("fetch", "--jsonl", self.jsonl, "--output", output, "--input", urls, "--concurrency", 50))
        support.wait_until(lambda: os.path.exists(self.jsonl) and os.path.getsize(self.jsonl) > 100_000, "some are fetched")
        process.send_signal(signal.SIGINT)
        result = support.finish(process)
        self.check_status(result, 130)
        counted = int(re.search(r"^(\d+) URLs in ", result.out, re.M).group(1))
        lines = support.read_jsonl(self.jsonl)
        self.assertEqual(len(lines), counted)
        self.assertLess(counted, 50_000)
        self.assertEqual({(line["status"], line["bytes"]) for line in lines}, {(200, 5000)})
        # Every file is whole and in the log, and the other way round.
        self.assertEqual({os.path.join(output, name) for name in os.listdir(output)}, {line["file"] for line in lines})
        self.assertEqual({os.path.getsize(line["file"]) for line in lines}, {5000})

    def test_an_output_folder_that_cannot_be(self):
        in_the_way = self.write("file", "")
        result, lines = self.fetch(f"{self.server.url}/ok/1", "--output", in_the_way + "/folder", status=2)
        self.assertEqual(lines, {})
        self.assertIn(in_the_way, result.err)
        self.assertIn("ENOTDIR", result.err)
        self.assertEqual(self.server.asked(), 0)

    def test_an_output_folder_that_may_not_be_written(self):
        # To root everything is permitted, but not to make files in /proc.
        folder = "/proc/self" if os.geteuid() == 0 else "/"
        result, _ = self.fetch(f"{self.server.url}/ok/1", "--output", folder, status=2)
        self.assertRegex(result.err, r"stopped: .*cannot .*'" + folder + "/")
        self.assertEqual(self.server.asked(), 1)

    def test_results_of_before_are_not_written_over_unasked(self):
        url = f"{self.server.url}/ok/1"
        self.write("fetched.jsonl", "hours of work\n")
        result = support.run("fetch", "--jsonl", self.jsonl, url)
        self.check_status(result, 2)
        self.assertIn(self.jsonl, result.err)
        self.assertIn("--overwrite", result.err)
        self.assertEqual(self.server.asked(), 0)
        with open(self.jsonl, encoding="utf-8") as file:
            self.assertEqual(file.read(), "hours of work\n")
        self.check_status(support.run("fetch", "--jsonl", self.jsonl, url, "--overwrite"), 0)
        self.assertEqual(set(support.by_url(support.read_jsonl(self.jsonl))), {url})

    def test_a_summary_that_cannot_be_written_is_no_success(self):
        with open("/dev/full", "wb") as full:
            result = support.run("fetch", f"{self.server.url}/ok/1", stdout=full)
        self.check_status(result, 2)
        self.assertIn("standard output", result.err)
        self.assertIn("No space left on device", result.err)
        # Closed by the caller: nothing else takes its number, and what is printed.
        result = support.run("fetch", f"{self.server.url}/ok/2", "--jsonl", self.jsonl, preexec_fn=lambda: os.close(1))
        self.check_status(result, 2)
        self.assertIn("standard output", result.err)
        self.assertEqual(len(support.read_jsonl(self.jsonl)), 1)

    def test_ctrl_c_while_standard_input_is_open(self):
        process = self.use(support.started("fetch", "-", stdin=subprocess.PIPE))
        process.stdin.write(f"{self.server.url}/ok/1\n")
        process.stdin.flush()
        support.wait_until(lambda: self.server.asked() == 1, "the first is asked for")
        ready, _, _ = select.select([process.stderr], [], [], support.PATIENCE)
        self.assertTrue(ready, "no progress")
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(support.PATIENCE), 130)
        self.assertIn("status   200: 1\n", process.stdout.read())

    def test_a_jsonl_file_that_cannot_be(self):
        result = support.run("fetch", f"{self.server.url}/ok/1", "--jsonl", self.path("no/such/folder/file"))
        self.check_status(result, 2)
        self.assertIn("no/such/folder/file", result.err)
        self.assertEqual(self.server.asked(), 0)

    def test_a_jsonl_file_on_a_full_disk(self):
        urls = [f"{self.server.url}/ok/{i}" for i in range(200)]
        result = support.run("fetch", "--concurrency", 4, *urls, "--jsonl", "/dev/full")
        self.check_status(result, 2)
        self.assertIn("stopped: ", result.err)
        self.assertIn("/dev/full", result.err)
        self.assertIn("No space left on device", result.err)
        self.assertRegex(result.out, r"^\d+ URLs in ")
        self.assertLess(self.server.asked(), 100)  # it does not fetch what it cannot note

    def test_bodies_on_a_full_disk(self):
        output = self.path("disk")
        os.mkdir(output)
        urls = [f"{self.server.url}/size/40000?{i}" for i in range(40)]
        result, left = support.run_on_small_disk(output, 256, "fetch", "--concurrency", 3, *urls, "--output", output, "--jsonl", self.jsonl)
        self.check_status(result, 2)
        self.assertIn("stopped: ", result.err)
        self.assertIn("No space left on device", result.err)
        # What came before is there, whole, and in the log; what did not fit is gone.
        lines = support.read_jsonl(self.jsonl)
        self.assertEqual({os.path.basename(line["file"]) for line in lines}, set(left))
        self.assertEqual(set(left.values()), {40000})
        self.assertLess(self.server.asked(), 20)

    def test_an_input_file_that_is_not_there(self):
        result = support.run("fetch", "--input", self.path("nothing"))
        self.check_status(result, 2)
        self.assertIn(self.path("nothing"), result.err)

    def test_options_that_make_no_sense(self):
        for arguments in ([], ["--concurrency", "0", "http://h/"], ["--timeout", "-1", "http://h/"], ["--nonsense"]):
            result = support.run("fetch", *arguments)
            self.check_status(result, 2)
            self.assertTrue(result.err)


class ScarceDescriptors(Fetch):
    def setUp(self):
        super().setUp()
        self.server = self.use(support.ScriptedServer())

    def test_a_low_limit_means_fewer_at_once(self):
        def few_descriptors():
            resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))

        urls = [f"{self.server.url}/ok/{i}" for i in range(300)]
        result, lines = self.fetch(*urls, "--concurrency", 200, "--output", self.path("out"), preexec_fn=few_descriptors)
        self.assertEqual({line["status"] for line in lines.values()}, {200})
        self.assertIn("ulimit -n", result.err)

    def test_none_left_while_it_runs(self):
        """Nothing fails, and nothing spins, while there is no descriptor for a connection."""
        urls = [f"{self.server.url}/held/{i}" for i in range(6)]
        process = self.use(support.started("fetch", "--jsonl", self.jsonl, "--concurrency", 6, "-", stdin=subprocess.PIPE))
        process.stdin.write(urls[0] + "\n")
        process.stdin.flush()
        support.wait_until(lambda: self.server.held == 1, "one request is under way")
        in_use = max(map(int, os.listdir(f"/proc/{process.pid}/fd"))) + 1
        soft, hard = resource.prlimit(process.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (in_use, hard))
        process.stdin.write("".join(url + "\n" for url in urls[1:]))
        process.stdin.flush()

        def cpu_seconds():
            with open(f"/proc/{process.pid}/stat", encoding="utf-8") as stat:
                fields = stat.read().rpartition(")")[2].split()
            return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

        started = cpu_seconds()
        with self.assertRaises(subprocess.TimeoutExpired):
            process.wait(1)
        self.assertLess(cpu_seconds() - started, 0.5)
        self.assertEqual(self.server.held, 1)
        resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (soft, hard))
        self.server.release()
        process.stdin.close()
        process.stdin = None
        self.check_status(support.finish(process), 0)
        self.assertEqual({line["status"] for line in support.read_jsonl(self.jsonl)}, {200})


@unittest.skipUnless(support.BACKEND == "asio", "the same on every backend: once is enough")
class WithoutUring(Fetch):
    def test_a_process_that_may_not_use_io_uring_fetches_all_the_same(self):
        server = self.use(support.ScriptedServer())
        environment = {name: value for name, value in os.environ.items() if name != "GYRE_BACKEND"}
        urls = [f"{server.url}/ok/{i}" for i in range(100)]
        result, lines = self.fetch(*urls, "--output", self.path("out"), preexec_fn=support.deny_io_uring, env=environment)
        self.assertEqual({line["status"] for line in lines.values()}, {200})
        self.assertEqual(len(os.listdir(self.path("out"))), len(urls))
        self.assertIn("asio", result.err)  # it says so, in one line


if __name__ == "__main__":
    unittest.main(verbosity=2)
