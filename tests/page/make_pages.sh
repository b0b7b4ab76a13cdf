#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# make_pages.sh FOLDER DESGD: what the browser's tests look at, in FOLDER: logs (make_logs.sh), two
# sweeps, files of strangers, and FOLDER/pages/NAME.html, the report of each. Run from the top of the
# tree. Needs Debian's python3-h5py, for logs that somebody changed.
set -euo pipefail
export LC_ALL=C

folder=${1:?usage: make_pages.sh FOLDER DESGD}
desgd=$(realpath "${2:?usage: make_pages.sh FOLDER DESGD}")
mkdir -p "$folder/pages"
folder=$(realpath "$folder")
here=$(realpath "$(dirname "$0")")
logs=$folder/logs

# sweep NAME FILE [OPTION...]: FOLDER/NAME.
sweep() {
    "$desgd" sweep "$2" -o "$folder/$1" --jobs 2 --quiet "${@:3}" 2>"$folder/notes" || {
        cat "$folder/notes" >&2
        exit 1
    }
}

# report NAME PATH...: FOLDER/pages/NAME.html.
report() {
    (cd "$folder" && "$desgd" report "${@:2}" -o "pages/$1.html" 2>"$folder/notes") || {
        cat "$folder/notes" >&2
        echo "make_pages.sh: no report of $*" >&2
        exit 1
    }
}

# The demo with a net that is trained in no time: as many rows as the demo has. And forty cells.
make_sweeps() {
    sweep demo scenarios/demo_sweep.yaml --set model=softmax --set 'data={name: random, samples: 1000}' \
        --set 'evaluation={every: 1 s, test_samples: 200, train_samples: 200}' --set training.batch=8
    cp scenarios/first_run.yaml "$folder"
    printf '%s\n' 'scenario: first_run.yaml' 'rounds: 2' 'baseline: {policy.threshold.every: 40}' \
        'vary: {policy.threshold.every: [5, 10, 20, 40, 80, 160, 320, 640],
           cluster.delay.mean: [20 ms, 50 ms, 100 ms, 500 ms, 1 s]}' \
        'set: {model: {name: quadratic, dimension: 20, noise: 0.1}, end: 4 s, evaluation: {every: 500 ms}}' \
        >"$folder/forty.yaml"
    sweep forty "$folder/forty.yaml"
}

make_hostile() {
    mkdir -p "$folder/<"
    cp "$logs/hostile_title.h5" "$folder/<"'/script><img src=x onerror=alert(1)>"'"'"'<!--.h5'
    mkdir "$folder/strangers"
    /usr/bin/python3 -B "$here/make_strangers.py" "$logs/first_run.h5" \
        "$logs/harm_hier_avg.h5" "$folder/strangers"
}

make_reports() {
    local name
    report demo demo
    report again demo
    report forty forty
    report forty_curves forty --rounds 0 --title 'Forty cells without timelines'
    report two_runs logs/first_run.h5 logs/fork.h5
    report hier_avg logs/policy_hier_avg.h5
    report crash logs/experiment_crash_and_return.h5
    for name in timing_only one_worker without_events harm_sync; do
        report "$name" "logs/$name.h5"
    done
    report hostile '</script><img src=x onerror=alert(1)>"'"'"'<!--.h5' strangers/changed.h5 \
        --title '</script><script>alert(1)</script><img src=x onerror=alert(1)>"'"'"'<!--'
}

"$here/make_logs.sh" "$logs" "$desgd"
make_sweeps
make_hostile
make_reports
