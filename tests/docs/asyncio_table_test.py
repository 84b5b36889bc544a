#!/usr/bin/env python3
"""The table asyncio -> gyre in docs/asyncio.md is complete: it has every public name of the Python that runs this, and no empty row."""
import asyncio
import asyncio.subprocess
import inspect
import pathlib
import re
import unittest

import snippets

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "asyncio.md"

# Public names of Python 3.12 to 3.14 that an older one does not have, of other platforms, and attributes that instances only have.
OTHER_NAMES = """
    create_eager_task_factory eager_task_factory QueueShutDown Queue.shutdown EventLoop Server.close_clients Server.abort_clients
    Task.get_context Handle.get_context TaskGroup TaskGroup.create_task
    print_call_graph format_call_graph capture_call_graph FrameCallGraphEntry FutureCallGraph future_add_to_awaited_by
    future_discard_from_awaited_by
    ProactorEventLoop WindowsSelectorEventLoopPolicy WindowsProactorEventLoopPolicy
    Condition.acquire Condition.release Condition.locked loop.slow_callback_duration
    subprocess.PIPE subprocess.STDOUT subprocess.DEVNULL Process Process.stdin Process.stdout Process.stderr Process.pid
""".split()
# A class and the name that the table has its members under.
SHORT = {"AbstractEventLoop": "loop", "BaseEventLoop": "loop", "AbstractServer": "Server"}


def short(cls):
    return SHORT.get(cls.__name__, cls.__name__)


def asyncio_classes(cls):
    """The class and its bases, as far as they are asyncio's."""
    return [base for base in cls.__mro__ if base.__module__.lstrip("_").split(".")[0] == "asyncio"]


def members(cls):
    return {name for name in vars(cls) if not name.startswith("_")}


def public_names():
    """Each public name of asyncio, with the names that it may stand under in the table."""
    names = {name: {name} for name in OTHER_NAMES}
    classes = [asyncio.subprocess.Process]
    for name in asyncio.__all__:
        if name.startswith("_"):
            continue
        names[name] = {name}
        thing = getattr(asyncio, name)
        if inspect.isclass(thing) and not issubclass(thing, BaseException):
            classes.append(thing)
    for cls in classes:
        for base in asyncio_classes(cls):
            for member in members(base):
                # In the class's own row, or in that of a base that has it too.
                names[f"{short(cls)}.{member}"] = {
                    f"{short(c)}.{m}" for c in asyncio_classes(cls) if member in members(c) for m in (member, "*")
                } | {f"{short(cls)}.{member}"}
    return names


def rows():
    """(line, asyncio's names, gyre's cell, remark) of each row."""
    found = []
    for number, line in enumerate(PAGE.read_text().split("\n"), start=1):
        cells = snippets.columns(line)
        if not cells or cells[0] == "asyncio" or set(cells[0]) == {"-"}:
            continue
        found.append((number, snippets.CODE_SPAN.findall(cells[0]), cells[1], cells[2]))
    return found


class AsyncioTable(unittest.TestCase):
    maxDiff = None

    def test_has_every_public_name(self):
        in_table = {name for _, names, _, _ in rows() for name in names}
        missing = sorted(name for name, places in public_names().items() if not places & in_table)
        self.assertEqual(missing, [], "add a row for each of these to docs/asyncio.md")

    def test_has_no_name_that_asyncio_has_not(self):
        known = public_names()
        for number, names, _, _ in rows():
            for name in names:
                with self.subTest(line=number, name=name):
                    # "run(debug=True)" is an option of run, "AbstractChildWatcher.*" stands for all members.
                    self.assertIn(re.sub(r"\(.*\)$|\.\*$", "", name), known)

    def test_every_row_has_code_or_says_why_not(self):
        for number, _, gyre, remark in rows():
            with self.subTest(line=number):
                if not snippets.cell_code(gyre):
                    self.assertIn(gyre, ["no:", "not yet:"])
                    self.assertTrue(remark, "a row without code gives the reason")

    def test_every_row_has_three_cells(self):
        for number, line in enumerate(PAGE.read_text().split("\n"), start=1):
            if line.startswith("|"):
                self.assertEqual(len(snippets.columns(line)), 3, f"line {number}: {line}")


if __name__ == "__main__":
    unittest.main()
