"""aiohttp, on asyncio's own loop or (--uvloop) on uvloop."""

import argparse
import asyncio
import json
import pathlib
import platform
import sys

import aiohttp

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import support  # noqa: E402

WARM_UP_REQUESTS = 2  # each connection makes these before anything is measured


class Job:
    def __init__(self, session, options):
        self.session, self.options = session, options
        self.to_start = self.done = self.bytes = 0

    async def worker(self):
        while self.to_start > 0:
            self.to_start -= 1
            try:
                async with self.session.get(self.options.url) as response:
                    body = await response.read()
            except (aiohttp.ClientError, OSError) as error:
                print(repr(error), file=sys.stderr)  # missing from the tally, and so counts as an error
                continue
            if response.status == 200 and len(body) == self.options.expect:
                self.done += 1
                self.bytes += len(body)

    async def run(self, requests):
        self.to_start, self.done, self.bytes = requests, 0, 0
        await asyncio.gather(*(self.worker() for _ in range(self.options.connections)))


async def measure(options):
    connector = aiohttp.TCPConnector(limit=options.connections, limit_per_host=0, force_close=False)
    timeout = aiohttp.ClientTimeout(total=None)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as session:
        job = Job(session, options)
        warm_up = options.connections * WARM_UP_REQUESTS
        await job.run(warm_up)
        errors = warm_up - job.done
        before = support.Usage()
        await job.run(options.requests)
        spent = support.Usage().since(before)
        errors += options.requests - job.done
        return {"requests": job.done, "bytes": job.bytes, **spent, "errors": errors}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", required=True)
    parser.add_argument("--connections", type=int, required=True)
    parser.add_argument("--requests", type=int, required=True)
    parser.add_argument("--expect", type=int, required=True, help="length of every body")
    parser.add_argument("--uvloop", action="store_true")
    options = parser.parse_args()
    version = f"Python {platform.python_version()}, aiohttp {aiohttp.__version__}"
    if options.uvloop:
        import uvloop

        uvloop.install()
        version += f", uvloop {uvloop.__version__}"
    result = {"version": version, **asyncio.run(measure(options))}
    result["peak_rss_kib"] = support.peak_rss_kib()
    print(json.dumps(result))
    return 0 if result["errors"] == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
