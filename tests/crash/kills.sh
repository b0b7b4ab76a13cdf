#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# kill -9 at random moments: each round takes one kind of run, kills it one to five times at moments
# drawn from the seed, and lets "run --resume" go on each time; the log must be that of an undisturbed
# run (h5diff finds no difference outside /provenance), with nothing beside it. In some rounds the
# journal is removed or renamed, or its folder, while the run goes on, or the checkpoint or the
# journal's tail is damaged between two runs. The rounds and the seed are printed; a failure is repeated
# with "kills.sh PROGRAM 1 SEED". Usage: kills.sh PROGRAM [ROUNDS [SEED]]
set -euo pipefail

program=$(realpath "${1:?usage: kills.sh PROGRAM [ROUNDS [SEED]]}")
rounds=${2:-20}
kills_at_most=5
first_seed=${3:-$((SRANDOM % 1000000))}
unset "${!OPENBLAS_@}"
# In memory, where a sync takes no time.
folder=${TMPDIR:-/dev/shm}
[ -w "$folder" ] || folder=/tmp
scratch=$(mktemp -d -p "$folder")
trap 'rm -rf "$scratch"' EXIT

cluster='cluster: {workers: 25, compute: {law: uniform, min: 180 ms, max: 220 ms},
          delay: {law: normal, std: 250 ms, workers: 50 %}, server: {receive: 1 ms, update: 1 ms}}'
smooth='policy: {name: hybrid, threshold: {schedule: step, every: 100}}'
mnist="model: mnist_ray
evaluation: {every: 500 ms, test_samples: 100, train_samples: 50}
$cluster"
kinds=(timing async sync hybrid openblas logged)
declare -A scenarios=(
    [timing]="{model: none, end: 5000 s, policy: {name: async}, log: {events: false},
               cluster: {workers: 25, compute: {law: exponential, mean: 1 s}}}"
    [async]="$mnist
policy: {name: async}
end: 40 s"
    [sync]="$mnist
policy: {name: sync}
end: 40 s"
    [hybrid]="$mnist
$smooth
ties: random
end: 40 s"
    [openblas]="arithmetic: openblas
$mnist
$smooth
end: 20 s"
    [logged]="$mnist
policy: {name: async}
log: {gradients: true, samples: true}
end: 5 s"
)

