"""examples/serve as a program: its lines, its end, and that a reader who does not read slows nobody down. What it answers is the http
module's affair, and tested there."""

import http.client
import os
import pty
import re
import signal
import unittest

import support


class Serve(support.TestCase):
    def setUp(self):
        super().setUp()
        self.write("site/page", "hello")
        self.site = self.path("site")

    def start(self, *arguments):
        """Starts it on a free port; gives the process, and a connection to it."""
        process = self.use(support.started("serve", self.site, "--port", 0, *arguments))
        found = re.fullmatch(r"serving (.*) on http://127\.0\.0\.1:(\d+)/\n", process.stdout.readline())
        self.assertTrue(found)
        self.assertEqual(found.group(1), self.site)
        connection = http.client.HTTPConnection("127.0.0.1", int(found.group(2)), timeout=support.PATIENCE)
        self.addCleanup(connection.close)
        return process, connection

    def get(self, connection, path):
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read()

    def test_a_line_for_each_response_and_a_summary_at_the_end(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            process, connection = self.start()
            self.assertEqual(self.get(connection, "/page"), (200, b"hello"))
            self.assertEqual(self.get(connection, "/nothing?%1b")[0], 404)
            process.send_signal(number)
            result = support.finish(process)
            self.check_status(result, 0)
            lines = result.out.splitlines()
            self.assertEqual(len(lines), 3, result)
            self.assertRegex(lines[0], r"^200 GET /page \d+ B \d+\.\d{3} ms$")
            self.assertRegex(lines[1], r"^404 GET /nothing\?%1b \d+ B ")
            self.assertRegex(lines[2], r"^served 2 responses to 1 connections in .* MiB; 0 bad requests, 0 failures$")
            self.assertEqual(result.err, "")

    def test_quiet(self):
        process, connection = self.start("--quiet")
        self.assertEqual(self.get(connection, "/page"), (200, b"hello"))
        process.send_signal(signal.SIGTERM)
        self.assertRegex(support.finish(process).out, r"^served 1 responses.*\n$")

    def test_a_second_ctrl_c_ends_it_at_once(self):
        self.write("site/large", b"x" * 50_000_000)
        process, connection = self.start()
        connection.request("GET", "/large")
        connection.sock.recv(1)  # and no more: the response is under way
        self.check_second_ctrl_c(process)

    def test_a_reader_who_does_not_read_slows_nobody_down(self):
        process, connection = self.start()
        path = "/page?" + "x" * 4000
        for _ in range(1500):  # 6 MB of lines: more than a pipe takes, and more than is kept
            self.assertEqual(self.get(connection, path), (200, b"hello"))
        # Now somebody reads: what was kept comes, and the number of lines that were not; then all goes on.
        lines = []
        while not lines or not lines[-1].startswith("("):
            lines.append(process.stdout.readline())
            if len(lines) % 20 == 0:
                self.get(connection, path)
        self.assertRegex(lines[-1], r"^\(\d+ lines are left out here: ")
        process.send_signal(signal.SIGTERM)
        result = support.finish(process)
        self.check_status(result, 0)
        self.assertRegex(result.out, r"\nserved 1\d+ responses to 1 connections ")

    def test_neither_does_a_terminal_that_was_stopped(self):
        terminal, program_end = pty.openpty()
        self.addCleanup(os.close, terminal)
        process = self.use(support.started("serve", self.site, "--port", 0, stdout=program_end))
        os.close(program_end)
        shown = b""
        while b"\n" not in shown:
            shown += os.read(terminal, 1000)
        connection = http.client.HTTPConnection("127.0.0.1", int(re.search(rb":(\d+)/", shown).group(1)), timeout=support.PATIENCE)
        self.addCleanup(connection.close)
        for _ in range(500):  # nobody reads the terminal
            self.assertEqual(self.get(connection, "/page?" + "x" * 1000), (200, b"hello"))
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(support.PATIENCE), 0)

    def test_its_end_waits_for_no_reader(self):
        process, connection = self.start()
        for _ in range(100):
            self.get(connection, "/page?" + "x" * 4000)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(support.PATIENCE), 0)

    def test_a_reader_who_has_gone_does_not_end_it(self):
        process, connection = self.start()
        process.stdout.close()
        for _ in range(3):
            self.assertEqual(self.get(connection, "/page"), (200, b"hello"))
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(support.PATIENCE), 0)
        self.assertEqual(process.stderr.read().count("standard output"), 1)

    def test_lines_go_to_a_file_with_what_else_goes_there(self):
        log = self.path("log")
        with open(log, "w", encoding="utf-8") as file:
            file.write("before\n")
            file.flush()
            process = self.use(support.started("serve", self.site, "--port", 0, stdout=file, stderr=file))
        support.wait_until(lambda: support.count_lines(log) == 2, "it serves")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(support.PATIENCE), 0)
        with open(log, encoding="utf-8") as file:
            self.assertRegex(file.read(), r"^before\nserving .*\nserved 0 responses .*\n$")

    def test_options_that_make_no_sense(self):
        for arguments in ([], [self.site, "--port", "70000"], [self.site, "--port", "x"], [self.site, "--nonsense"], [self.path("nothing")]):
            result = support.run("serve", *arguments)
            self.check_status(result, 2)
            self.assertTrue(result.err)
        self.check_status(support.run("serve", "--help"), 0)

    def test_a_port_that_is_taken(self):
        _, connection = self.start()
        result = support.run("serve", self.site, "--port", connection.port)
        self.check_status(result, 2)
        self.assertIn(str(connection.port), result.err)

    def test_the_limit_of_descriptors_is_raised(self):
        process, _ = self.start()
        with open(f"/proc/{process.pid}/limits", encoding="utf-8") as limits:
            soft, hard = re.search(r"^Max open files\s+(\S+)\s+(\S+)", limits.read(), re.M).groups()
        self.assertEqual(soft, hard)


if __name__ == "__main__":
    unittest.main(verbosity=2)
