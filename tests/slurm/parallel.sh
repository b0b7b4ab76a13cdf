#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Four shards under GNU parallel, all at once, into one folder: their table of runs must be that of
# "--jobs 2", byte for byte. Usage: parallel.sh PROGRAM
set -euo pipefail

program=$(realpath "${1:?usage: parallel.sh PROGRAM}")
here=$(realpath "$(dirname "$0")")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cp "$here"/{small,sweep}.yaml "$scratch"
cd "$scratch"
"$program" sweep sweep.yaml -o two --jobs 2 --quiet
"$program" merge two --quiet
HOME=$scratch parallel --no-notice --jobs 4 "$program" sweep sweep.yaml -o four --jobs 1 --quiet --shard '{}/4' ::: 4 2 1 3
"$program" merge four --quiet
cmp two/sweep.csv four/sweep.csv
[ "$(ls four | wc -l)" = "$(ls two | wc -l)" ]
echo "==== parallel: 4 shards gave the sweep.csv of --jobs 2, $(($(wc -l <two/sweep.csv) - 1)) runs, $SECONDS s"
