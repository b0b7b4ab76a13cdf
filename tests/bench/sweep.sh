#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What a sweep adds to its runs. 64 short runs of one thread by --jobs 1 and --jobs 2 in turn (A B B A): the ratio of
# the best times, what two cores give at best (two sweeps of one job side by side, into folders of their own), and the share of the wall time in which no run is at
# work; then 10,000 tiny runs: plan, find, merge. Usage: sweep.sh PROGRAM [DATA]
set -euo pipefail

program=$(realpath "${1:?usage: sweep.sh PROGRAM [DATA]}")
data=$(realpath "${2:-data}")
folder=/dev/shm # where a sync takes no time
[ -w "$folder" ] || folder=/tmp
scratch=$(mktemp -d -p "$folder")
trap 'rm -rf "$scratch"' EXIT
cat >"$scratch/short.yaml" <<'END'
model: mnist_ray
end: 20 s
policy: {name: hybrid, threshold: {schedule: step, every: 300}}
cluster:
  workers: 25
  compute: {law: uniform, min: 180 ms, max: 220 ms}
  delay: {law: normal, std: 250 ms, workers: 50 %}
  server: {receive: 10 ms, update: 5 ms}
evaluation: {every: 5 s, test_samples: 1000, train_samples: 0}
END
printf 'scenario: short.yaml\nrounds: 64\n' >"$scratch/short_sweep.yaml"
printf 'scenario: short.yaml\nset: {seed: 1000}\nrounds: 64\n' >"$scratch/other_sweep.yaml"
printf 'model: none\nend: 2 s\ncluster: {workers: 3}\n' >"$scratch/tiny.yaml"
printf 'scenario: tiny.yaml\nrounds: 10000\n' >"$scratch/tiny_sweep.yaml"

best() { sort -n | head -n 1; }
seconds() { # seconds COMMAND...
    local start=${EPOCHREALTIME/./}
    "$@" >"$scratch/out"
    echo "$start ${EPOCHREALTIME/./}" | awk '{ printf "%.3f\n", ($2 - $1) / 1e6 }'
}
sweep() { # sweep FILE FOLDER JOBS: from nothing
    rm -rf "${scratch:?}/$2"
    "$program" sweep "$scratch/$1.yaml" -o "$scratch/$2" --jobs "$3" --data "$data" --quiet
}
side_by_side() {
    sweep short_sweep a 1 &
    sweep other_sweep b 1
    wait
}

for turn in 1 2 3; do
    seconds sweep short_sweep one 1 >>"$scratch/one.txt"
    seconds sweep short_sweep two 2 >>"$scratch/two.txt"
    seconds side_by_side >>"$scratch/side.txt"
    seconds sweep short_sweep two 2 >>"$scratch/two.txt"
    seconds sweep short_sweep one 1 >>"$scratch/one.txt"
done
one=$(best <"$scratch/one.txt")
two=$(best <"$scratch/two.txt")
side=$(best <"$scratch/side.txt")

# The sweep's own processor time, without that of its runs, as the system accounts it while it lives.
own() {
    rm -rf "$scratch/one"
    "$program" sweep "$scratch/short_sweep.yaml" -o "$scratch/one" --jobs 1 --data "$data" --quiet &
    local process=$! ticks=0 now
    while now=$(awk '{ print $14 + $15 }' "/proc/$process/stat" 2>>"$scratch/out"); do
        [ -n "$now" ] || break
        ticks=$now
        sleep 0.02
    done
    wait $process
    awk -v ticks="$ticks" -v hz="$(getconf CLK_TCK)" 'BEGIN { printf "%.3f\n", ticks / hz }'
}
cpu=$(own)
printf '%-52s %8s s\n' "64 runs of one thread, --jobs 1" "$one" "64 runs of one thread, --jobs 2" "$two"
awk -v a="$one" -v b="$two" -v c="$side" 'BEGIN {
    printf "%-52s %8.2f\n", "  ratio", a / b
    printf "%-52s %8.2f\n", "  two sweeps of one job side by side give", 2 * a / c }'
awk -v c="$cpu" -v a="$one" 'BEGIN { printf "%-52s %8.2f %%\n", "  processor time of the sweep itself, of the wall time", 100 * c / a }'
printf '%-52s %8s s\n' "10,000 tiny runs, from nothing" "$(seconds sweep tiny_sweep tiny "$(nproc)")"
printf '%-52s %8s s\n' "  plan (--dry-run)" "$(seconds "$program" sweep "$scratch/tiny_sweep.yaml" --dry-run)"
printf '%-52s %8s s\n' "  find all of them done" \
    "$(seconds "$program" sweep "$scratch/tiny_sweep.yaml" -o "$scratch/tiny" --quiet)"
printf '%-52s %8s s\n' "  merge" "$(seconds "$program" merge "$scratch/tiny")"
rm "$scratch"/tiny/*.record
printf '%-52s %8s s\n' "  merge without the records, from the logs" "$(seconds "$program" merge "$scratch/tiny")"
