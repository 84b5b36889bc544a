#!/usr/bin/env bash
# judge.sh COMPILER WORKDIR: compiles and runs each reproducer at -O0 and -O2, and says what the compiler makes of it.
# Fails when a compiler named in known_faults.txt does otherwise than it says there; for others it only tells.
set -u
here=$(cd "$(dirname "$0")" && pwd)
compiler=$1
work=$2
mkdir -p "$work"

major=$("$compiler" -dumpversion | cut -d. -f1)
if "$compiler" --version | grep -qi clang; then name=clang-$major; else name=g++-$major; fi

outcome() {
    "$compiler" -std=c++20 "$2" -w "$1" -o "$work/program" 2>/dev/null || { echo refused; return; }
    (ulimit -c 0; timeout 10 "$work/program") >"$work/said" 2>/dev/null
    case $? in
        0) echo right ;;
        1) echo wrong ;;
        *) echo wrong ;;
    esac
}

failures=0
for source in "$here"/*.cpp; do
    topic=$(basename "$source" .cpp)
    for level in -O0 -O2; do
        got=$(outcome "$source" "$level")
        known=$(awk -v c="$name" -v t="$topic" '$1 == c && $2 == t { print $3 }' "$here/known_faults.txt")
        if grep -q "^$name " "$here/known_faults.txt"; then expected=${known:-right}; else expected=$got; fi
        mark=ok
        [ "$got" = "$expected" ] || { mark="expected $expected"; failures=$((failures + 1)); }
        printf '%-10s %-28s %-4s %-8s %s\n' "$name" "$topic" "$level" "$got" "$mark"
    done
done
exit "$((failures > 0))"
