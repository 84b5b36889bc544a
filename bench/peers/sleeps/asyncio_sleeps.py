"""COUNT × asyncio.sleep(SECONDS) by gather, on asyncio's own loop or (--uvloop) on uvloop."""

import argparse
import asyncio
import json
import pathlib
import platform
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import support  # noqa: E402


async def all_sleeps(options):
    await asyncio.gather(*(asyncio.sleep(options.seconds) for _ in range(options.count)))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--seconds", type=int, required=True)
    parser.add_argument("--uvloop", action="store_true")
    options = parser.parse_args()
    version = f"Python {platform.python_version()}"
    if options.uvloop:
        import uvloop

        uvloop.install()
        version += f", uvloop {uvloop.__version__}"
    before = support.Usage()
    asyncio.run(all_sleeps(options))
    spent = support.Usage().since(before)
    over_ms = round((spent["wall_s"] - options.seconds) * 1e3, 3)
    result = {"version": version, "count": options.count, "seconds": options.seconds, "over_ms": over_ms, **spent}
    result["peak_rss_kib"] = support.peak_rss_kib()
    print(json.dumps(result))


if __name__ == "__main__":
    main()
