#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Fetches the source of the libfyaml that Debian builds, through a package list of its own (the
# system's lists name no sources), verifies it and unpacks it. Does nothing when it is there.
# Usage: fetch_libfyaml.sh FOLDER   (FOLDER/libfyaml-VERSION is made)
set -euo pipefail

folder=${1:?usage: fetch_libfyaml.sh FOLDER}
version=0.7.12
sha256=485342c6920e9fdc2addfe75e5c3e0381793f18b339ab7393c1b6edf78bf8ca8

[ ! -d "$folder/libfyaml-$version" ] || exit 0
rm -rf "$folder/apt"
mkdir -p "$folder"/apt/lists/partial "$folder"/apt/cache/archives/partial
echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian bookworm main" \
    >"$folder/apt/sources.list"
cd "$folder"
settings=(-q -o "Dir::Etc::sourcelist=$PWD/apt/sources.list" -o Dir::Etc::sourceparts=/dev/null
    -o "Dir::State::lists=$PWD/apt/lists" -o "Dir::Cache=$PWD/apt/cache" -o APT::Sandbox::User=)
{
    apt-get "${settings[@]}" update
    apt-get "${settings[@]}" source --download-only libfyaml=$version-2
} >apt/out 2>&1 || {
    tail -n 5 apt/out >&2
    echo "fetch_libfyaml.sh: cannot fetch the source of libfyaml: is the network there?" >&2
    exit 1
}
echo "$sha256  libfyaml_$version.orig.tar.gz" | sha256sum --check --quiet
tar --no-same-owner -xzf "libfyaml_$version.orig.tar.gz"
rm -rf apt
