#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Every system call by which a run changes its files is a point at which it can die or fail. strace
# counts them (openat, write, fsync, rename, unlink, ftruncate on the log, the journal, the
# checkpoints and their folder), and then, point by point, in a folder of its own:
#   kill  the process is killed as it enters the call; "run --resume" must end with the log of an
#         undisturbed run (h5diff finds no difference outside /provenance) and nothing beside it
#   lost  the same, but what had not been synced is lost first. The trace says how far the journal was
#         synced; its tail is cut off there, cut in its middle, and replaced by zeros, one after the
#         other. What was renamed had been synced before (checked here), and a rename or removal
#         that is lost leaves what a kill before it leaves.
#   full  the call fails with ENOSPC, and so does each of its kind after it: a full disk
#   once  the call fails with EIO, once. After these two: exit status 0, 73 or 74, no half log, and
#         "run --resume" without the fault ends as above
# Runs begin "fresh" (plain "run"), "resumed" (from the checkpoint of a killed one) and
# "interrupted" (from one that SIGTERM ended). Usage: points.sh PROGRAM [EVERY]: only each EVERYth.
set -euo pipefail

program=$(realpath "${1:?usage: points.sh PROGRAM [EVERY]}")
every=${2:-1}
unset "${!OPENBLAS_@}"
# In memory, where a sync takes no time.
folder=${TMPDIR:-/dev/shm}
[ -w "$folder" ] || folder=/tmp
scratch=$(mktemp -d -p "$folder")
trap 'rm -rf "$scratch"' EXIT
cp "$(dirname "$0")/small.yaml" "$scratch"
calls=openat,write,pwrite64,fsync,rename,unlink,ftruncate

# run FOLDER RESUME [STRACE-OPTION...]: one traced run of FOLDER/a.h5; the trace goes to FOLDER.trace.
traced_run() {
    local folder=$1 resume=$2 file watched=(-P "$1")
    shift 2
    for file in a.h5 a.h5.part a.h5.journal a.h5.journal.kept a.h5.checkpoint a.h5.checkpoint.part a.h5.checkpoint.previous; do
        watched+=(-P "$folder/$file")
    done
    # shellcheck disable=SC2086 # no option, or one
    strace -qq -y -e signal=none -e trace=$calls,lseek -o "$folder.trace" "${watched[@]}" "$@" \
        "$program" run "$scratch/small.yaml" -o "$folder/a.h5" --quiet --threads 1 --checkpoint-every 1ns $resume \
        >"$folder.out" 2>&1
}

resume() {
    "$program" run "$scratch/small.yaml" -o "$1/a.h5" --quiet --threads 1 --resume >"$1.out" 2>&1
}

complain() {
    echo "$1: $2" >&2
    cat "$3.out" >&2 2>/dev/null || true
    return 1
}

same_log() {
    h5diff --exclude-path /provenance "$scratch/whole.h5" "$1" >"$1.diff" 2>&1 && [ ! -s "$1.diff" ] && rm "$1.diff"
}

# ends_well WHAT FOLDER: it goes on to the undisturbed log, and leaves nothing beside it.
ends_well() {
    resume "$2" || complain "$1" "resume ends with exit status $?" "$2"
    same_log "$2/a.h5" || complain "$1" "another log" "$2"
    [ "$(ls "$2")" = a.h5 ] || complain "$1" "leaves $(ls "$2" | tr '\n' ' ')" "$2"
}

# The log may be there before "resume" only if it is whole: finished, or the interrupted one that was there.
no_half_log() {
    [ ! -e "$2/a.h5" ] || cmp -s "$2/a.h5" "$scratch/stage-$3/a.h5" || same_log "$2/a.h5" ||
        complain "$1" "a half or wrong log" "$2"
}

