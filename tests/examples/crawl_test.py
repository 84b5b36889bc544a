"""examples/crawl: that it reaches what links lead to, all of it and nothing else, and that a crawl that was stopped goes on."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import unittest

import support


class Crawl(support.TestCase):
    def setUp(self):
        super().setUp()
        self.jsonl = self.path("pages.jsonl")

    def crawl(self, *arguments, status=0, **options):
        if "--resume" not in arguments:
            with contextlib.suppress(FileNotFoundError):
                os.remove(self.jsonl)
        result = support.run("crawl", "--jsonl", self.jsonl, *arguments, **options)
        self.check_status(result, status)
        return result, support.by_url(support.read_jsonl(self.jsonl))


def referrers_in(lines):
    """URL -> the pages with a link to it."""
    result = {url: set() for url in lines}
    for url, line in lines.items():
        for link in line["links"]:
            result.setdefault(link, set()).add(url)
    return result


def broken_links_in(output):
    """What the program prints of them: URL -> (status, referrers)."""
    result = {}
    report = re.search(r"^(\d+) broken links:\n((?:\d+ http.*\n(?: {4}on .*\n)*)*)", output, re.M)
    if not report:
        return result
    for line in report.group(2).splitlines():
        if line.startswith("    on "):
            result[url][1].append(line.removeprefix("    on "))
        else:
            status, url = line.split(" ", 1)
            result[url] = (int(status), [])
    if len(result) != int(report.group(1)):
        raise AssertionError(f"{report.group(1)} broken links, but {len(result)} are listed")
    return result


class WhatItFollows(Crawl):
    def setUp(self):
        super().setUp()
        self.server = self.use(support.ScriptedServer())

    def reached(self, lines):
        return sorted(url.removeprefix(self.server.url) for url in lines)

    def test_the_links_of_a_page(self):
        other = self.use(support.ScriptedServer())
        self.server.pages["/dir/start"] = f"""<!doctype html><title>x</title>
            <link href="/ok/link"> <script src="/ok/script"></script>
            <a href="/ok/a#part">1</a> <a href="/ok/a#other">2</a> <A HREF='  /ok/a '>3</A> <a href=relative>4</a> <a href="?query">5</a>
            <img src="../ok/img"> <iframe src="/ok/iframe"></iframe> <map><area href="/ok/area"></map>
            <a href="/ok/&amp;amp">6</a> <a href="/ok/sp ace">7</a> <a href="/ok/h\xe9t\xe9">8</a> <a href="">9</a> <a href="#top">10</a>
            <!-- <a href="/ok/comment">no</a> --> <p href="/ok/p">no</p> <a>no</a> <img alt="/ok/alt">
            <a href="mailto:a@b">no</a> <a href="javascript:void(0)">no</a> <a href="http://[">no</a> <a href="ftp://127.0.0.1/">no</a>
            <a href="{other.url}/ok/elsewhere">another port is another site</a>"""
        _, lines = self.crawl(self.server.url + "/dir/start#here")
        self.assertEqual(self.reached(lines), sorted([
            "/dir/start", "/dir/start?query", "/dir/relative", "/ok/link", "/ok/script", "/ok/a", "/ok/img", "/ok/iframe", "/ok/area",
            "/ok/&amp", "/ok/sp%20ace", "/ok/h%C3%A9t%C3%A9"]))
        self.assertEqual(other.asked(), 0)
        self.assertEqual(set(self.server.requests.values()), {1})
        self.assertEqual(lines[self.server.url + "/dir/start"]["type"], "text/html")

    def test_frames_and_a_base(self):
        self.server.pages["/"] = '<frameset><frame src="/framed"></frameset>'
        self.server.pages["/framed"] = '<base href="/some/where/"><base href="/no/"><a href="page">x</a><a href="/ok/absolute">y</a>'
        _, lines = self.crawl(self.server.url)
        self.assertEqual(self.reached(lines), ["/", "/framed", "/ok/absolute", "/some/where/page"])

    def test_another_scheme_is_another_site(self):
        self.server.pages["/"] = f'<a href="https{self.server.url[4:]}/ok/secure">x</a> <a href="/ok/1">y</a>'
        _, lines = self.crawl(self.server.url)
        self.assertEqual(self.reached(lines), ["/", "/ok/1"])

    def test_a_link_with_a_user_name_is_the_page_without(self):
        host = self.server.url.removeprefix("http://")
        self.server.pages["/"] = f'<a href="http://me:s3cr3t@{host}/ok/1">x</a> <a href="/ok/1">y</a>'
        result, lines = self.crawl(self.server.url)
        self.assertEqual(self.reached(lines), ["/", "/ok/1"])
        self.assertEqual(self.server.requests["/ok/1"], 1)
        self.assertEqual(self.server.credentials, {})

    def test_the_password_of_a_start_url_goes_to_its_own_site_and_nowhere_else(self):
        other = self.use(support.ScriptedServer())
        self.server.pages["/"] = '<a href="relative">x</a> <a href="/status/404">y</a> <a href="/close">z</a>'
        self.server.pages["/relative"] = f'<a href="{self.server.url}/ok/absolute">x</a> <a href="{other.url}/ok/1">y</a>'
        start = self.server.url.replace("http://", "http://user:s3cr3t@")
        result, lines = self.crawl(start, other.url + "/ok/0", status=1)
        self.assertEqual(set(self.server.credentials), {"/", "/relative", "/status/404", "/close", "/ok/absolute"})
        self.assertEqual(set.union(*self.server.credentials.values()), {"user:s3cr3t"})
        self.assertEqual(set(other.requests), {"/ok/0", "/ok/1"})
        self.assertEqual(other.credentials, {})
        with open(self.jsonl, encoding="utf-8") as file:
            for text in (result.out, result.err, file.read()):
                self.assertNotIn("s3cr3t", text)
        # Nor where it cannot go on.
        for bad in ("ftp://user:s3cr3t@h/", "http://user:s3cr3t@[h/", "http://user:s3cr3t/s3cr3t@h/", "user:s3cr3t@h"):
            result = support.run("crawl", bad)
            self.check_status(result, 2)
            self.assertTrue(result.err)
            self.assertNotIn("s3cr3t", result.err)

    def test_a_redirect(self):
        _, lines = self.crawl(self.server.url + "/redirect/redirect/ok/1")
        self.assertEqual([(url, lines[self.server.url + url]["status"]) for url in self.reached(lines)],
                         [("/ok/1", 200), ("/redirect/ok/1", 302), ("/redirect/redirect/ok/1", 302)])

    def test_bytes_that_are_no_text_stay_json(self):
        self.server.pages["/"] = '<a href="/ok/\udcff\udcfe\\"\x01&quot;">x</a>'.encode("utf-8", "surrogateescape").decode("latin-1")
        _, lines = self.crawl(self.server.url)
        self.assertEqual(len(lines), 2)

    def test_depth_counts_the_shortest_way(self):
        # /0 leads to /1, /1 to /2 and so on; and in the end, late, /0 leads to /4 on a shorter way.
        for i in range(8):
            self.server.pages[f"/{i}"] = f'<a href="/{i + 1}">next</a>' + ('<a href="/short">x</a>' if i == 0 else "")
        self.server.pages["/short"] = '<a href="/4">x</a>'
        for depth, expected in ((0, "0"), (1, "01s"), (2, "0124s"), (3, "01235" "4s"), (4, "0123456s")):
            # With one at a time /4 is found on the long way first when the depth allows it.
            for concurrency in (1, 8):
                _, lines = self.crawl(self.server.url + "/0", "--depth", depth, "--concurrency", concurrency)
                self.assertEqual("".join(sorted(url[1:2] for url in self.reached(lines))), "".join(sorted(expected)), depth)

    def test_limit(self):
        self.server.pages["/"] = "".join(f'<a href="/ok/{i}">x</a>' for i in range(50))
        _, lines = self.crawl(self.server.url, "--limit", 10)
        self.assertEqual(len(lines), 10)
        self.assertEqual(self.server.asked(), 10)
        # It counts what an earlier crawl has visited, too.
        _, lines = self.crawl(self.server.url, "--limit", 25, "--resume")
        self.assertEqual(len(lines), 25)
        self.assertEqual(self.server.asked(), 25)

    def test_several_starts_on_several_hosts(self):
        self.server.pages["/"] = '<a href="/ok/1">x</a>'
        by_name = self.server.url.replace("127.0.0.1", "localhost")
        _, lines = self.crawl(self.server.url, by_name, self.server.url + "/")
        self.assertEqual(set(lines), {host + path for host in (self.server.url, by_name) for path in ("/", "/ok/1")})


class HowManyAtOnce(Crawl):
    def setUp(self):
        super().setUp()
        self.server = self.use(support.ScriptedServer())
        self.server.pages["/"] = "".join(f'<a href="/held/{i}">x</a>' for i in range(40))

    def check_held(self, number, *arguments):
        process = self.use(support.started("crawl", "--jsonl", self.jsonl, *arguments))
        support.wait_until(lambda: self.server.held == number, f"{number} requests are under way")
        with self.assertRaises(subprocess.TimeoutExpired):  # the next one has to wait
            process.wait(0.2)
        self.assertEqual(self.server.held, number)
        self.server.release()
        self.check_status(support.finish(process), 0)

    def test_concurrency_is_a_limit(self):
        self.check_held(5, self.server.url, "--concurrency", 5, "--per-host", 40)

    def test_so_is_that_of_each_host(self):
        self.check_held(6, self.server.url, self.server.url.replace("127.0.0.1", "localhost"), "--concurrency", 40, "--per-host", 3)


class WhatStopsIt(Crawl):
    def setUp(self):
        super().setUp()
        self.server = self.use(support.ScriptedServer())
        # A tree of pages that all lead back to the root, with an image that is not there on each.
        self.pages = 200
        for i in range(self.pages):
            links = [f"/{link}" for link in (2 * i + 1, 2 * i + 2) if link < self.pages] + ["/0", f"/status/404?{i}"]
            self.server.pages[f"/{i}"] = "".join(f'<a href="{link}">x</a>' for link in links)
        self.everything = {self.server.url + path for i in range(self.pages) for path in (f"/{i}", f"/status/404?{i}")}

    def stop(self, number, *arguments):
        """Stops a crawl by Ctrl-C when no more than so many requests were answered, and all of these are in the log."""
        before = support.count_lines(self.jsonl) if "--resume" in arguments else 0
        asked = self.server.asked()
        self.server.answer(number)
        process = self.use(support.started("crawl", self.server.url + "/0", "--jsonl", self.jsonl, "--concurrency", 5, *arguments))
        support.wait_until(lambda: support.count_lines(self.jsonl) == before + number and self.server.asked() == asked + number + 5,
                           "it waits for answers")
        process.send_signal(signal.SIGINT)
        result = support.finish(process)
        self.check_status(result, 130)
        self.assertRegex(result.out, rf"(?m)^{number} URLs in ")
        # Those that were held would take the answers of the next crawl.
        self.server.forget_held()
        return support.by_url(support.read_jsonl(self.jsonl))

    def finish_crawl(self, done):
        """Resumes; everything is there in the end, once, and nothing that was done is asked for again."""
        self.server.answer(None)
        self.server.requests.clear()
        result, lines = self.crawl(self.server.url + "/0", "--resume")
        self.assertEqual(set(lines), self.everything)
        self.assertEqual({url: lines[url] for url in done}, done)
        self.assertEqual({self.server.url + path: times for path, times in self.server.requests.items()},
                         dict.fromkeys(self.everything - set(done), 1))
        self.assertEqual(broken_links_in(result.out), {f"{self.server.url}/status/404?{i}": (404, [f"{self.server.url}/{i}"])
                                                       for i in range(self.pages)})

    def test_ctrl_c_loses_no_finished_page_however_often(self):
        first = self.stop(7)
        second = self.stop(60, "--resume")
        third = self.stop(130, "--resume")
        self.assertEqual({url: third[url] for url in second}, second)
        self.assertEqual({url: third[url] for url in first}, first)
        self.assertEqual(len(third), 197)
        self.finish_crawl(third)

    def test_a_kill_loses_no_more_than_the_line_that_it_cut(self):
        done = self.stop(50)
        with open(self.jsonl, "r+b") as file:
            whole = file.read()
            file.write(b'{"url":"' + self.server.url.encode() + b'/19')
        self.finish_crawl(done)
        with open(self.jsonl, "rb") as file:
            self.assertTrue(file.read().startswith(whole))

    def test_resuming_what_is_finished_asks_for_nothing(self):
        _, lines = self.crawl(self.server.url + "/0")
        self.finish_crawl(lines)

    def test_what_failed_is_tried_again(self):
        self.server.pages["/0"] = '<a href="/1">x</a><a href="/close">y</a>'
        self.server.pages["/1"] = "no links"
        _, lines = self.crawl(self.server.url + "/0", status=1)
        self.assertEqual(lines[self.server.url + "/close"]["error"], "disconnected")
        self.server.pages["/close"] = "now it is there"
        result = support.run("crawl", "--jsonl", self.jsonl, self.server.url + "/0", "--resume")
        self.check_status(result, 0)
        self.assertEqual([(line["url"].rpartition("/")[2], line["status"]) for line in support.read_jsonl(self.jsonl)][-1], ("close", 200))

    def test_resuming_needs_a_log_of_a_crawl(self):
        self.write("pages.jsonl", '{"url":"http://h/"}\n')
        result = support.run("crawl", "--jsonl", self.jsonl, self.server.url, "--resume")
        self.check_status(result, 2)
        self.assertIn(self.jsonl + ":1: ", result.err)
        self.assertEqual(self.server.asked(), 0)
        self.check_status(support.run("crawl", self.server.url, "--resume"), 2)
        # One that is not there yet is begun.
        self.jsonl = self.path("new.jsonl")
        self.crawl(self.server.url + "/0", "--resume", "--limit", 3)

    def test_a_crawl_of_before_is_not_written_over_unasked(self):
        _, lines = self.crawl(self.server.url + "/0", "--limit", 20)
        asked = self.server.asked()
        result = support.run("crawl", "--jsonl", self.jsonl, self.server.url + "/0")
        self.check_status(result, 2)
        for text in (self.jsonl, "--resume", "--overwrite"):
            self.assertIn(text, result.err)
        self.assertEqual(self.server.asked(), asked)
        self.assertEqual(support.by_url(support.read_jsonl(self.jsonl)), lines)
        self.check_status(support.run("crawl", "--jsonl", self.jsonl, self.server.url + "/0", "--overwrite", "--limit", 3), 0)
        self.assertEqual(len(support.read_jsonl(self.jsonl)), 3)
        self.check_status(support.run("crawl", "--jsonl", self.jsonl, self.server.url, "--overwrite", "--resume"), 2)

    def test_a_summary_that_cannot_be_written_is_no_success(self):
        with open("/dev/full", "wb") as full:
            result = support.run("crawl", self.server.url + "/status/204", stdout=full)
        self.check_status(result, 2)
        self.assertIn("No space left on device", result.err)

    def test_a_log_that_cannot_be(self):
        result = support.run("crawl", self.server.url, "--jsonl", self.path("no/such/folder/file"))
        self.check_status(result, 2)
        self.assertIn("no/such/folder/file", result.err)
        result = support.run("crawl", self.server.url + "/0", "--jsonl", "/dev/full")
        self.check_status(result, 2)
        self.assertIn("No space left on device", result.err)


class PagesThatTakeLong(Crawl):
    """HTML's rules make a parser look through all open elements for each new one: this page would take it many minutes."""

    DEEP = "<div>" * 400_000 + '<a href="/ok/deep">x</a>'

    def setUp(self):
        super().setUp()
        self.server = self.use(support.ScriptedServer())
        self.server.pages["/deep"] = self.DEEP
        self.others = [f"/ok/{i}" for i in range(30)]
        self.server.pages["/"] = '<a href="/deep">x</a>' + "".join(f'<a href="{path}">y</a>' for path in self.others)

    def test_the_others_go_on_and_the_time_limit_ends_it(self):
        result, lines = self.crawl(self.server.url, "--timeout", 2 * support.SLOW, status=1)
        self.assertEqual({url.removeprefix(self.server.url) for url in lines}, {"/", "/deep", *self.others})
        deep = lines.pop(self.server.url + "/deep")
        self.assertEqual((deep["status"], deep["bytes"], deep["error"]), (200, len(self.DEEP), "timeout"))
        self.assertIn("--timeout", deep["message"])
        self.assertIn("error    timeout: 1, the first: " + self.server.url + "/deep: ", result.out)
        # It was not in their way, though it was found first.
        self.assertEqual({line["status"] for line in lines.values()}, {200})
        self.assertEqual(support.read_jsonl(self.jsonl)[-1]["url"], self.server.url + "/deep")

    def test_a_page_that_is_nested_deep_is_searched_when_the_time_suffices(self):
        self.server.pages["/deep"] = "<div>" * 3000 + '<a href="/ok/deep">x</a>'
        _, lines = self.crawl(self.server.url)
        self.assertEqual(lines[self.server.url + "/ok/deep"]["status"], 200)

    def test_ctrl_c_does_not_wait_for_it(self):
        process = self.use(support.started("crawl", "--jsonl", self.jsonl, self.server.url, "--timeout", 3600))
        support.wait_until(lambda: support.count_lines(self.jsonl) == 1 + len(self.others), "all others are visited")
        # Its bytes have come, so nothing but the search of it is under way.
        support.wait_until(lambda: not self.server.sending, "the page has been sent")
        process.send_signal(signal.SIGINT)
        result = support.finish(process, 20 * support.SLOW)
        self.check_status(result, 130)
        self.assertRegex(result.out, rf"(?m)^{1 + len(self.others)} URLs in ")
        # What was not finished is visited again.
        self.server.pages["/deep"] = '<a href="/ok/later">x</a>'
        _, lines = self.crawl(self.server.url, "--resume")
        self.assertEqual({url.removeprefix(self.server.url) for url in lines}, {"/", "/deep", "/ok/later", *self.others})


