#!/usr/bin/env python3
"""Every public function has a contract. Says which functions of the public headers have none, or lack a part of it.

    contracts.py [SOURCE_DIR]        prints what is missing, a line each, and ends with 1 when that is something

The rules:
 1. A contract is a comment with labels, in this order: what the function does and gives (Returns: where a label helps), Cancel:, Thread:,
    Throws:, Source: (RFC and section, kernel version, issue). "Cancel, Thread, Throws: as lock()." stands for all three.
 2. It stands right above a function, and counts for those below it too, up to the next blank line; a label in a comment between them
    replaces the one above. What stands above a class, or above the namespace of the file, counts for all that is in it.
 3. Each function needs Thread:; one that is not noexcept needs Throws:; one whose result is awaited needs Cancel: and Throws:.
    Awaited is a task<>, an async_generator<>, what is named ..._awaiter, and what comes by value out of gyre::detail, or as auto.
 4. Cancel: says whether something is lost, in one of the words lossless, lost, loses; or names the contract that does: "as lock()".
 5. Nothing is asked of what is private, protected or in a namespace detail (but for SHOWN); of destructors, copies and moves; of
    what is = default, = delete or `X() {}`; of exceptions and awaiters; and of what a comment says is "For the library".

std::bad_alloc, and what a user's own type throws when it is moved, are named only where nothing else can be thrown.
"""
import pathlib
import re
import sys

MODULES = ["runtime", "net", "fs", "http"]
# Classes in a namespace detail that users see all the same: bases of public ones, and what public names stand for.
SHOWN = {"basic_queue", "queue_state", "guard", "promise_handle"}
# Functions that need not have a contract, as "runtime/sync/mutex.hpp: mutex::lock", each with the reason why.
EXCEPTIONS = {}

ORDER = ["Returns", "Cancel", "Thread", "Throws", "Source"]
LABEL = f"(?:{'|'.join(ORDER)})"
LABELS = re.compile(rf"\b({LABEL}(?:(?:, | and ){LABEL})*)(?: from [\w()]+)?:")
SAYS_LOSS = re.compile(r"\b(?:lossless|lost|loses)\b|^as \w+|\bas [\w:]+\(", re.IGNORECASE)
AWAITED = re.compile(r"^(?:gyre::)?(?:task|async_generator)<|^(?:gyre::)?detail::[^&*]*$|\w*_awaiter(?:<.*>)?$|^auto$")
# Not for users: what the compiler calls for a co_await, and the inside of a coroutine.
MACHINERY = re.compile(r"await_(?:ready|suspend|resume)|promise_type|run_body|\w*awaiter")
CURE = {
    "Cancel": "say what a cancel does, and whether something is lost",
    "Thread": "say which thread may call it",
    "Throws": "say what it throws, or 'Throws: nothing.'",
}

CODE_TO_BLANK = re.compile(r'//[^\n]*|"(?:\\.|[^"\\\n])*"|(?<!\w)\'(?:\\.|[^\'\\\n])+\'|^[ \t]*#[^\n]*', re.MULTILINE)
ACCESS = re.compile(r"(public|protected|private)\s*:(?!:)")
CLASS = re.compile(r"(class|struct|union)\s+((?:\w|::|<[^()]*?>(?=::))+)(?:<.*?>)?\s*(?:final\b)?\s*(?::(?!:)(.*))?$")
OTHER = re.compile(r"(?:using|typedef|static_assert|enum|concept|extern|class|struct|union)\b")
# What it gives, its name, and the bracket of its parameters.
FUNCTION = re.compile(r"^(.*?)((?:[\w:~]|<[^()]*>::)*\boperator\s*(?:\(\)|[^\w\s(]+|[\w:<>&* ]+?)|(?:\w|::|~|<[^()]*>::)*[\w~])\s*\(")


class Function:
    def __init__(self, name, line, result, is_noexcept, labels):
        self.name = name
        self.line = line
        self.result = result
        self.is_noexcept = is_noexcept
        self.labels = labels  # name -> text

    def needs(self):
        is_operator = re.search(r"\boperator\b", self.name)
        if self.name.endswith("operator co_await") or (AWAITED.search(self.result) and not is_operator):
            return ["Cancel", "Thread", "Throws"]
        return ["Thread"] if self.is_noexcept else ["Thread", "Throws"]


