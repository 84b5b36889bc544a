"""The small programs: what they print, and that both sides of the embedding ones make progress."""

import re
import signal
import unittest

import support


class Sleep(support.TestCase):
    def test_all_sleep_at_once(self):
        result = support.run("sleep", 20_000, 0.2)
        self.check_status(result, 0)
        took = re.fullmatch(r"20000 x sleep\(0.2 s\) took (\d+\.\d+) s\n", result.out)
        self.assertTrue(took, result)
        self.assertGreaterEqual(float(took.group(1)), 0.2)
        self.assertLess(float(took.group(1)), 20)  # one after the other they would take 4000 s

    def test_says_what_it_takes(self):
        self.check_status(support.run("sleep", "--help"), 0)
        result = support.run("sleep", "many")
        self.assertNotEqual(result.status, 0)
        self.assertIn("many", result.err)


class CtrlC(support.TestCase):
    """Programs whose main() catches nothing, as that of the README."""

    def check(self, *program):
        process = self.use(support.started(*program))
        # Its handler is in place once run() has begun.
        support.wait_until(lambda: support.has_signal(process.pid, "SigCgt", signal.SIGINT), "it listens to SIGINT")
        process.send_signal(signal.SIGINT)
        result = support.finish(process)
        self.check_status(result, -signal.SIGINT)
        self.assertEqual((result.out, result.err), ("", ""))

    def test_ten_thousand_sleeps(self):
        self.check("sleep", 10_000, 3600)

    def test_several_sources(self):
        self.check("first_answer", 3_600_000, 3_600_000)


class FirstAnswer(support.TestCase):
    def test_the_first_answer_wins_and_the_others_are_cancelled(self):
        # The slow ones would take ten minutes: that the program ends shows that it does not wait for them.
        result = support.run("first_answer", 600_000, 20, 600_000)
        self.check_status(result, 0)
        self.assertEqual(result.out, "first: the answer of source 2\nsource 1: cancelled\nsource 3: cancelled\n")

    def test_one_source_is_enough(self):
        result = support.run("first_answer", 1)
        self.check_status(result, 0)
        self.assertEqual(result.out, "first: the answer of source 1\n")


class Embedding(support.TestCase):
    def check(self, result, host, gyre):
        """Every line of each side is there, in its side's order; and neither side had to wait for the other to end."""
        self.check_status(result, 0)
        lines = result.out.splitlines()
        self.assertEqual([line for line in lines if line in host], host, result)
        self.assertEqual([line for line in lines if line in gyre], gyre, result)
        self.assertEqual(sorted(lines), sorted(host + gyre), result)
        self.assertLess(lines.index(gyre[0]), lines.index(host[-1]), result)
        self.assertLess(lines.index(host[0]), lines.index(gyre[-1]), result)

    def test_epoll(self):
        host = [line for i in range(1, 6) for line in (f"host: tick {i}", f"host: gyre answered tick {i}")]
        self.check(support.run("embed_epoll"), host, [f"gyre: slept {i} times" for i in range(1, 6)])

    def test_asio(self):
        result = support.run("embed_asio")
        self.check(result, [f"asio: tick {i}" for i in range(1, 6)],
                   [line for line in result.out.splitlines() if line.startswith("gyre:")])
        for line in [f"gyre: slept {i} times" for i in range(1, 6)] + [f"gyre: got 'answer to question {i}'" for i in range(1, 4)]:
            self.assertIn(line, result.out.splitlines())


if __name__ == "__main__":
    unittest.main(verbosity=2)
