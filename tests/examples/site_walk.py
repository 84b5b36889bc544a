"""An independent walk over the files of a site: what a crawl of it must reach, and nothing of gyre in it.

Links are the href of a, area and link and the src of frame, iframe, img and script, resolved against the page or its
<base href>; only those with the page's own scheme and host count, without their fragment. Run by itself it prints the counts:

    site_walk.py FOLDER [START]
"""

import html.parser
import json
import os
import sys
import tempfile
import urllib.parse

HREF = {"a", "area", "link"}
SRC = {"frame", "iframe", "img", "script"}


class _Links(html.parser.HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.base = None
        self.found = []

    def handle_starttag(self, tag, attributes):
        wanted = "href" if tag in HREF or tag == "base" else "src" if tag in SRC else None
        if wanted is None:
            return
        for name, value in attributes:  # the first of two attributes with one name counts
            if name == wanted:
                if value is None:
                    value = ""
                if tag == "base":
                    self.base = value if self.base is None else self.base
                else:
                    self.found.append(value)
                return


def canonical(base, link):
    """The URL as a browser would send it, without its fragment; None when it is none, or no http(s) one."""
    link = link.strip(" \t\n\r\f").replace("\t", "").replace("\n", "").replace("\r", "")
    try:
        joined = urllib.parse.urlsplit(urllib.parse.urljoin(base, link))
        port = joined.port
    except ValueError:
        return None
    if joined.scheme not in ("http", "https") or not joined.hostname:
        return None
    host = joined.hostname if port in (None, {"http": 80, "https": 443}[joined.scheme]) else f"{joined.hostname}:{port}"
    # Characters that the URL Standard leaves alone in a path and in a query; '%' stays as it is.
    path = urllib.parse.quote(joined.path or "/", safe="/%:@!$&'()*+,;=-._~[]|\\^")
    path = path.replace("\\", "/")
    query = "?" + urllib.parse.quote(joined.query, safe="/%:@!$&()*+,;=-._~?[]|\\^`{}") if joined.query else ""
    return f"{joined.scheme}://{host}{path}{query}"


def links_of(page, url):
    """The links of an HTML page, each once, in order; those of other hosts too."""
    parser = _Links()
    parser.feed(page)
    parser.close()
    base = urllib.parse.urljoin(url, parser.base.strip()) if parser.base is not None else url
    seen = {}
    for link in parser.found:
        target = canonical(base, link)
        if target is not None:
            seen[target] = True
    return list(seen)


class Walk:
    """What the walk found: url -> (status, size), and url -> the set of pages that link to it."""

    def __init__(self):
        self.found = {}
        self.referrers = {}
        self.pages = set()

    def broken(self):
        return {url for url, (status, _) in self.found.items() if status >= 400}


def _file_of(folder, url):
    path = urllib.parse.unquote(urllib.parse.urlsplit(url).path)
    file = os.path.join(folder, path.lstrip("/"))
    if path.endswith("/"):
        file = os.path.join(file, "index.html")
    return file if os.path.isfile(file) else None


def walk(folder, root="http://site.test", start="/index.html"):
    result = Walk()
    first = canonical(root, root + start)
    site = urllib.parse.urlsplit(first)[:2]
    waiting = [first]
    result.referrers[first] = set()
    while waiting:
        url = waiting.pop()
        file = _file_of(folder, url)
        if file is None:
            result.found[url] = (404, None)
            continue
        result.found[url] = (200, os.path.getsize(file))
        if not file.endswith((".html", ".htm")):
            continue
        result.pages.add(url)
        with open(file, encoding="utf-8", errors="replace", newline="") as page:
            text = page.read()
        for link in links_of(text, url):
            if urllib.parse.urlsplit(link)[:2] != site:
                continue
            if link not in result.referrers:
                result.referrers[link] = set()
                waiting.append(link)
            result.referrers[link].add(url)
    return result


def kept_walk(path, folder, root):
    """The same walk, kept in a file for the next who asks: html.parser needs the better part of a minute for a large site."""
    made_of = [root, folder, *(os.stat(file).st_mtime_ns for file in (__file__, os.path.join(folder, "index.html")))]
    if path and os.path.isfile(path):
        with open(path, encoding="utf-8") as file:
            kept = json.load(file)
        if kept["made_of"] == made_of:
            result = Walk()
            result.found = {url: tuple(answer) for url, answer in kept["found"].items()}
            result.referrers = {url: set(pages) for url, pages in kept["referrers"].items()}
            result.pages = set(kept["pages"])
            return result
    result = walk(folder, root)
    if path:
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=os.path.dirname(path), delete=False) as file:
            json.dump({"made_of": made_of, "found": result.found, "pages": list(result.pages),
                       "referrers": {url: list(pages) for url, pages in result.referrers.items()}}, file)
        os.replace(file.name, path)
    return result


def main():
    folder = sys.argv[1]
    result = walk(folder, start=sys.argv[2] if len(sys.argv) > 2 else "/index.html")
    broken = result.broken()
    links = sum(len(result.referrers[url]) for url in broken)
    print(f"{len(result.pages)} HTML pages, {len(result.found) - len(result.pages) - len(broken)} other files, "
          f"{len(broken)} broken URLs in {links} links, {sum(len(pages) for pages in result.referrers.values())} links in all")


if __name__ == "__main__":
    main()