def labels_of(comment):
    """The labels in a comment and what each says, in the order in which they stand."""
    found = {}
    marks = list(LABELS.finditer(comment))
    for mark, following in zip(marks, marks[1:] + [None]):
        text = comment[mark.end() : following.start() if following else len(comment)].strip()
        for name in re.findall(LABEL, mark[1]):
            found[name] = text
    return found


def without_clauses(text):
    """Without requires clauses, each of which begins a line and ends one."""
    kept = []
    clause = ""
    for line in text.split("\n"):
        if clause or line.lstrip().startswith("requires"):
            clause += line
            balanced = clause.count("(") == clause.count(")") and clause.count("{") == clause.count("}")
            if balanced and not line.rstrip().endswith(("&&", "||")):
                clause = ""
        else:
            kept.append(line)
    return "\n".join(kept)


def without_parameters(text):
    """Behind the <...> that a text begins with."""
    depth = 0
    for at, c in enumerate(text):
        depth += (c == "<") - (c == ">" and text[at - 1] != "-")
        if depth == 0:
            return text[at + 1 :]
    return ""


def bare(declaration):
    """In one line, without templates, constraints, attributes and the words in front that do not matter here."""
    text = re.sub(r"\[\[.*?\]\]|\balignas\([^)]*\)", " ", declaration, flags=re.DOTALL).strip()
    while text.startswith("template"):
        text = without_clauses(without_parameters(text[len("template") :].lstrip())).strip()
    text = " ".join(without_clauses(text).split())
    return re.sub(r"^(?:(?:friend|static|inline|constexpr|consteval|explicit|virtual|mutable)\b\s*)+", "", text)