# goes_on WHAT FOLDER CHECKPOINT: if that file is there, resume has gone on from it, or found the run whole:
# with a journal that is never synced a loss of power would take all of the run, which would then be made
# again, to the same log.
goes_on() {
    [ ! -e "$3" ] || grep -Eq 'continues from the checkpoint|was finished|nothing to do' "$2.out" ||
        complain "$1" "resume does not go on from the checkpoint" "$2"
}

# synced_length TRACE LENGTH: how many bytes of the journal a loss of power cannot take; LENGTH of it
# were there before. Fails if a file is renamed that has not been synced, or if one is removed when a
# rename before it is not on the disk, since their folder has not been synced.
synced_length() {
    awk -v length_now="$2" -v synced="$2" '
        / = -1 / || / = \?/ { next }
        /^write\(/ && /\.journal>/ { length_now += $NF }
        /^lseek\(/ && /\.journal>/ { length_now = $NF }
        /^fsync\(/ && /\.journal>/ { synced = length_now }
        /^ftruncate\(/ && /\.journal>/ { size = $2; sub(/\).*/, "", size); if (synced > size + 0) synced = size + 0 }
        /^p?write(64)?\(/ && /\.part>/ { dirty = 1 }
        /^fsync\(/ && /\.part>/ { dirty = 0 }
        /^rename\("[^"]*\.part"/ { if (dirty) exit 1 }
        /^rename\(/ { unnamed = 1 }
        /^fsync\([0-9]+</ && !/a\.h5/ { unnamed = 0 }
        /^unlink\(/ { if (unnamed) exit 1 }
        END { print synced }' "$1"
}

# lose FOLDER LENGTH HOW: the journal loses its tail.
lose() {
    local journal=$1/a.h5.journal size
    size=$(stat -c %s "$journal")
    case $3 in
    cut) truncate -s "$2" "$journal" ;;
    torn) truncate -s $((($2 + size) / 2)) "$journal" ;;
    zeros) truncate -s "$2" "$journal" && truncate -s "$size" "$journal" ;;
    esac
}

killed_at() {
    local stage=$1 call=$2 number=$3 folder=$4 what="$1: killed at $2 $3" length=0 synced status=0 how
    traced_run "$folder" "$(option_of "$stage")" -e inject="$call:signal=KILL:when=$number" 2>/dev/null || status=$?
    [ $status = 137 ] || complain "$what" "exit status $status" "$folder"
    no_half_log "$what" "$folder" "$stage"
    [ ! -e "$scratch/stage-$stage/a.h5.journal" ] || length=$(stat -c %s "$scratch/stage-$stage/a.h5.journal")
    synced=$(synced_length "$folder.trace" "$length") || complain "$what" "renamed before it was synced, or removed before that" "$folder"
    if [ -e "$folder/a.h5.journal" ] && [ "$synced" -lt "$(stat -c %s "$folder/a.h5.journal")" ]; then
        for how in cut torn zeros; do
            rm -rf "$folder-lost" && cp -a "$folder" "$folder-lost"
            lose "$folder-lost" "$synced" $how
            ends_well "$what, unsynced bytes $how" "$folder-lost"
            goes_on "$what, unsynced bytes $how" "$folder-lost" "$folder/a.h5.checkpoint"
        done
        rm -rf "$folder-lost"
        echo "$stage,$call,$(file_of "$stage" "$call" "$number"),lost,0"
    fi
    ends_well "$what" "$folder"
    echo "$stage,$call,$(file_of "$stage" "$call" "$number"),kill,0"
}

failed_at() {
    local stage=$1 call=$2 number=$3 folder=$4 kind=$5 fault=$6 what="$1: $6 at $2 $3" status=0
    traced_run "$folder" "$(option_of "$stage")" -e inject="$call:$fault" || status=$?
    case $status in 0 | 73 | 74) ;; *) complain "$what" "exit status $status" "$folder" ;; esac
    no_half_log "$what" "$folder" "$stage"
    [ $status != 0 ] || same_log "$folder/a.h5" || complain "$what" "exit status 0 without the log" "$folder"
    ends_well "$what" "$folder"
    echo "$stage,$call,$(file_of "$stage" "$call" "$number"),$kind,$status"
}

option_of() {
    [ "$1" = fresh ] || echo --resume
}

# The file of a point, without the folder.
file_of() {
    sed -n "$(($3))p" "$scratch/$1.$2"
}

try_point() {
    local stage=$1 call=$2 number=$3 kind=$4
    local folder=$scratch/$stage-$call-$number-$kind
    cp -a "$scratch/stage-$stage" "$folder"
    case $kind in
    kill) killed_at "$stage" "$call" "$number" "$folder" ;;
    full) failed_at "$stage" "$call" "$number" "$folder" full "error=ENOSPC:when=$number+" ;;
    once) failed_at "$stage" "$call" "$number" "$folder" once "error=EIO:when=$number" ;;
    esac
    rm -rf "$folder" "$folder".*
}

