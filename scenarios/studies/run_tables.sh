#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# run_tables.sh NAME [ROUNDS]: a study whose tables.txt lists its tables, one in a line:
#   SWEEP|PRIMARY METRIC|BASELINE ...|HEADING
# SWEEP.yaml is run (what is missing of it), merged, and compared with the baseline. Leaves
# results/NAME/rounds_N.md (the tables), results/NAME/rounds_N.csv (a row for each cell of each) and the
# logs in results/NAME/SWEEP.
set -eu
export LC_ALL=C
name=$1
rounds=${2:-}
study=scenarios/studies/$name
results=results/$name
jobs=${JOBS:-$(nproc)}
desgd=${DESGD:-build/desgd}
parts=$(mktemp -d)
trap 'rm -rf "$parts"' EXIT
began=$(date +%s)

# One table: its cells with their differences, and what explains them.
tabulate() { # SWEEP PRIMARY BASELINES HEADING
    baselines=
    for pair in $3; do
        baselines="$baselines --baseline $pair"
    done
    # shellcheck disable=SC2086 # several words
    "$desgd" compare "$results/$1" $baselines --primary "$2" --metric all --format csv >"$parts/compare.csv" 2>"$parts/notes"
    printf '## %s\n\nSweep `%s`, primary metric `%s`, baseline `%s`.\n\n' "$4" "$1.yaml" "$2" "$3"
    awk -f scenarios/studies/cells.awk -f scenarios/studies/schemes.awk "$parts/compare.csv" "$results/$1/sweep.csv"
    printf '\nNotes of `desgd compare`:\n\n'
    sed 's/^note: /- /' "$parts/notes"
    printf '\n'
    awk -f scenarios/studies/cells.awk -f scenarios/studies/schemes.awk -v csv="$1 against $3" \
        "$parts/compare.csv" "$results/$1/sweep.csv" >>"$parts/cells.csv"
}

mkdir -p "$results"
: >"$parts/cells.csv"
for sweep in $(cut -d '|' -f 1 "$study/tables.txt" | sort -u); do
    "$desgd" sweep "$study/$sweep.yaml" -o "$results/$sweep" --jobs "$jobs" ${rounds:+--rounds "$rounds"}
    "$desgd" merge "$results/$sweep" --quiet
done
while IFS='|' read -r sweep primary baselines heading; do
    tabulate "$sweep" "$primary" "$baselines" "$heading"
done <"$study/tables.txt" >"$parts/tables.md"
done_rounds=$(awk -F '\t' 'FNR > 2 && $3 >= n { n = $3 + 1 } END { print n }' "$results"/*/plan.tsv)
{
    printf '# %s: %s rounds\n\n' "$name" "$done_rounds"
    printf '<!-- Made by `make study-%s` (ROUNDS=%s): README.md says what it means. -->\n\n' "$name" "$done_rounds"
    cat "$parts/tables.md"
} >"$parts/all.md"
mv "$parts/all.md" "$results/rounds_$done_rounds.md"
mv "$parts/cells.csv" "$results/rounds_$done_rounds.csv"
echo "$name: $results/rounds_$done_rounds.md, in $(($(date +%s) - began)) s"
