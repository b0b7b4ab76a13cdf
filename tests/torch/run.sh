#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs the scenarios of this folder and holds their logs against PyTorch; then spoils a gradient of
# one log and expects that to be noticed. Usage: run.sh DESGD [DATA]
set -euo pipefail

desgd=${1:?usage: run.sh DESGD [DATA]}
data=${2:-data}
here=$(dirname "$0")
scratch=$(mktemp -d "${TMPDIR:-/tmp}/desgd-torch.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
# Debian's own Python: its torch is not for any other.
check="/usr/bin/python3 -B $here/check_log.py --data $data"

failed=
for scenario in "$here"/*.yaml; do
    log=$scratch/$(basename "$scenario" .yaml).h5
    "$desgd" run "$scenario" -o "$log" --data "$data" --quiet >"$scratch/summary" &&
        $check "$log" || failed="$failed $scenario"
done

# A checker that cannot fail proves nothing: one gradient is off by 1e-4.
/usr/bin/python3 - "$log" <<'END'
import sys, h5py
with h5py.File(sys.argv[1], "a") as file:
    applied = (file["gradients/version_applied"][:] >= 0).nonzero()[0]
    file["gradients/values"][applied[10]] *= 1.0001
END
if $check "$log" >"$scratch/spoilt" 2>&1; then
    cat "$scratch/spoilt"
    failed="$failed (a spoilt gradient was not noticed)"
fi
[ -z "$failed" ] || { echo "==== FAILED:$failed" >&2; exit 1; }
echo "==== PyTorch agrees"