# list_points STAGE: writes one line per point to SCRATCH/STAGE.CALL, and prints "STAGE CALL NUMBER".
list_points() {
    local folder=$scratch/count-$1 call
    cp -a "$scratch/stage-$1" "$folder"
    traced_run "$folder" "$(option_of "$1")"
    same_log "$folder/a.h5"
    for call in ${calls//,/ }; do
        { grep "^$call(" "$folder.trace" || true; } | sed "s:$folder/\?::g" |
            sed 's/.*[<"]\(a\.h5[^>"]*\)[>"].*/\1/; t; s/.*/its folder/' >"$scratch/$1.$call"
        seq "$(wc -l <"$scratch/$1.$call")" | sed "s/^/$1 $call /"
    done
}

make_stages() {
    mkdir "$scratch"/stage-{fresh,resumed,interrupted}
    traced_run "$scratch/stage-resumed" "" -e inject=rename:signal=KILL:when=9 2>/dev/null || [ $? = 137 ]
    traced_run "$scratch/stage-interrupted" "" -e inject=rename:signal=TERM:when=9 || [ $? = 75 ]
    rm -f "$scratch"/stage-*.*
}

export program scratch calls
export -f traced_run resume complain same_log ends_well goes_on no_half_log synced_length lose killed_at failed_at option_of file_of try_point

"$program" run "$scratch/small.yaml" -o "$scratch/whole.h5" --quiet --threads 1
make_stages
for stage in fresh resumed interrupted; do
    list_points $stage
done | awk -v every="$every" '{ if (NR % every == 0) { print $0, "kill"; print $0, "full"; print $0, "once" } }' >"$scratch/points"
xargs -P "$(nproc)" -L 1 bash -c 'set -euo pipefail; try_point "$@"' point <"$scratch/points" >"$scratch/outcomes" ||
    { echo "crash points: FAILED" >&2; exit 1; }

# The table: how often, and with which exit statuses.
printf '%-12s %-10s %-26s %6s %6s  %-22s %s\n' from call on killed lost 'ENOSPC: exit status' 'EIO: exit status'
sort "$scratch/outcomes" | uniq -c | sed 's/^ *\([0-9]*\) /\1,/' | awk -F , '
    { key = sprintf("%-12s %-10s %-26s", $2, $3, $4)
      if (!(key in seen)) { order[++rows] = key; seen[key] = 1 }
      if ($5 == "kill" || $5 == "lost") count[key, $5] += $1
      else count[key, $5] = count[key, $5] sprintf("%s%d x %d", count[key, $5] == "" ? "" : ", ", $1, $6) }
    END { for (i = 1; i <= rows; i++) printf "%s %6d %6d  %-22s %s\n", order[i], count[order[i], "kill"], count[order[i], "lost"],
              count[order[i], "full"], count[order[i], "once"] }'
echo "==== crash points: $(wc -l <"$scratch/points") runs, each ended as the undisturbed one, $SECONDS s"
