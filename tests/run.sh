#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs test programs, shows what they print, and counts at the end. Fails if any failed, after
# running all of them. Usage: [TEST_SETTINGS="NAME=VALUE ..."] [TEST_JOBS=N] tests/run.sh PROGRAM...
# TEST_JOBS: so many at a time, where nothing is measured; each one's output comes when it is over.
set -uo pipefail

unset "${!OPENBLAS_@}" # users' machines have no such settings
read -ra settings <<<"${TEST_SETTINGS:-}"

logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT

# run NUMBER PROGRAM: the output goes to stdout and to the log of that number.
run() {
    local start=$SECONDS
    echo "---- $2"
    env "${settings[@]}" "$2" 2>&1 | tee "$logs/$1" || touch "$logs/$1.failed"
    grep -aq '^\[  PASSED  \]' "$logs/$1" || touch "$logs/$1.failed"
    [ $((SECONDS - start)) -lt 5 ] || echo "     took $((SECONDS - start)) s"
}

number=0
for program in "$@"; do
    number=$((number + 1))
    if [ "${TEST_JOBS:-1}" -le 1 ]; then
        run $number "$program"
        continue
    fi
    while [ "$(jobs -rp | wc -l)" -ge "$TEST_JOBS" ]; do
        wait -n
    done
    { run $number "$program" >"$logs/$number.shown"; cat "$logs/$number.shown"; } &
done
wait

failed=()
number=0
for program in "$@"; do
    number=$((number + 1))
    [ ! -e "$logs/$number.failed" ] || failed+=("$program")
done
passed=$(cat "$logs"/*[0-9] 2>/dev/null | sed -n 's/^\[  PASSED  \] \([0-9]*\) test(s)\.$/\1/p' | paste -sd+ | sed 's/^$/0/')
echo "==== $((passed)) tests passed in $# programs, $SECONDS s"
if [ ${#failed[@]} -gt 0 ]; then
    printf '==== FAILED: %s\n' "${failed[@]}"
    exit 1
fi
