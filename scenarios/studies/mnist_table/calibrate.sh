#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# calibrate.sh FOLDER: how near sync and async of each cell of calibration.yaml come to the paper's two
# panels of batch 32, for the start-up that suits the cell best. Prints a Markdown table. Run from
# the top of the tree, once the runs are in FOLDER.
#
# J = sum over sync and async of RMSE/5 points (test accuracy) + RMSE/0.2 (test loss)
# + RMSE/0.2 (training loss), over t = 0 .. 99 s, of the mean curve over the rounds.
set -eu
export LC_ALL=C
folder=$1
curves=$(mktemp -d)
trap 'rm -rf "$curves"' EXIT

# The hashes of a cell's logs (field 6 on are the varied keys; the last is the policy).
cells() {
    awk -F '\t' 'NR > 2 { cell = ""; for (i = 6; i < NF; i++) cell = cell (i > 6 ? ", " : "") $i
        gsub("{law: uniform, min: ", "", cell); gsub(", max: ", "..", cell); gsub("}", "", cell)
        gsub(" m?s", "", cell); print cell "\t" $4 "\t" $1 }' "$folder/plan.tsv"
}

# Mean curves over the rounds whose seed satisfies a condition, as "metric policy time value".
mean_curves() { # CELL CONDITION
    rm -rf "$curves/dat"
    # shellcheck disable=SC2046 # hashes have no blanks
    "${DESGD:-build/desgd}" figure curves $(cells | awk -F '\t' -v cell="$1" -v folder="$folder" \
        '$1 == cell && '"$2"' { print folder "/" $3 ".h5" }') --keep "$curves/dat"
    awk -F , 'BEGIN { short["test_accuracy"] = "acc"; short["test_loss"] = "testloss"
            short["train_loss"] = "trainloss" }
        $1 in short { gsub(/"/, "", $8); print short[$1], $8, $3 + 0, $4 }' "$curves/dat/curves.csv"
}

# "J shift": how near the curves of FILE come to a panel of the paper, if they begin so many seconds
# later: the best of FROM .. TO.
score() { # STEP FILE FROM TO
    awk -v step="$1" -v from="$3" -v to="$4" 'function square(x) { return x * x }
        FNR == 1 { file++ }
        file == 1 { ours[$1, $2, $3] = $4; next }
        /^[0-9]/ { split($0, field, ","); if (field[1] == step && field[2] == 32) { metric[++n] = field[3]
            time[n] = field[4]; paper[n, "sync"] = field[5]; paper[n, "async"] = field[6] } }
        END { scale["acc"] = 5; scale["testloss"] = scale["trainloss"] = 0.2; best = 1e9
            for (start = from; start <= to; start += 0.5) { J = 0
                for (p = 1; p <= 2; p++) { policy = p == 1 ? "sync" : "async"; split("", sum)
                    for (i = 1; i <= n; i++) { t = time[i] > start ? time[i] - start : 0
                        sum[metric[i]] += square(ours[metric[i], policy, t + 0] - paper[i, policy]) }
                    for (m in sum) J += sqrt(sum[m] / 100) / scale[m] }
                if (J < best) { best = J; at = start } }
            printf "%.2f %.1f\n", best, at }' FS=' ' "$2" FS=, scenarios/studies/mnist_table/paper_curves.csv
}

echo '| compute / ms, receive, update | J, step-300 panel | start-up | seeds 1-5 | seeds 6-10 | J, step-500 panel | start-up |'
echo '|---|---:|---:|---:|---:|---:|---:|'
cells | cut -f 1 | awk '!seen[$0]++' | while read -r cell; do
    mean_curves "$cell" '1' >"$curves/all"
    mean_curves "$cell" '$2 <= 5' >"$curves/first"
    mean_curves "$cell" '$2 > 5' >"$curves/last"
    set -- $(score 300 "$curves/all" 10 26) $(score 300 "$curves/first" 10 26) \
        $(score 300 "$curves/last" 10 26) $(score 500 "$curves/all" 10 26)
    echo "| $cell | $1 | $2 s | $3 | $5 | $7 | $8 s |"
done | sort -t '|' -k 3,3n
# The paper's two panels are replicates for sync and async, which know no step.
awk -F , '$1 == 500 && $2 == 32 { print $3, "sync", $4, $5; print $3, "async", $4, $6 }' \
    scenarios/studies/mnist_table/paper_curves.csv >"$curves/panel"
set -- $(score 300 "$curves/panel" 0 10)
echo "| noise: the paper's step-500 panel | $1 | $2 s later | | | | |"
