#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The tests of report and viewer: makes logs and their reports, holds the page's modules against the
# program in node, and looks at the pages in Debian's Chromium, without a network. What was looked at
# stays in build/page/test, pictures of it in build/page/screens. Run from the top of the tree.
# Usage: run.sh PROGRAM VIEWER.html [TEST.mjs...]
set -euo pipefail

DESGD=$(realpath "${1:?usage: run.sh PROGRAM VIEWER.html [TEST.mjs...]}")
PAGE_VIEWER=$(realpath "${2:?usage: run.sh PROGRAM VIEWER.html [TEST.mjs...]}")
shift 2
PAGE_FOLDER=$PWD/build/page/test
PAGE_SCREENS=$PWD/build/page/screens
export DESGD PAGE_VIEWER PAGE_FOLDER PAGE_SCREENS
here=$(dirname "$0")
[ $# -gt 0 ] || set -- "$here"/test_*.mjs

rm -rf "$PAGE_FOLDER" "$PAGE_SCREENS"
mkdir -p "$PAGE_FOLDER" "$PAGE_SCREENS"
plots/page/fetch.sh h5wasm axe-core playwright-core
"$here/make_pages.sh" "$PAGE_FOLDER" "$DESGD"
TEST_JOBS=$(nproc) TEST_SECONDS=1800 tests/run.sh "$@"
