"""examples/crawl over a real site, the libstdc++ manual, from gyre's own server and from nginx: it reaches what an independent walk over
the files reaches. Ends with 77, which ctest shows as skipped, when a test cannot run here."""

import os
import signal
import sys
import unittest

import site_walk
import support
from crawl_test import Crawl, broken_links_in, referrers_in


@unittest.skipUnless(support.find_manual(), "the libstdc++ manual is missing (Debian's libstdc++-12-doc)")
class TheLibstdcxxManual(Crawl):
    """A real site of 3,752 HTML pages and 1,543 other files, with 213 broken links of its own."""

    @classmethod
    def setUpClass(cls):
        cls.folder_of_site = support.find_manual()
        cls.site = "http://site.test/"
        cls.walk = site_walk.kept_walk(os.environ.get("GYRE_SITE_WALK"), cls.folder_of_site, cls.site.rstrip("/"))

    def moved(self, url, lines):
        """The lines as if the site were that of the walk."""
        def move(text):
            self.assertTrue(text.startswith(url), text)
            return self.site + text.removeprefix(url)
        return {move(line["url"]): dict(line, links=[move(link) for link in line["links"]]) for line in lines.values()}

    def check_crawl(self, url, result, lines):
        self.assertEqual({line["error"] for line in lines.values()}, {None})
        lines = self.moved(url, lines)
        self.assertEqual(set(lines), set(self.walk.found))
        self.assertEqual({url: line["status"] for url, line in lines.items()}, {url: status for url, (status, _) in self.walk.found.items()})
        self.assertEqual({url: line["bytes"] for url, line in lines.items() if line["status"] == 200},
                         {url: size for url, (status, size) in self.walk.found.items() if status == 200})
        # Every link of every page.
        self.assertEqual(referrers_in(lines), self.walk.referrers)
        self.assertEqual({self.site + link.removeprefix(url): (status, {self.site + page.removeprefix(url) for page in pages})
                          for link, (status, pages) in broken_links_in(result.out).items()},
                         {link: (404, self.walk.referrers[link]) for link in self.walk.broken()})

    def test_the_walk_itself_finds_a_site(self):
        self.assertGreater(len(self.walk.pages), 3000)
        self.assertGreater(len(self.walk.broken()), 100)
        # A link rule that walk and crawl had lost together would show nowhere else.
        on_disk = sum(name.endswith(".html") for _, _, names in os.walk(self.folder_of_site) for name in names)
        if on_disk != 3906:
            self.skipTest(f"this manual has {on_disk} HTML files; that of Debian 12, whose numbers are known, has 3,906")
        files = len(self.walk.found) - len(self.walk.pages) - len(self.walk.broken())
        self.assertEqual((len(self.walk.pages), files, len(self.walk.broken())), (3752, 1543, 213))

    def test_it_reaches_exactly_what_an_independent_walk_over_the_files_reaches(self):
        url = self.use(support.serve(self.folder_of_site))
        result, lines = self.crawl(url + "index.html", limit=5 * support.PATIENCE)
        self.check_crawl(url, result, lines)
        self.assertIn(f"\n{len(lines)} URLs in ", "\n" + result.out)
        self.assertIn(f"status   200: {len(lines) - len(self.walk.broken())}, 404: {len(self.walk.broken())}\n", result.out)
        self.assertNotIn("error ", result.out)

    @unittest.skipUnless(support.find_nginx(), "nginx is missing (Debian's nginx-light)")
    def test_nginx_gives_it_the_same_urls_statuses_and_sizes_with_a_ctrl_c_in_between(self):
        url = self.use(support.nginx(self.folder_of_site))
        process = self.use(support.started("crawl", url + "index.html", "--jsonl", self.jsonl))
        support.wait_until(lambda: support.count_lines(self.jsonl) > 700, "a part is done")
        process.send_signal(signal.SIGINT)
        self.check_status(support.finish(process), 130)
        done = support.by_url(support.read_jsonl(self.jsonl))
        self.assertLess(len(done), len(self.walk.found))

        result, lines = self.crawl(url + "index.html", "--resume", limit=5 * support.PATIENCE)
        self.check_crawl(url, result, lines)
        self.assertIn(f"{len(done)} URLs are in {self.jsonl} already\n", result.out)
        self.assertIn(f"\n{len(lines) - len(done)} URLs in ", result.out)


if __name__ == "__main__":
    ran = unittest.main(verbosity=2, exit=False).result
    sys.exit(1 if not ran.wasSuccessful() else 77 if ran.skipped else 0)