class WhatFails(Crawl):
    def setUp(self):
        super().setUp()
        self.server = self.use(support.ScriptedServer())

    def test_a_start_url_that_is_none(self):
        for url in ("not a url", "http://[not-a-host/", "ftp://127.0.0.1/", "mailto:someone", "127.0.0.1:80/", ""):
            result = support.run("crawl", self.server.url, url, "--jsonl", self.jsonl)
            self.check_status(result, 2)
            self.assertIn(url, result.err)
            self.assertEqual(self.server.asked(), 0)
            self.assertFalse(os.path.exists(self.jsonl))

    def test_options_that_make_no_sense(self):
        for arguments in ([], ["--concurrency", "0", "http://h/"], ["--per-host", "none", "http://h/"], ["--nonsense", "http://h/"]):
            result = support.run("crawl", *arguments)
            self.check_status(result, 2)
            self.assertTrue(result.err)

    def test_a_host_that_does_not_answer_is_the_crawls_failure(self):
        bad = f"http://127.0.0.1:{support.free_port()}/"
        result, lines = self.crawl(bad, self.server.url + "/ok/1", status=1)
        self.assertEqual((lines[bad]["status"], lines[bad]["error"]), (None, "refused"))
        self.assertEqual(lines[self.server.url + "/ok/1"]["status"], 200)
        self.assertIn(f"error    refused: 1, the first: {bad}: ", result.out)
        self.assertIn(bad, result.err)

    def test_a_name_that_does_not_exist(self):
        _, lines = self.crawl("http://no-such-host.invalid/", status=1)
        self.assertEqual(lines["http://no-such-host.invalid/"]["error"], "dns")

    def test_a_broken_page_does_not_end_the_others(self):
        paths = {"/truncated": "truncated", "/reset": "reset", "/close": "disconnected", "/malformed": "malformed response", "/stall": "timeout",
                 "/big-head": "malformed response"}
        self.server.pages["/"] = "".join(f'<a href="{path}">x</a>' for path in [*paths, "/ok/1", "/status/500"])
        result, lines = self.crawl(self.server.url, "--timeout", 0.5, status=1)
        self.assertEqual({path: lines[self.server.url + path]["error"] for path in paths}, paths)
        self.assertEqual(lines[self.server.url + "/ok/1"]["status"], 200)
        self.assertEqual(broken_links_in(result.out), {self.server.url + "/status/500": (500, [self.server.url + "/"])})


if __name__ == "__main__":
    unittest.main(verbosity=2)
