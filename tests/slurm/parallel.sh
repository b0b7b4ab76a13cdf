#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Four shards under GNU parallel, all at once, into one folder: their table of runs must be that of
# "--jobs 2", byte for byte. Usage: parallel.sh PROGRAM
set -euo pipefail

program=$(realpath "${1:?usage: parallel.sh PROGRAM}")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cat >"$scratch/small.yaml" <<'END'
model: {name: quadratic, dimension: 200, noise: 0.1}
end: 10 s
evaluation: {every: 500 ms}
cluster: {workers: 25, compute: {law: uniform, min: 180 ms, max: 220 ms}, server: {receive: 1 ms, update: 1 ms}}
END
cat >"$scratch/sweep.yaml" <<'END'
scenario: small.yaml
vary: {policy.threshold.every: [50, 100, 200], policy.name: [async, hybrid, sync]}
rounds: 4
END
cd "$scratch"
"$program" sweep sweep.yaml -o two --jobs 2 --quiet
"$program" merge two --quiet
HOME=$scratch parallel --no-notice --jobs 4 "$program" sweep sweep.yaml -o four --jobs 1 --quiet --shard '{}/4' ::: 4 2 1 3
"$program" merge four --quiet
cmp two/sweep.csv four/sweep.csv
[ "$(ls four | wc -l)" = "$(ls two | wc -l)" ]
echo "==== parallel: 4 shards gave the sweep.csv of --jobs 2, $(($(wc -l <two/sweep.csv) - 1)) runs, $SECONDS s"
