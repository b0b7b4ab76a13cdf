#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Fills the places of page.html: style, libraries and script as they are, and a policy that lets
# nothing else run and nothing be fetched. A report's data are filled in later, by the program. The
# viewer has h5wasm inside, packed, which runs once it is needed: its hash is in the policy, too.
# Usage: assemble.sh PAGE.html STYLE.css LIBRARY.js SCRIPT.js [H5WASM.js LICENCE.txt] >whole.html
set -euo pipefail

page=$1 style=$2 library=$3 script=$4 packed=${5:-} licence=${6:-}

hash_of() {
    local digits
    digits=$(sha256sum <"$1" | cut -c 1-64 | sed 's/../\\x&/g')
    printf "'sha256-%s'" "$(printf "$digits" | base64 -w 0)"
}

policy() {
    printf "default-src 'none'; script-src %s %s" "$(hash_of "$library")" "$(hash_of "$script")"
    [ -z "$packed" ] || printf " %s 'wasm-unsafe-eval'" "$(hash_of "$packed")"
    printf "; style-src %s; img-src data: blob:; base-uri 'none'; form-action 'none'" "$(hash_of "$style")"
}

data() {
    if [ -z "$packed" ]; then
        printf '@DATA@'
    else
        printf '<script type="text/plain" id="h5wasm-licence">\n'
        cat "$licence"
        printf '</script>\n<script type="text/plain" id="h5wasm">'
        gzip -9 -n <"$packed" | base64 -w 0
        printf '</script>'
    fi
}

# The texts would end where these are.
! grep -n -i '</script\|<!--' "$library" "$script" >&2
! grep -n -i '</style' "$style" >&2
while IFS= read -r line; do
    place=$(sed -n 's/.*\(@[A-Z]*@\).*/\1/p' <<<"$line")
    [ -n "$place" ] || {
        printf '%s\n' "$line"
        continue
    }
    printf '%s' "${line%%"$place"*}"
    case $place in
    @POLICY@) policy ;;
    @STYLE@) cat "$style" ;;
    @DATA@) data ;;
    @LIBRARY@) cat "$library" ;;
    @SCRIPT@) cat "$script" ;;
    esac
    printf '%s\n' "${line#*"$place"}"
done <"$page"
