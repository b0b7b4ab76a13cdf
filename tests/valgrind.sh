#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs each scenario of tests/valgrind under valgrind, with its log and its replay: no error, no leak.
# Valgrind knows no AVX-512, and the program sees that. Usage: tests/valgrind.sh PROGRAM
set -euo pipefail

program=${1:?usage: tests/valgrind.sh PROGRAM}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
unset "${!OPENBLAS_@}"

check() {
    valgrind --quiet --trace-children=yes --leak-check=full --show-leak-kinds=definite,indirect \
        --errors-for-leak-kinds=definite,indirect --error-exitcode=99 "$@" >"$scratch/out" 2>"$scratch/err" || {
        status=$?
        cat "$scratch/out" "$scratch/err" >&2
        echo "==== valgrind: $* FAILED with exit status $status" >&2
        exit 1
    }
}

for scenario in tests/valgrind/*.yaml; do
    start=$SECONDS
    check "$program" run "$scenario" --threads 2 -o "$scratch/log.h5"
    check "$program" replay "$scratch/log.h5" --threads 2
    echo "==== valgrind: $scenario run and replayed without error or leak, $((SECONDS - start)) s"
done
