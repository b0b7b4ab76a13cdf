#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs test programs, shows what each printed, and counts at the end: what passed, failed, and was
# skipped, with the names and reasons. A program fails if it says so, prints no closing line, is
# ended by a signal, skips a test without a reason, or takes longer than its limit, after which it is
# ended with all its children. Runs all of them; fails if any failed.
# Usage: [TEST_JOBS=N] [TEST_SECONDS=N] tests/run.sh PROGRAM...
# TEST_JOBS: so many at a time. TEST_SECONDS: the limit, against hanging alone (default: 600).
set -uo pipefail

unset "${!OPENBLAS_@}" # users' machines have no such settings
unset DESGD_DATA # "make data" has linked what is there into data/
limit=${TEST_SECONDS:-600}

logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT

# end_marked NAME: ends the processes that were started with this variable, whatever group or session
# they made for themselves. Only a process of the program has it.
end_marked() {
    local environments environment
    for _ in 1 2 3 4 5; do
        environments=$(grep -lza "^$1=1\$" /proc/[0-9]*/environ 2>/dev/null)
        [ -n "$environments" ] || return 0
        for environment in $environments; do
            environment=${environment#/proc/}
            kill -KILL "${environment%/environ}" 2>/dev/null
        done
        sleep 0.1
    done
}

# count WORD FILE: of cmocka's closing line "[  WORD  ] N test(s)".
count() {
    sed -n "s/^\[ *$1 *\] \([0-9]*\) test(s).*/\1/p" "$2" | tail -n 1 | grep . || echo 0
}

# judge LOG STATUS SECONDS: the reason why the program failed, or nothing.
judge() {
    local skipped reasons
    skipped=$(count SKIPPED "$1")
    reasons=$(grep -ac '^skipped: ' "$1")
    if [ "$2" = 124 ] || { [ "$2" = 137 ] && [ "$3" -ge "$limit" ]; }; then
        echo "did not end within $limit s"
    elif [ "$2" -gt 128 ]; then
        echo "ended by SIG$(kill -l $(($2 - 128)) 2>/dev/null)"
    elif [ "$(count FAILED "$1")" -gt 0 ]; then
        echo "$(count FAILED "$1") tests failed"
    elif [ "$2" != 0 ]; then
        echo "exit status $2"
    elif ! grep -aq '^\[  PASSED  \]' "$1"; then
        echo "no closing line"
    elif [ "$skipped" != "$reasons" ]; then
        echo "skipped $skipped tests and gave $reasons reasons"
    fi
}

# run NUMBER PROGRAM: shows its output; leaves its log and, in files beside it, the verdict.
run() {
    local start=$SECONDS log=$logs/$1 mark="TEST_$$_$1" status=0
    echo "---- $2"
    timeout --foreground --kill-after=1 "$limit" env "$mark=1" "$2" \
        >"$log" 2>&1 </dev/null || status=$?
    end_marked "$mark"
    cat "$log"
    [ $((SECONDS - start)) -lt 5 ] || echo "     took $((SECONDS - start)) s"
    judge "$log" $status $((SECONDS - start)) >"$log.why"
    count PASSED "$log" >"$log.passed"
    count FAILED "$log" >"$log.failed"
    [ ! -s "$log.why" ] || [ "$(<"$log.failed")" -gt 0 ] || echo 1 >"$log.failed"
    # The names as cmocka lists them at the end, each with its reason, which come in the same order.
    paste -d '\t' <(sed -n '/^\[  SKIPPED \] [0-9]* test(s)/,$ s/^\[  SKIPPED \] \([^0-9 ].*\)/\1/p' "$log") \
        <(sed -n 's/^skipped: //p' "$log") | sed "s|\(.*\)\t\(.*\)|$2: \1: \2|" >"$log.skipped"
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

passed=0 failed=0 skipped=0 number=0
for program in "$@"; do
    number=$((number + 1))
    log=$logs/$number
    passed=$((passed + $(<"$log.passed")))
    failed=$((failed + $(<"$log.failed")))
    skipped=$((skipped + $(wc -l <"$log.skipped")))
    sed 's/^/==== skipped: /' "$log.skipped"
done
echo "==== $passed tests passed, $skipped skipped, in $# programs, $SECONDS s"
number=0
for program in "$@"; do
    number=$((number + 1))
    [ ! -s "$logs/$number.why" ] || echo "==== FAILED: $program: $(<"$logs/$number.why")"
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
