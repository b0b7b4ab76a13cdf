#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Puts the modules into one script: each behind those that it imports, without its import lines and
# the word "export". So names at the top of modules are unique, and an import stands on lines of its
# own, "import { a, b } from "./file.js";", without other names. Usage: bundle.sh MODULE.js >script.js
set -euo pipefail

declare -A done_modules=()

# imports FILE: its import lines; a sentence of one line ends where it begins, which sed's ranges do
# not know.
imports() {
    awk '/^import / { within = 1 } within { print } /;$/ { within = 0 }' "$1"
}

# add FILE
add() {
    local file=$1 folder imported
    [ -z "${done_modules[$file]:-}" ] || return 0
    done_modules[$file]=yes
    folder=$(dirname "$file")
    while read -r imported; do
        add "$folder/$imported"
    done < <(imports "$file" | sed -n 's/.*from "\.\/\([^"]*\)";$/\1/p')
    awk '/^import / { within = 1 } !within { sub(/^export /, ""); print } /;$/ { within = 0 }' "$file"
}

script=$(add "$1")
twice=$(sed -n 's/^\(async \)\?\(function\*\?\|const\|class\) \([A-Za-z_$][A-Za-z0-9_$]*\).*/\3/p' <<<"$script" | sort | uniq -d)
[ -z "$twice" ] || {
    echo "bundle.sh: more than one module has" $twice >&2
    exit 1
}
printf '%s\n' "// SPDX-License-Identifier: GPL-3.0-or-later"
grep -v '^ *//' <<<"$script" # comments are for who reads the modules