class Header:
    """Goes through the declarations of a header; finds its public functions, and comments whose labels are out of order."""

    def __init__(self, text):
        self.functions = []
        self.out_of_order = []  # (line, labels)
        self.comments = {}  # by line
        self.class_labels = {}  # of classes, for what is defined outside of them
        # Comments, strings and preprocessor lines are blanked out.
        self.code = CODE_TO_BLANK.sub(lambda match: self.blank(match, text), text)
        self.lines = self.code.split("\n")
        self.walk(0, len(self.code), [], {}, True, "")

    def blank(self, match, text):
        if match[0].startswith("//"):
            self.comments[text.count("\n", 0, match.start()) + 1] = match[0][2:].strip()
        return ('""' if match[0].startswith('"') else "").ljust(len(match[0]))

    def line_of(self, at):
        return self.code.count("\n", 0, at) + 1

    def past_brackets(self, at):
        depth = 0
        while True:
            depth += (self.code[at] in "({[") - (self.code[at] in ")}]")
            at += 1
            if depth == 0:
                return at

    def labels_at(self, start, end):
        """The labels of what stands on these lines, and the line that it begins at, with the comment above it."""
        first = start
        while first - 1 in self.comments and not self.lines[first - 2].strip():
            first -= 1
        above = "\n".join(self.comments[line] for line in range(first, start))
        found = labels_of(above)
        if sorted(found, key=ORDER.index) != list(found):
            self.out_of_order.append((start, list(found)))
        if "For the library" in above:
            found["library"] = above
        behind = " ".join(self.comments[line] for line in range(start, end + 1) if line in self.comments)
        return found | labels_of(behind), first

    def end_of_declaration(self, start, end):
        """Where its ';' or its body's '{' stands."""
        at = start
        in_initialisers = False
        while at < end and self.code[at] != ";":
            before = self.code[start:at].rstrip()
            if self.code[at] in "([":
                at = self.past_brackets(at)
            elif self.code[at] == "{":
                if not self.is_part_of_declaration(before, in_initialisers):
                    break
                at = self.past_brackets(at)
            else:
                if self.code[at] == ":" and ":" not in (self.code[at - 1], self.code[at + 1]):
                    in_initialisers = in_initialisers or re.search(r"\)(?:\s*noexcept)?$", before) is not None
                at += 1
        return at

    @staticmethod
    def is_part_of_declaration(before, in_initialisers):
        """Whether a '{' behind this begins no body: of a class, a namespace, a function."""
        declaration = bare(before)
        if "(" not in declaration:
            return not re.match(r"(?:class|struct|union|enum|namespace)\b", declaration)
        if in_initialisers:
            return re.search(r"[\w>]$", before) is not None
        return re.search(r"\bconcept\b|\brequires(?:\s*\([^()]*\))?$|=$", before) is not None

    def walk(self, at, end, scope, labels, is_public, outer):
        """The declarations between these places: in these namespaces, under these labels, of the class `outer`."""
        block = {}
        block_ends = 0
        while True:
            while at < end and (self.code[at].isspace() or self.code[at] == ";"):
                at += 1
            if at >= end:
                return
            if access := ACCESS.match(self.code, at):
                is_public = access[1] == "public"
                at = access.end()
                block_ends = 0
                continue
            start = at
            body = self.end_of_declaration(start, end)
            has_body = body < end and self.code[body] == "{"
            at = self.past_brackets(body) if has_body else body + 1
            own, first = self.labels_at(self.line_of(start), self.line_of(body))
            block = (block if first - 1 == block_ends else {}) | own
            block_ends = self.line_of(at - 1)

            declaration = bare(self.code[start:body])
            inside = (body + 1, at - 1)
            if namespace := re.match(r"namespace\s+([\w:]*)", declaration):
                self.walk(*inside, scope + namespace[1].split("::"), labels | own, True, "")
            elif has_body and (kind := CLASS.match(declaration)):
                self.enter_class(kind, inside, scope, labels, own, is_public, outer)
            elif is_public and "gyre" in scope and ("detail" not in scope or outer) and not OTHER.match(declaration):
                empty = has_body and not self.code[body + 1 : at - 1].strip()
                self.add_function(declaration, empty, self.line_of(start), labels | block, outer)

    def enter_class(self, kind, inside, scope, labels, own, is_public, outer):
        name = re.sub(r"<.*?>", "", kind[2])
        simple = name.split("::")[-1]
        of_outer = self.class_labels.get(name.rpartition("::")[0], {})
        self.class_labels[name] = labels | of_outer | own
        is_exception = re.search(r"error$", simple) or re.search(r"error\b|exception\b", kind[3] or "")
        is_hidden = not is_public or ("detail" in scope and simple not in SHOWN)
        if not is_exception and not is_hidden and not MACHINERY.fullmatch(simple):
            full = f"{outer}::{simple}" if outer else name
            self.walk(*inside, scope, labels | of_outer | own, kind[1] != "class", full)

    def add_function(self, declaration, empty, line, labels, outer):
        head = FUNCTION.match(declaration)
        if not head or re.search(r"(?<![=!<>])=(?!=)", head[1]) or "library" in labels:
            return  # a variable, or none of the user's business
        result, name = head[1].strip(), " ".join(head[2].split())
        if "::" in name and not name.startswith("operator"):
            return  # defined outside of its class, where its contract is
        end, depth = head.end(), 1
        while depth != 0:
            depth += (declaration[end] == "(") - (declaration[end] == ")")
            end += 1
        parameters, behind = declaration[head.end() : end - 1].strip(), declaration[end:]
        simple = outer.split("::")[-1]
        is_constructor = name == simple
        is_copy_or_move = (is_constructor or name == "operator=") and re.match(rf"(?:const )?{simple}\b[ &]*\w*$", parameters)
        if is_copy_or_move or (is_constructor and empty and not parameters):
            return
        if name.startswith("~") or MACHINERY.fullmatch(name) or re.search(r"=\s*(?:default|delete)\s*$", behind):
            return
        full = f"{outer}::{name}" if outer else name
        self.functions.append(Function(full, line, result, re.search(r"\bnoexcept\b", behind) is not None, labels))


def problems(name, text):
    """What is missing in a header, a line of text each."""
    header = Header(text)
    found = []
    for line, labels in header.out_of_order:
        given, wanted = (", ".join(f"{label}:" for label in some) for some in (labels, sorted(labels, key=ORDER.index)))
        found.append((line, f"the contract has {given}; put them in this order: {wanted}"))
    for f in header.functions:
        if f"{name}: {f.name}" in EXCEPTIONS:
            continue
        for label in f.needs():
            if label not in f.labels:
                found.append((f.line, f"{f.name}() has no {label}: {CURE[label]}, in the comment above it, its block or its class"))
            elif label == "Cancel" and not SAYS_LOSS.search(f.labels[label]):
                found.append((f.line, f"{f.name}() has a Cancel: that leaves open whether something is lost; say what, or 'nothing is lost'"))
    return [f"{name}:{line}: {text}" for line, text in sorted(found)]


def public_headers(root):
    for module in MODULES:
        for path in sorted((root / module).rglob("*.hpp")):
            if "detail" not in path.relative_to(root).parts:
                yield path


def main():
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2]
    found = [line for path in public_headers(root) for line in problems(str(path.relative_to(root)), path.read_text())]
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
