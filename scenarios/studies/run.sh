#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# run.sh NAME [ROUNDS]: the sweeps of a study, their tables of runs and the comparison with async; called
# again, it does what is missing. Run from the top of the tree, as "make study-NAME" does. Leaves
# results/NAME/rounds_N.md (the tables), results/NAME/rounds_N.csv (a row for each cell) and the logs
# in folders beside them. A study whose tables.txt lists its tables is made by run_tables.sh.
set -eu
export LC_ALL=C
name=$1
rounds=${2:-}
study=scenarios/studies/$name
if [ -e "$study/tables.txt" ]; then
    exec scenarios/studies/run_tables.sh "$@"
fi
results=results/$name
jobs=${JOBS:-$(nproc)}
desgd=${DESGD:-build/desgd}
parts=$(mktemp -d)
trap 'rm -rf "$parts"' EXIT
began=$(date +%s)

sweep() { # FILE FOLDER ROUNDS: and its table of runs; "": as many as the file says
    "$desgd" sweep "$1" -o "$2" --jobs "$jobs" ${3:+--rounds "$3"}
    "$desgd" merge "$2" --quiet
}

# The table of the sweep's cells, behind those that are already there.
tabulate() { # FOLDER HEADING
    # Notes (on stderr) are about start-ups and small numbers of rounds; README.md says what they mean.
    "$desgd" compare "$1" --baseline policy.name=async --primary test_accuracy_mean --format csv \
        >"$parts/compare.csv" 2>"$parts/notes"
    printf '## %s\n\n' "$2"
    awk -f scenarios/studies/cells.awk -f scenarios/studies/table.awk "$parts/compare.csv" "$1/sweep.csv"
    printf '\nNotes of `desgd compare`:\n\n'
    sed 's/^note: /- /' "$parts/notes"
    printf '\n'
    awk -f scenarios/studies/cells.awk -f scenarios/studies/table.awk -v csv=1 "$parts/compare.csv" "$1/sweep.csv" | tail -n "${3:-+1}" >>"$parts/cells.csv"
}

mkdir -p "$results"
: >"$parts/cells.csv"
if [ -e "$study/calibration.yaml" ]; then
    sweep "$study/calibration.yaml" "$results/calibration" ""
    sh "$study/calibrate.sh" "$results/calibration" >"$parts/calibration.md"
fi
sweep "$study/sweep.yaml" "$results/runs" "$rounds"
tabulate "$results/runs" "Differences to async" >"$parts/table.md"
if [ -e "$study/table1.awk" ]; then
    { printf '## Table 1\n\n'
        awk -f "$study/table1.awk" "$study/paper_table1.csv" "$results/runs/sweep.csv" "$parts/compare.csv"
        printf '\n## Calibration\n\n'
        cat "$parts/calibration.md"
        printf '\n'
    } >"$parts/table1.md"
fi
if [ -e "$study/growing.yaml" ]; then
    sweep "$study/growing.yaml" "$results/growing" "$rounds"
    tabulate "$results/growing" "Where the compute time grows with the batch" +2 >>"$parts/table.md"
fi
done_rounds=$(awk -F '\t' 'NR > 2 && $3 >= n { n = $3 + 1 } END { print n }' "$results/runs/plan.tsv")
{
    printf '# %s: %s rounds\n\n' "$name" "$done_rounds"
    printf '<!-- Made by `make study-%s` (ROUNDS=%s): README.md says what it means. -->\n\n' "$name" "$done_rounds"
    cat "$parts/table1.md" 2>/dev/null || true
    cat "$parts/table.md"
} >"$parts/all.md"
mv "$parts/all.md" "$results/rounds_$done_rounds.md"
mv "$parts/cells.csv" "$results/rounds_$done_rounds.csv"
echo "$name: $results/rounds_$done_rounds.md, in $(($(date +%s) - began)) s"
