#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A real Slurm on this machine alone: munged, slurmctld and slurmd are started from a scratch folder, a
# job array of four tasks carries out a sweep into one shared folder, and its table of runs must be that
# of "--jobs 2", byte for byte. A second array is cut short by USR1 and submitted again. All of it is
# stopped and removed at the end. Needs root (munged and slurmd do). Usage: run.sh PROGRAM
set -euo pipefail

program=$(realpath "${1:?usage: run.sh PROGRAM}")
here=$(realpath "$(dirname "$0")")
[ "$(id -u)" = 0 ] || { echo "test-slurm: the daemons of Slurm want root" >&2; exit 1; }
unset "${!SLURM_@}"
scratch=$(mktemp -d)
processes=()
stop() {
    local process
    for process in "${processes[@]}"; do kill "$process" 2>>"$scratch/stop" || true; done
    sleep 1
    rm -rf "$scratch"
}
trap stop EXIT
export SLURM_CONF=$scratch/slurm.conf
host=$(hostname -s)
processors=$(nproc)
chmod 755 "$scratch"
mkdir -p "$scratch"/{state,spool,log,munge} /run/munge

# A key of its own, below a folder that nobody else can write.
install -d -o munge -g munge -m 700 "$scratch/munge"
dd if=/dev/urandom of="$scratch/munge/key" bs=128 count=1 status=none
chown munge: "$scratch/munge/key"
chmod 400 "$scratch/munge/key"
chmod 711 "$scratch"
su -s /bin/sh munge -c "exec munged --foreground --force --key-file=$scratch/munge/key --socket=$scratch/munge/socket \
    --pid-file=$scratch/munge/pid --log-file=$scratch/munge/log --seed-file=$scratch/munge/seed" >"$scratch/log/munged" 2>&1 &
processes+=($!)
chmod 711 "$scratch/munge"

cat >"$SLURM_CONF" <<END
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=26817
SlurmdPort=26818
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$scratch/munge/socket
CryptoType=crypto/munge
StateSaveLocation=$scratch/state
SlurmdSpoolDir=$scratch/spool
SlurmctldPidFile=$scratch/slurmctld.pid
SlurmdPidFile=$scratch/slurmd.pid
SlurmctldLogFile=$scratch/log/slurmctld
SlurmdLogFile=$scratch/log/slurmd
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
ReturnToService=2
SchedulerParameters=sched_interval=1,batch_sched_delay=0
NodeName=$host NodeAddr=127.0.0.1 CPUs=$processors State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
END

wait_for() { # wait_for SECONDS COMMAND...
    local left=$(($1 * 5))
    shift
    until "$@" >>"$scratch/log/waits" 2>&1; do
        left=$((left - 1))
        [ $left -gt 0 ] || { echo "test-slurm: waited in vain for: $*" >&2; tail -n 20 "$scratch"/log/* >&2; return 1; }
        sleep 0.2
    done
}
wait_for 20 test -S "$scratch/munge/socket"
slurmctld -D >>"$scratch/log/controller" 2>&1 &
processes+=($!)
slurmd -D >>"$scratch/log/node" 2>&1 &
processes+=($!)
is_idle() { [ "$(sinfo -h -o %T)" = idle ]; }
wait_for 60 is_idle

cp "$here"/{small,sweep}.yaml "$scratch"
cd "$scratch"
"$program" sweep sweep.yaml -o two --jobs 2 --quiet
"$program" merge two --quiet

array() { # array FOLDER [sbatch's options]: submits, waits for all tasks, prints their exit codes
    local folder=$1 job
    shift
    "$program" sweep sweep.yaml -o "$folder" --slurm=4 --jobs 1 >"$folder.sbatch"
    job=$(sbatch --parsable "$@" "$folder.sbatch")
    is_over() { [ -z "$(squeue -h -j "$job" 2>>"$scratch/log/waits")" ]; }
    wait_for 300 is_over
    scontrol show job "$job" | sed -n 's/.*ArrayTaskId=\([0-9]*\).*/task \1/p; s/.*JobState=\([A-Z]*\).*/  \1/p; s/.*ExitCode=\(\S*\).*/  exit \1/p' |
        paste - - - | sort
}

start=$SECONDS
array four
"$program" merge four --quiet
cmp two/sweep.csv four/sweep.csv
echo "==== slurm: a job array of 4 tasks gave the sweep.csv of --jobs 2, $(($(wc -l <two/sweep.csv) - 1)) runs, $((SECONDS - start)) s"

# The end of the time limit: every task gets USR1 while it works, and the array is submitted again.
sed -i 's/^end: .*/end: 300 s/' small.yaml
start=$SECONDS
"$program" sweep sweep.yaml -o long.two --jobs 2 --quiet
"$program" merge long.two --quiet
"$program" sweep sweep.yaml -o long --slurm=4 --jobs 1 >long.sbatch
job=$(sbatch --parsable long.sbatch)
is_running() { [ "$(squeue -h -j "$job" -t R | wc -l)" -ge 1 ] && ls long/*.journal; }
wait_for 60 is_running
scancel --batch --signal=USR1 "$job" 2>>"$scratch/log/waits" || true # tasks that have not begun cannot be told
is_over() { [ -z "$(squeue -h -j "$job" -t R 2>>"$scratch/log/waits")" ]; }
sleep 1
scancel --state=PENDING "$job" 2>>"$scratch/log/waits" || true
wait_for 60 is_over
done_before=$(ls long | grep -c '\.record$' || true)
array long
"$program" merge long --quiet
cmp long.two/sweep.csv long/sweep.csv
echo "==== slurm: an array stopped by USR1 with $done_before runs done, submitted again: the same sweep.csv, $((SECONDS - start)) s"
