#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs each fuzzer for so many seconds, as many at a time as there are cores, each from the inputs in
# tests/fuzz/seeds, the scenarios of the repository, random logs, and what earlier runs on this machine found
# interesting (build/fuzz/corpus). Prints executions and coverage. A finding is kept in
# build/fuzz/found: mend it and put the input into tests/fuzz/seeds/TARGET.
# Usage: run.sh PROGRAM SECONDS [TARGET...]
set -euo pipefail

program=${1:?usage: run.sh PROGRAM SECONDS [TARGET...]}
seconds=${2:?usage: run.sh PROGRAM SECONDS [TARGET...]}
shift 2
targets=("$@")
[ ${#targets[@]} -gt 0 ] || for folder in tests/fuzz/seeds/*/; do targets+=("$(basename "$folder")"); done
work=build/fuzz
mkdir -p $work/found

# Words of our formats, for libFuzzer to put together.
write_dictionary() {
    grep -oh '`[a-zA-Z_.: ]*`' scenarios/README.md README.md | tr -d '`' | tr '.: ' '\n' | grep -x '[a-z_]\+' |
        sort -u | sed 's/.*/"&"/' >$work/dictionary
    printf '"%s"\n' 'floor(' 'if(' 'min(' 'max(' 'sqrt(' 'exp(' 'log(' 'loss' ' ms' ' us' ' s' ' %' ' Gbit/s' ': ' '\x0a  ' '{' '}' '[' ']' ', ' >>$work/dictionary
}

# The inputs that need no copy in the seeds.
add_inputs() {
    case $1 in
    scenario) cp scenarios/*.yaml tests/rejected/*.yaml tests/valgrind/*.yaml "$2" ;;
    sweep) cp scenarios/*sweep*.yaml "$2" ;;
    esac
    DESGD_FUZZ=$1 DESGD_FUZZ_SEEDS=$2 "$program"
}

fuzz() {
    local target=$1 status=0
    local corpus=$work/corpus/$target log=$work/$target.log
    mkdir -p "$corpus"
    cp -n tests/fuzz/seeds/"$target"/* "$corpus"
    add_inputs "$target" "$corpus"
    DESGD_FUZZ=$target "$program" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -malloc_limit_mb=1024 \
        -max_len=8192 -dict=$work/dictionary -print_final_stats=1 -artifact_prefix="$work/found/$target-" \
        "$corpus" </dev/null >"$log" 2>&1 || status=$?
    awk -v target="$target" '/ cov: / { for (i = 1; i < NF; i++) values[$i] = $(i + 1) }
        /number_of_executed_units/ { runs = $2 }
        /average_exec_per_sec/ { rate = $2 }
        END { printf "fuzz: %-10s %9d executions, %6d a second, coverage %5d edges and %6d features\n",
                     target, runs, rate, values["cov:"], values["ft:"] }' "$log"
    [ $status = 0 ] || {
        grep -m 12 -a 'ERROR\|SUMMARY\|broken\|would have ended\|Test unit written\|^ *#[0-9] .* in .*desgd\|runtime error' "$log" || tail -n 5 "$log"
        echo "fuzz: $target: FAILED, see $log"
        return 1
    }
}
export -f fuzz add_inputs
export program seconds work

write_dictionary
printf '%s\n' "${targets[@]}" | xargs -P "$(nproc)" -I {} bash -c 'set -euo pipefail; fuzz {}' ||
    { echo "fuzz: there are findings in $work/found" >&2; exit 1; }