# And what happens to a cluster: each experiment, with a small model.
for path in "${0%/*}"/../../scenarios/experiments/*.yaml; do
    kind=$(basename "$path" .yaml)
    kinds+=("$kind")
    scenarios[$kind]=$("$program" check "$path" --set 'model={name: mlp, hidden: [100]}' --set evaluation.every='0 s' \
        --set 'data={name: random, features: 100, classes: 3, samples: 2000}' --set evaluation.test_samples=100 --set training.learning_rate=0.001 2>"$scratch/notes")
done

# Milliseconds that an undisturbed run takes; makes its log.
undisturbed() {
    local start=${EPOCHREALTIME/./}
    printf '%s\n' "${scenarios[$1]}" >"$scratch/$1.yaml"
    "$program" run "$scratch/$1.yaml" -o "$scratch/$1.h5" --quiet --threads 2
    echo $(((${EPOCHREALTIME/./} - start) / 1000))
}

# Flips a bit of the file, if it is there, at a place drawn from the seed.
damage() {
    local size place byte
    [ -s "$1" ] || return 0
    size=$(stat -c %s "$1")
    place=$((RANDOM * 32768 + RANDOM))
    place=$((place % size))
    byte=$(od -An -tu1 -j $place -N 1 "$1")
    printf "\\x$(printf %x $((byte ^ 4)))" | dd of="$1" bs=1 seek=$place conv=notrunc status=none
}

# kill_later PROCESS CHECKPOINT FAULT MS: after "moment" milliseconds, which begin with the process, or, a
# quarter of them, with its first checkpoint; so many ms before it the fault (see take_away), unless "none".
kill_later() {
    local wait=$moment
    if [ "$afterwards" = 1 ]; then
        wait=$((moment / 4))
        while [ ! -e "$2" ] && kill -0 "$1"; do sleep 0.005; done
    fi
    sleep "$((wait / 1000)).$(printf %03d $((wait % 1000)))"
    [ "$3" = none ] || take_away "$3" "${2%.checkpoint}"
    [ "$4" = 0 ] || sleep "0.00$4"
    kill -9 "$1"
}

# take_away WHAT LOG: what somebody may do to the journal of a run that goes on.
take_away() {
    local journal=$2.journal folder=${2%/*}
    case $1 in
    removed) rm -f "$journal" ;;
    renamed) mv "$journal" "$scratch/moved" ;;
    folder) mv "$folder" "$scratch/moved-folder" && mkdir "$folder" && rm -r "$scratch/moved-folder" ;;
    esac || true
}

# end_killer PROCESS FOLDER: of a run that has ended before it was killed. The folder may be taken away
# at that very moment, and the log with it: the run is then made again.
end_killer() {
    kill "$1" || true
    wait "$1" || true
    rm -rf "$scratch/moved-folder"
    mkdir -p "$2"
}

round() {
    local seed=$1 kind=${kinds[$(($1 % ${#kinds[@]}))]} kills=0 status=0 log
    RANDOM=$seed
    log=$scratch/run-$seed/a.h5
    mkdir "$scratch/run-$seed"
    local options=(run "$scratch/$kind.yaml" -o "$log" --quiet --resume --checkpoint-every 3ms --threads $((1 + RANDOM % 3)))
    local moment=0 afterwards
    while [ $kills -lt $kills_at_most ]; do
        status=0
        moment=$((moment > 0 ? moment : took[$kind] / 4 + RANDOM % took[$kind]))
        afterwards=$((RANDOM % 2)) # of the first checkpoint, not of the start
        "$program" "${options[@]}" 2>>"$log.says" &
        local process=$!
        local faults=(removed renamed folder none none none none none)
        kill_later $process "$log.checkpoint" "${faults[$((RANDOM % 8))]}" $((RANDOM % 10)) 2>"$scratch/killer" &
        { wait $process || status=$?; } 2>"$scratch/killed"
        [ $status = 0 ] || wait $! 2>"$scratch/killer" || true
        end_killer $! "${log%/*}" 2>"$scratch/killer"
        if [ $status = 0 ] && [ $kills = 0 ]; then # too late: once more from the beginning
            moment=$((moment / 2))
            rm -f "$log"
            continue
        fi
        case $status in 73 | 74 | 137) ;; *) break ;; esac # 73, 74: its folder was not there for a moment
        kills=$((kills + 1))
        moment=0
        case $((RANDOM % 8)) in
        0) damage "$log.checkpoint" ;;
        1) damage "$log.journal" ;;
        esac
    done
    [ $status = 0 ] || [ $kills = $kills_at_most ] || return 1
    "$program" "${options[@]}" 2>>"$log.says" || return 1
    echo "kills: seed $seed: $kind, killed $kills times, $(grep -c 'continues from' "$log.says" || true) times from a checkpoint"
    h5diff --exclude-path /provenance "$scratch/$kind.h5" "$log" >"$log.says" 2>&1 && [ ! -s "$log.says" ] || return 1
    rm "$log.says"
    [ "$(ls "$scratch/run-$seed")" = a.h5 ] || return 1
    rm -r "$scratch/run-$seed"
}

declare -A took
for kind in "${kinds[@]}"; do took[$kind]=$(undisturbed "$kind"); done
for ((seed = first_seed; seed < first_seed + rounds; seed++)); do
    round $seed 2>"$scratch/complaints" || {
        cat "$scratch/complaints" "$scratch/run-$seed/a.h5.says" >&2 || true
        ls -l "$scratch/run-$seed" >&2
        echo "kills: FAILED; again with: tests/crash/kills.sh $1 1 $seed" >&2
        exit 1
    }
done
echo "==== kills: $rounds rounds from seed $first_seed, each ended as the undisturbed run, $SECONDS s"
