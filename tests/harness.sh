#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Holds tests/run.sh against small programs that pass, fail, skip, hang, crash or fall silent: what
# it says of each is what all other tests are worth. Usage: tests/harness.sh
set -euo pipefail

run=$(realpath "$(dirname "$0")/run.sh")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

# program NAME LINE...: a shell script of these lines.
program() {
    printf '%s\n' '#!/bin/bash' "${@:2}" >"$1"
    chmod +x "$1"
}
closing='echo "[  PASSED  ] 3 test(s)."'
program pass "$closing"
program fail "$closing" 'echo "[  FAILED  ] 2 test(s), listed below:"' 'exit 2'
program skip 'echo "skipped: this CPU has no | & \\ wings"' 'echo "[  SKIPPED ] a__b__c"' "$closing" \
    'echo "[  SKIPPED ] 1 test(s), listed below:"' 'echo "[  SKIPPED ] a__b__c"'
program mute "$closing" 'echo "[  SKIPPED ] 1 test(s), listed below:"' 'echo "[  SKIPPED ] a__b__c"'
program hang "$closing" 'setsid sleep 1234.5 &' 'trap "" TERM' 'echo $! >hang.child' 'sleep 1234.5; sleep 1234.5'
program orphan 'setsid sleep 1234.5 & echo $! >orphan.child' "$closing"
program crash "$closing" 'kill -SEGV $$'
program silent 'exit 0'
program wrong_status "$closing" 'exit 3'

# expect STATUS LAST LINE PROGRAM...: run.sh on these ends so, and prints LAST at the end and LINE before.
expect() {
    local actual=0
    timeout 60 "$run" "${@:4}" >out 2>&1 || actual=$?
    if [ "$actual" != "$1" ] || [ "$(tail -n 1 out)" != "$2" ] || ! grep -qxF -- "$3" out; then
        cat out >&2
        echo "harness: of ${*:4}: exit status $actual; expected are $1, '$3' and '$2'" >&2
        exit 1
    fi
}

expect_all() {
    expect 0 "3 passed, 0 failed, 0 skipped" "---- ./pass" ./pass
    expect 0 "0 passed, 0 failed, 0 skipped" "0 passed, 0 failed, 0 skipped"
    expect 0 "6 passed, 0 failed, 1 skipped" "==== skipped: ./skip: a__b__c: this CPU has no | & \\ wings" ./skip ./pass
    expect 1 "3 passed, 1 failed, 1 skipped" "==== FAILED: ./mute: skipped 1 tests and gave 0 reasons" ./mute
    expect 1 "6 passed, 2 failed, 0 skipped" "==== FAILED: ./fail: 2 tests failed" ./fail ./pass
    expect 1 "3 passed, 1 failed, 0 skipped" "==== FAILED: ./crash: ended by SIGSEGV" ./crash
    expect 1 "0 passed, 1 failed, 0 skipped" "==== FAILED: ./silent: no closing line" ./silent
    expect 1 "3 passed, 1 failed, 0 skipped" "==== FAILED: ./wrong_status: exit status 3" ./wrong_status
    expect 1 "0 passed, 1 failed, 0 skipped" "==== FAILED: ./absent: exit status 127" ./absent
    TEST_SECONDS=1 expect 1 "3 passed, 1 failed, 0 skipped" "==== FAILED: ./hang: did not end within 1 s" ./hang
    expect 0 "3 passed, 0 failed, 0 skipped" "---- ./orphan" ./orphan
    for child in hang orphan; do
        if grep -qsa sleep "/proc/$(<$child.child)/cmdline"; then
            echo "harness: a child of $child outlives it" >&2
            exit 1
        fi
    done
}

for TEST_JOBS in 1 3; do
    export TEST_JOBS
    expect_all
done
echo "==== harness: tests/run.sh tells passing, failing, skipping, hanging and crashing apart, $SECONDS s"
