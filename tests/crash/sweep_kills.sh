#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# kill -9 of a sweep at random moments: each round kills it (or one of its runs, or asks it to stop, or
# takes a journal or the folder away from it) one to five times at moments drawn from the seed, and calls
# it again each time. In the end the table of
# runs must be that of an undisturbed sweep, byte for byte, with one log and one record for each run
# and nothing beside them, and no finished run may have been run again. The seeds are printed; a failure
# is repeated with "sweep_kills.sh PROGRAM 1 SEED". Usage: sweep_kills.sh PROGRAM [ROUNDS [SEED]]
set -euo pipefail

program=$(realpath "${1:?usage: sweep_kills.sh PROGRAM [ROUNDS [SEED]]}")
rounds=${2:-10}
first_seed=${3:-$((SRANDOM % 1000000))}
unset "${!OPENBLAS_@}"
# In memory, where a sync takes no time.
folder=${TMPDIR:-/dev/shm}
[ -w "$folder" ] || folder=/tmp
scratch=$(mktemp -d -p "$folder")
trap 'rm -rf "$scratch"' EXIT

cat >"$scratch/small.yaml" <<'END'
model: {name: quadratic, dimension: 200, noise: 0.1}
end: 10 s
evaluation: {every: 500 ms}
cluster: {workers: 25, compute: {law: uniform, min: 180 ms, max: 220 ms}, server: {receive: 1 ms, update: 1 ms}}
END
cat >"$scratch/sweep.yaml" <<'END'
scenario: small.yaml
vary: {policy.threshold.every: [50, 200], policy.name: [async, hybrid, sync]}
rounds: 2
END
runs=8 # async and sync have no threshold
options=(sweep "$scratch/sweep.yaml" --jobs 2 --quiet --checkpoint-every 3ms)

milliseconds() { echo $((${EPOCHREALTIME/./} / 1000)); }

# The finished runs that are there, with the time and inode of each log.
finished() {
    local record
    for record in "$1"/*.record; do
        [ -e "$record" ] && stat -c '%n %Y %i' "${record%.record}.h5"
    done
}

# Why a round fails; its caller returns 1.
complain() {
    echo "sweep_kills: $*" >&2
    return 1
}

# Calls the sweep, and disturbs it after so many ms.
disturb() {
    local out=$1 moment=$2 status=0 process victim
    "$program" "${options[@]}" -o "$out" --retry 2>>"$out.says" &
    process=$!
    sleep "$((moment / 1000)).$(printf %03d $((moment % 1000)))"
    case $((RANDOM % 8)) in
    0) # one of its runs: the sweep goes on; or what reads a finished log for it: the sweep ends
        victim=$(pgrep -P $process | head -n 1) || true
        [ -z "$victim" ] || kill -9 "$victim" || true
        ;;
    1) kill -TERM $process || true ;;
    2) kill -USR1 $process || true ;;
    3) rm -f "$out"/*.journal ;; # of a run that goes on
    4) for victim in "$out"/*.journal; do [ ! -e "$victim" ] || mv "$victim" "$out.moved"; done ;;
    5) # its folder, for a moment, when runs have begun: before, the sweep would make another
        ! pgrep -P $process >"$out.runs" || ! mv "$out" "$out.moved-folder" || { sleep 0.0$((RANDOM % 10)); mv "$out.moved-folder" "$out"; }
        ;;
    *) kill -9 $process || true ;;
    esac 2>>"$out.says"
    { wait $process || status=$?; } 2>>"$out.says"
    # 138 and 143: before it listened; 71: what was killed was no run, but the process that reads a log
    case $status in 0 | 71 | 74 | 75 | 137 | 138 | 143) ;; *) complain "a disturbed sweep ended with $status" ;; esac
}

round() {
    local seed=$1 out=$scratch/out-$1 kills kill before after
    RANDOM=$seed
    kills=$((1 + RANDOM % 5))
    : >"$out.says"
    for ((kill = 0; kill < kills; kill++)); do
        before=$(finished "$out")
        disturb "$out" $((RANDOM % took)) || return 1
        after=$(finished "$out")
        [ -z "$(comm -23 <(sort <<<"$before") <(sort <<<"$after"))" ] ||
            complain "a finished run was run again: $before; then: $after" || return 1
    done
    "$program" "${options[@]}" -o "$out" --retry 2>>"$out.says" ||
        complain "the last call ended with $?" || return 1
    "$program" merge "$out" --quiet || complain "merge ended with $?" || return 1
    cmp "$scratch/undisturbed/sweep.csv" "$out/sweep.csv" || return 1
    [ "$(ls "$out" | sed 's/^[0-9a-f]*//' | sort | uniq -c | tr -s ' \n' ' ')" = \
        " $runs .h5 $runs .record 1 plan.tsv 1 sweep.csv 1 sweep.h5 " ] ||
        complain "something is missing or left over" || return 1
    echo "sweep_kills: seed $seed: disturbed $kills times"
    rm -rf "$out" "$out".says "$out".moved "$out".runs
}

start=$(milliseconds)
"$program" "${options[@]}" -o "$scratch/undisturbed"
took=$(($(milliseconds) - start))
"$program" merge "$scratch/undisturbed" --quiet
for ((seed = first_seed; seed < first_seed + rounds; seed++)); do
    round $seed 2>"$scratch/complaints" || {
        cat "$scratch/complaints" "$scratch/out-$seed.says" >&2 || true
        ls -l "$scratch/out-$seed" >&2
        echo "sweep_kills: FAILED; again with: tests/crash/sweep_kills.sh $1 1 $seed" >&2
        exit 1
    }
done
echo "==== sweep_kills: $rounds rounds from seed $first_seed, each ended as the undisturbed sweep ($took ms), $SECONDS s"
