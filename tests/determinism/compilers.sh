#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Builds test_gradient_bits by other compilers and with other optimisation than the tests are built
# with, and compares the fingerprints of gradients that each prints. Fails at the first difference.
# Usage: tests/determinism/compilers.sh PROGRAM FOLDER (the program as the tests have it; where to
# build)
set -eu -o pipefail

program=$1
folder=$2
openblas=/usr/lib/$(gcc -print-multiarch)/openblas-pthread
export PKG_CONFIG_PATH=$openblas/pkgconfig
libraries="openblas gsl libxxhash"
read -ra flags < <(pkg-config --cflags $libraries)
read -ra links < <(pkg-config --libs $libraries | sed 's/-lopenblas//')
sources=(models/*.c models/kernels/*.c sim/base/*.c
    tests/support/{batch_gradient,nets,reference_net,scratch,skip}.c tests/determinism/test_gradient_bits.c)

"$program" print >"$folder/expected"
echo "compilers: $(wc -l <"$folder/expected") gradients by $(basename "$program")"
for compiler in "gcc -O3" "clang -O2"; do
    objects=$folder/${compiler// /}
    mkdir "$objects"
    printf '%s\0' "${sources[@]}" | xargs -0 -P "$(nproc)" -I {} sh -c \
        'object=$1/$(echo "$2" | tr / _).o; shift 2; exec "$@" -o "$object"' \
        sh "$objects" {} $compiler -std=c17 -D_GNU_SOURCE -ffp-contract=off -I. "${flags[@]}" -c {}
    $compiler -o "$objects/program" "$objects"/*.o "${links[@]}" -lcmocka -lpthread -lm \
        -Wl,-rpath,"$openblas"
    "$objects/program" print | diff "$folder/expected" - >"$folder/difference" || {
        echo "compilers: $compiler gives other bits:"
        head -n 4 "$folder/difference"
        exit 1
    }
    echo "compilers: $compiler gives the same bits"
done
