#!/usr/bin/env bash
# refuses.sh COMPILER INCLUDE_DIR: a compiler that would destroy a closure twice is kept from it, by an error that holds the cure; any
# other takes the same calls.
set -u
here=$(cd "$(dirname "$0")" && pwd)
compiler=$1
source=$here/unsafe_closures/calls.cpp

said=$("$compiler" -std=c++20 -fsyntax-only -I "$2" "$source" 2>&1)
status=$?
if "$compiler" --version | grep -qi clang || [ "$("$compiler" -dumpversion | cut -d. -f1)" -ge 13 ]; then
    [ "$status" = 0 ] || printf '%s\n' "$said"
    exit "$status"
fi
expected=$(grep -c '// refused' "$source")
refused=$(printf '%s\n' "$said" | grep -Ec 'error: static assertion failed: gyre: g\+\+ (12|before 13) destroys.* name the ')
others=$(printf '%s\n' "$said" | grep 'error:' | grep -vc 'static assertion failed')
echo "$refused of $expected closures refused with the cure, $others other errors"
[ "$refused" = "$expected" ] && [ "$others" = 0 ] || { printf '%s\n' "$said"; exit 1; }
