#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs test programs one after the other, shows what they print, and counts at the end. Fails if any
# failed, after running all of them. Usage: tests/run.sh PROGRAM...
set -uo pipefail

# Users' machines have no such settings; the sanitizer builds ask for one thread themselves.
for name in ${!OPENBLAS_@}; do
    [ "$name=${!name}" = OPENBLAS_NUM_THREADS=1 ] && [ -n "${ASAN_OPTIONS:-}${TSAN_OPTIONS:-}" ] || unset "$name"
done

log=$(mktemp)
trap 'rm -f "$log"' EXIT
passed=0
failed=()
for program in "$@"; do
    echo "---- $program"
    start=$SECONDS
    "$program" 2>&1 | tee "$log" || failed+=("$program")
    grep -aq '^\[  PASSED  \]' "$log" || [[ " ${failed[*]:-} " == *" $program "* ]] || failed+=("$program (no result)")
    passed=$((passed + $(sed -n 's/^\[  PASSED  \] \([0-9]*\) test(s)\.$/\1/p' "$log" | paste -sd+ | sed 's/^$/0/')))
    [ $((SECONDS - start)) -lt 5 ] || echo "     took $((SECONDS - start)) s"
done

echo "==== $passed tests passed in $# programs, $SECONDS s"
if [ ${#failed[@]} -gt 0 ]; then
    printf '==== FAILED: %s\n' "${failed[@]}"
    exit 1
fi
