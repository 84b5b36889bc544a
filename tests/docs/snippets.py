#!/usr/bin/env python3
"""Turns the C++ code of the guide into sources, so that the build compiles it.

    snippets.py SOURCE_DIR OUTPUT_DIR

Reads README.md and docs/*.md and writes OUTPUT_DIR/<page>.cpp, with all fragments of the page, and OUTPUT_DIR/<page>_<line>.cpp for
each whole program (one with a main). Prints the files it stands for, one a line; OUTPUT_DIR holds no other .cpp afterwards.

A fragment is what stands in a ```cpp block, or in the second column of a table in asyncio.md (its code spans, joined). It sees the names
that prelude.hpp declares and the definitions that stand above it on its page. Statements go into a coroutine of their own.

A comment on the line before a block, or anywhere in a table's row, takes it out:
    <!-- not compiled: REASON -->
    <!-- needs: PART -->             of the library, which is still to come
"""
import pathlib
import re
import sys

FENCE = re.compile(r"^```(\w*)")
INCLUDE = re.compile(r"^\s*#include\b")
MARK = re.compile(r"<!--\s*(not compiled|needs):\s*(.*?)\s*-->")
COMMENT_LINE = re.compile(r"^<!--.*-->$")
CODE_SPAN = re.compile(r"`([^`]+)`")
MAIN = re.compile(r"^int main\(")
# "gyre::task<> show(gyre::http::client& http) {", "struct order {", "TEST_CASE("a name") {": no statement begins like this.
DEFINITION = re.compile(
    r"^(template\b|(struct|class|enum|namespace)\s+\w|[A-Z_]+\(|[\w:<>,&* ]+[ &*]\w+\([^{}]*\)( const)?( noexcept)? \{)"
)


class GuideError(Exception):
    """Says what is wrong on which line of which page."""


class Fragment:
    def __init__(self, line, lines, is_cell=False):
        self.line = line  # of the first one
        self.lines = lines
        self.is_cell = is_cell

    def has(self, pattern):
        return any(pattern.match(line) for line in self.lines)

    def is_program(self):
        return self.has(MAIN) and self.has(INCLUDE)

    def is_definitions(self):
        return not self.is_cell and self.has(DEFINITION)


def skipped(page, number, text):
    """Whether a mark in the text takes the code beside it out."""
    mark = MARK.search(text)
    if mark and not mark[2]:
        raise GuideError(f"{page}:{number}: \"{mark[1]}\" does not say {'why' if mark[1] == 'not compiled' else 'which part'}")
    return mark is not None


def columns(row):
    """The cells of a table's row, or none."""
    if not row.startswith("|"):
        return []
    return [cell.strip().replace(r"\|", "|") for cell in re.split(r"(?<!\\)\|", row.strip())[1:-1]]


def cell_code(cell):
    """A table's cell as statements; empty when it holds no code."""
    return " ".join(span if span.endswith((";", "}")) else span + ";" for span in CODE_SPAN.findall(cell))


def fragments(page, text, with_tables):
    """The page's fragments, without those that are marked."""
    found = []
    block = None  # the lines of an open block, whatever its language
    marks = ""  # the comments on the lines before
    for number, line in enumerate(text.split("\n"), start=1):
        if block is not None:
            if line.startswith("```"):
                if language in ("cpp", "c++") and not skipped(page, number, marks):
                    found.append(Fragment(start, block))
                block, marks = None, ""
            else:
                block.append(line)
            continue
        fence = FENCE.match(line)
        if fence:
            block, language, start = [], fence[1], number + 1
        elif COMMENT_LINE.match(line.strip()):
            marks += line
        elif line.strip():
            marks = ""
            cells = columns(line) if with_tables else []
            code = cell_code(cells[1]) if len(cells) > 1 else ""
            if code and not skipped(page, number, line):
                found.append(Fragment(number, [code], is_cell=True))
    if block is not None:
        raise GuideError(f"{page}:{start - 1}: this block is never closed")
    return found


def page_source(path, parts):
    """The source of a page's fragments."""
    # Includes stand before every namespace.
    source = ['#include "prelude.hpp"']
    for part in parts:
        for offset, line in enumerate(part.lines):
            if INCLUDE.match(line):
                source += [f'#line {part.line + offset} "{path}"', line]
    for part in parts:
        # A main without includes is the end of what the page builds up; here it is a function like others.
        body = ["" if INCLUDE.match(line) else MAIN.sub("auto main_(", line) for line in part.lines]
        opening, closing = ["namespace guide::here {"], ["}"]
        if not part.is_definitions():
            opening = [f"namespace guide::here::line_{part.line} {{", "gyre::task<> snippet() {"]
            closing = ["co_return;", "}", *closing]
        source += [*opening, f'#line {part.line} "{path}"', *body, *closing]
    return "\n".join(source) + "\n"


def program_source(path, part):
    return "\n".join([f'#line {part.line} "{path}"', *part.lines]) + "\n"


def write(path, text):
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


def pages(root):
    return [root / "README.md", *sorted((root / "docs").glob("*.md"))]


def generate(root, output):
    """Writes the sources. Returns: their paths."""
    output.mkdir(parents=True, exist_ok=True)
    written = []

    def add(name, text):
        written.append(output / name)
        write(written[-1], text)

    for page in pages(root):
        name = page.relative_to(root).with_suffix("").as_posix().replace("/", "_").replace("-", "_")
        found = fragments(page.relative_to(root), page.read_text(), page.name == "asyncio.md")
        programs = [part for part in found if part.is_program()]
        rest = [part for part in found if not part.is_program()]
        if rest:
            add(f"{name}.cpp", page_source(page, rest))
        for part in programs:
            add(f"{name}_{part.line}.cpp", program_source(page, part))
    for old in set(output.glob("*.cpp")) - set(written):
        old.unlink()
    return written


if __name__ == "__main__":
    try:
        for source in generate(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])):
            print(source)
    except GuideError as error:
        sys.exit(str(error))
