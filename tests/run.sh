#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs test programs one after the other, shows what they print, and counts at the end. Fails if any
# failed, after running all of them. Usage: [TEST_SETTINGS="NAME=VALUE ..."] tests/run.sh PROGRAM...
set -uo pipefail

unset "${!OPENBLAS_@}" # users' machines have no such settings
read -ra settings <<<"${TEST_SETTINGS:-}"

log=$(mktemp)
trap 'rm -f "$log"' EXIT
passed=0
failed=()
for program in "$@"; do
    echo "---- $program"
    start=$SECONDS
    env "${settings[@]}" "$program" 2>&1 | tee "$log" || failed+=("$program")
    grep -aq '^\[  PASSED  \]' "$log" || [[ " ${failed[*]:-} " == *" $program "* ]] || failed+=("$program (no result)")
    passed=$((passed + $(sed -n 's/^\[  PASSED  \] \([0-9]*\) test(s)\.$/\1/p' "$log" | paste -sd+ | sed 's/^$/0/')))
    [ $((SECONDS - start)) -lt 5 ] || echo "     took $((SECONDS - start)) s"
done

echo "==== $passed tests passed in $# programs, $SECONDS s"
if [ ${#failed[@]} -gt 0 ]; then
    printf '==== FAILED: %s\n' "${failed[@]}"
    exit 1
fi
