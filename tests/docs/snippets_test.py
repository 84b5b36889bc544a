#!/usr/bin/env python3
"""snippets.py finds all code of the guide, leaves out what is marked, and says where each line comes from."""
import pathlib
import subprocess
import tempfile
import unittest

import snippets

ROOT = pathlib.Path(__file__).resolve().parents[2]


def found(text, with_tables=False):
    return snippets.fragments("page.md", text, with_tables)


def block(*lines, language="cpp"):
    return "\n".join([f"```{language}", *lines, "```", ""])


class Fragments(unittest.TestCase):
    def test_are_the_blocks_of_cpp_with_their_lines(self):
        parts = found("text\n" + block("one();") + block("ls", language="sh") + block("two();", "three();"))
        self.assertEqual([(p.line, p.lines) for p in parts], [(3, ["one();"]), (9, ["two();", "three();"])])

    def test_are_the_second_cells_of_rows(self):
        text = "| python | C++ | |\n|---|---|---|\n| `a` | `b()` and `c(x \\| y);` | `no code` |\n| `d` | no: | why |\n"
        parts = found(text, with_tables=True)
        self.assertEqual([(p.line, p.lines) for p in parts], [(3, ["b(); c(x | y);"])])
        self.assertEqual(found(text), [], "tables of other pages are prose")

    def test_that_are_marked_are_left_out(self):
        for mark in ["<!-- not compiled: it shows an error -->", "<!-- needs: system -->"]:
            with self.subTest(mark=mark):
                parts = found(f"{mark}\n" + block("marked();") + block("plain();"))
                self.assertEqual([p.lines for p in parts], [["plain();"]])
                self.assertEqual(found(f"| a | `marked()` {mark} | |", with_tables=True), [])

    def test_are_not_left_out_by_a_mark_further_away(self):
        parts = found("<!-- needs: system -->\ntext\n" + block("plain();"))
        self.assertEqual([p.lines for p in parts], [["plain();"]])

    def test_are_not_left_out_without_a_reason(self):
        with self.assertRaisesRegex(snippets.GuideError, r"page\.md:4.*does not say why"):
            found("<!-- not compiled: -->\n" + block("marked();"))

    def test_end_somewhere(self):
        with self.assertRaisesRegex(snippets.GuideError, r"page\.md:2.*never closed"):
            found("text\n```cpp\none();\n")

    def test_are_programs_definitions_or_statements(self):
        def kind(*lines):
            part = found(block(*lines))[0]
            return "program" if part.is_program() else "definitions" if part.is_definitions() else "statements"

        self.assertEqual(kind("#include <x>", "int main() { run(); }"), "program")
        self.assertEqual(kind("// one", "gyre::task<> f(int n) {", "}"), "definitions")
        self.assertEqual(kind("gyre::task<std::vector<int>> f(const x& a, y* b) {", "}"), "definitions")
        self.assertEqual(kind("struct x {", "};"), "definitions")
        self.assertEqual(kind("TEST_CASE(\"x\") {", "}"), "definitions")
        self.assertEqual(kind("gyre::context_variable<int> x(0);", "", "gyre::task<> f() {", "}"), "definitions")
        self.assertEqual(kind("int main() { run(); }"), "definitions")
        self.assertEqual(kind("co_await gyre::with(r, [&](x& a) -> gyre::task<> {", "});"), "statements")
        self.assertEqual(kind("while (auto x = co_await y.next()) {", "}"), "statements")
        self.assertEqual(kind("gyre::event_loop loop;"), "statements")
        self.assertEqual(kind("auto f = gyre::spawn([n = 42]() -> gyre::task<int> {", "});"), "statements")


class Sources(unittest.TestCase):
    def test_name_the_page_and_the_line_of_an_error(self):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / "docs").mkdir()
            (root / "README.md").write_text("# x\n")
            (root / "docs" / "page.md").write_text("# x\n\n" + block("#include <vector>", "right();", "wrong();"))
            sources = snippets.generate(root, root / "out")
            text = sources[0].read_text()
            self.assertIn(f'#line 4 "{root}/docs/page.md"\n\nright();\nwrong();\n', text)
            self.assertLess(text.index("#include <vector>"), text.index("namespace"), "an include stands before every namespace")

    def test_have_a_page_s_definitions_where_its_fragments_see_them(self):
        parts = found(block("gyre::task<> f() {", "}") + block("co_await f();"))
        text = snippets.page_source("page.md", parts)
        self.assertIn('namespace guide::here {\n#line 2 "page.md"\ngyre::task<> f() {', text)
        self.assertIn('namespace guide::here::line_6 {\ngyre::task<> snippet() {\n#line 6 "page.md"\nco_await f();\nco_return;', text)

    def test_of_pages_that_have_gone_are_removed(self):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / "docs").mkdir()
            (root / "README.md").write_text(block("one();"))
            (root / "docs" / "page.md").write_text(block("two();"))
            self.assertEqual(len(snippets.generate(root, root / "out")), 2)
            (root / "docs" / "page.md").unlink()
            self.assertEqual([s.name for s in snippets.generate(root, root / "out")], ["README.cpp"])
            self.assertEqual([s.name for s in (root / "out").glob("*")], ["README.cpp"])

    def test_of_this_guide_can_be_made(self):
        with tempfile.TemporaryDirectory() as folder:
            script = pathlib.Path(snippets.__file__)
            made = subprocess.run(["/usr/bin/python3", "-B", script, ROOT, folder], check=True, capture_output=True, text=True)
            self.assertIn("docs_asyncio.cpp", made.stdout)


if __name__ == "__main__":
    unittest.main()
