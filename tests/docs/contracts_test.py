#!/usr/bin/env python3
"""Every public function has a contract; contracts.py finds those that have none, and says which part is missing."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

import contracts

ROOT = pathlib.Path(__file__).resolve().parents[2]


def problems(*lines):
    return contracts.problems("some.hpp", "\n".join(["namespace gyre {", "", *lines, "", "}  // namespace gyre", ""]))


def functions(*lines):
    return [f.name for f in contracts.Header("\n".join(["namespace gyre {", *lines, "}"])).functions]


class PublicHeaders(unittest.TestCase):
    maxDiff = None

    def test_have_a_contract_on_every_function(self):
        found = []
        for path in contracts.public_headers(ROOT):
            found += contracts.problems(str(path.relative_to(ROOT)), path.read_text())
        self.assertEqual(found, [], "the rules stand at the top of tests/docs/contracts.py")

    def test_are_all_looked_at(self):
        headers = {str(path.relative_to(ROOT)): path for path in contracts.public_headers(ROOT)}
        self.assertNotIn("net/detail/transport.hpp", headers)
        for header, names in {
            "runtime/sync/mutex.hpp": ["mutex::lock", "mutex::try_lock", "mutex::locked"],
            "runtime/sync/basic_queue.hpp": ["basic_queue::put", "basic_queue::get", "basic_queue::shutdown"],
            "runtime/combine/with.hpp": ["with", "try_finally"],
            "runtime/system/shards.hpp": ["shards::submit_to", "shards::invoke_on_all"],
            "net/stream.hpp": ["stream::read_some", "stream::write_all", "connected_pair"],
            "fs/file.hpp": ["file::file", "file::write_at", "file::close"],
            "http/client/request.hpp": ["request::send", "request::operator co_await"],
        }.items():
            found = [f.name for f in contracts.Header(headers[header].read_text()).functions]
            for name in names:
                self.assertIn(name, found, header)

    def test_have_no_exception_that_is_gone(self):
        known = {
            f"{path.relative_to(ROOT)}: {f.name}"
            for path in contracts.public_headers(ROOT)
            for f in contracts.Header(path.read_text()).functions
        }
        self.assertEqual(sorted(set(contracts.EXCEPTIONS) - known), [])


class Contracts(unittest.TestCase):
    def test_that_are_missing_are_named_with_line_part_and_cure(self):
        self.assertEqual(
            problems("// Waits.", "task<> wait();"),
            [
                "some.hpp:4: wait() has no Cancel: say what a cancel does, and whether something is lost, "
                "in the comment above it, its block or its class",
                "some.hpp:4: wait() has no Thread: say which thread may call it, in the comment above it, its block or its class",
                "some.hpp:4: wait() has no Throws: say what it throws, or 'Throws: nothing.', "
                "in the comment above it, its block or its class",
            ],
        )

    def test_that_are_whole_pass(self):
        contract = ["// Waits.", "// Cancel: at once, nothing is lost. Thread: a loop's.", "// Throws: error."]
        self.assertEqual(problems(*contract, "task<> wait();"), [])

    def test_need_throws_unless_noexcept_and_cancel_when_awaited(self):
        for declaration, missing in [
            ("int size() noexcept;", []),
            ("int size();", ["Throws"]),
            ("task<int> wait() noexcept;", ["Cancel", "Throws"]),
            ("async_generator<int> all();", ["Cancel", "Throws"]),
            ("detail::sleeper sleep() noexcept { return {}; }", ["Cancel", "Throws"]),
            ("detail::state& inside();", ["Throws"]),
            ("template <class T>\n    requires(sizeof(T) > 1)\ngather_awaiter<T> gather(T t);", ["Cancel", "Throws"]),
        ]:
            with self.subTest(declaration=declaration):
                found = problems("// Thread: any.", *declaration.split("\n"))
                self.assertEqual([line.split(" has no ")[1].split(":")[0] for line in found], missing)

    def test_say_whether_a_cancel_loses_something(self):
        rest = "Thread: a loop's. Throws: nothing."
        self.assertIn("leaves open whether something is lost", problems(f"// Cancel: at once. {rest}", "task<> wait();")[0])
        for cancel in ["at once, nothing is lost.", "Lossless: it stays.", "as wait().", "as future."]:
            self.assertEqual(problems(f"// Cancel: {cancel} {rest}", "task<> wait();"), [], cancel)

    def test_have_their_labels_in_order(self):
        found = problems("// Throws: error. Thread: any.", "void stop();")
        self.assertEqual(found, ["some.hpp:4: the contract has Throws:, Thread:; put them in this order: Thread:, Throws:"])

    def test_count_up_to_the_next_blank_line(self):
        contract = "// Thread: any. Throws: nothing."
        self.assertEqual(problems(contract, "void a();", "// Another.", "void b() {", "    a();", "}", "void c();"), [])
        self.assertEqual(len(problems(contract, "void a();", "", "void b();")), 2)

    def test_of_a_class_or_a_namespace_count_inside(self):
        body = ["public:", "    void a();", "", "    class part {", "    public:", "        int b() const;", "    };", "};"]
        self.assertEqual(problems("// Thread: any. Throws: nothing.", "class thing {", *body), [])
        self.assertEqual(len(problems("class thing {", *body)), 4)
        self.assertEqual(contracts.problems("some.hpp", "// Thread: any. Throws: nothing.\nnamespace gyre {\n\nvoid a();\n\n}\n"), [])

    def test_for_several_parts_may_name_another(self):
        self.assertEqual(problems("// Cancel, Thread, Throws: as wait().", "task<> again();"), [])
        self.assertEqual(problems("// Cancel and Thread: as wait(). Throws: nothing.", "task<> again();"), [])


class Functions(unittest.TestCase):
    def test_are_found_whatever_stands_around_them(self):
        self.assertEqual(
            functions(
                "inline constexpr int most = sum(1, 2);",
                "using call = void (*)(int);",
                "enum class kind { a, b };",
                "template <class T, class U = std::vector<T>>",
                "    requires std::same_as<T, U> && (sizeof(T) > 1)",
                '[[nodiscard("( {")]] std::vector<T> first(T a = T{}, U b = {1, 2});',
                "class thing : public base<int> {",
                "public:",
                "    static constexpr char open = '{';",
                "    explicit thing(int n) noexcept : n_{n}, rest_(n) { start(); }",
                "    explicit operator bool() const noexcept { return n_ != 0; }",
                "    thing& operator+=(int n) {",
                "        if (n) { n_ += n; }",
                "        return *this;",
                "    }",
                "    friend bool operator==(const thing& a, const thing& b) noexcept = default;",
                "    T operator()(int n) const;",
                "private:",
                "    void start();",
                "    int n_ = 0;",
                "};",
                "template <class T>",
                "void thing::last() {}",
                "struct open_one { int a{}; void use(); };",
            ),
            ["first", "thing::thing", "thing::operator bool", "thing::operator+=", "thing::operator()", "open_one::use"],
        )

    def test_that_are_not_for_users_are_left_out(self):
        self.assertEqual(
            functions(
                "namespace detail {",
                "void inside();",
                "class part { public: void use(); };",
                "}",
                "class failed_error : public std::runtime_error { public: failed_error(); };",
                "class wait_awaiter { public: void use(); };",
                "class thing {",
                "public:",
                "    thing() {}",
                "    thing(const thing& other);",
                "    thing(thing&&) noexcept;",
                "    thing& operator=(thing other);",
                "    ~thing();",
                "    bool await_ready();",
                "",
                "    // For the library.",
                "    void reach_inside();",
                "    void reach_further();",
                "protected:",
                "    void hidden();",
                "};",
            ),
            [],
        )


class Program(unittest.TestCase):
    def run_on(self, text):
        with tempfile.TemporaryDirectory() as root:
            header = pathlib.Path(root) / "net" / "some.hpp"
            header.parent.mkdir()
            header.write_text(text)
            return subprocess.run([sys.executable, "-B", contracts.__file__, root], capture_output=True, text=True, check=False)

    def test_fails_for_a_header_with_a_function_without_a_contract(self):
        ended = self.run_on("namespace gyre::net {\nvoid stop();\n}\n")
        self.assertEqual(ended.returncode, 1)
        self.assertIn("net/some.hpp:2: stop() has no Thread: say", ended.stdout)

    def test_passes_where_every_function_has_one(self):
        ended = self.run_on("namespace gyre::net {\n// Thread: any. Throws: nothing.\nvoid stop();\n}\n")
        self.assertEqual((ended.returncode, ended.stdout), (0, ""))


if __name__ == "__main__":
    unittest.main()
