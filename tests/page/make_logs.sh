#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# make_logs.sh FOLDER DESGD: small logs of everything that the page has to show, for its tests: each
# policy, each experiment, and what few runs have: no events, one worker, a fork, lost messages, a
# run that stalls. Takes three seconds of a processor. Run from the top of the tree.
set -eu
export LC_ALL=C
folder=${1:?usage: make_logs.sh FOLDER DESGD}
desgd=${2:?usage: make_logs.sh FOLDER DESGD}
mkdir -p "$folder"

log() { # NAME SCENARIO [OPTION...]
    name=$1
    shift
    "$desgd" run "$@" --quiet --threads 1 -o "$folder/$name.h5" 2>"$folder/notes" || {
        cat "$folder/notes" >&2
        echo "make_logs.sh: $name: no log" >&2
        exit 1
    }
}

timed() { # NAME SCENARIO [OPTION...]: timing only
    log "$@" --set model=none
}

trained() { # NAME SCENARIO [OPTION...]: of a net that is trained in no time
    log "$@" --set model=softmax --set 'data={name: random, samples: 1000}' \
        --set 'evaluation={every: 500 ms, test_samples: 100, train_samples: 100}' --set training.batch=8
}

# What happens to workers 0 to 3; to a server, too; and of what only one who sends gradients is told.
harm='{crash: {event: crash, worker: 1, at: 900 ms, for: 700 ms},
  nap: {event: pause, workers: [2, 3], every: {law: exponential, mean: 1 s}, for: {law: exponential, mean: 150 ms}},
  away: {event: disconnect, worker: 3, at: 1300 ms, for: 600 ms},
  slow: {event: slowdown, slowdown: 3, worker: 0, at: 700 ms, for: 1 s},
  cable: {event: link, workers: 100 %, at: 1500 ms, for: 500 ms, latency: 4}'
server_harm="$harm, gc: {event: server_pause, every: 400 ms, for: 60 ms}"
told_harm="$server_harm, told: {event: crash, worker: 2, at: 2100 ms, for: 300 ms, notice: 500 ms}}"
server_harm="$server_harm}"
harm="$harm}"

# The first seconds, which hold updates, averages and changes of K.
for file in scenarios/policies/*.yaml; do
    trained "policy_$(basename "$file" .yaml)" "$file" --set 'end=8 s'
done
for file in scenarios/experiments/*.yaml; do
    name=$(basename "$file" .yaml)
    case $name in
    office_hours) end='20 h' ;;
    spot_reclaimed) end='28 s' ;;
    packet_loss | worker_on_wifi | slow_phases | three_slow_workers) end='4 s' ;;
    *) end='10 s' ;;
    esac
    timed "experiment_$name" "$file" --set "end=$end"
done

# A cluster in which everything goes wrong, under policies that take it differently.
for policy in sync async k_async k_batch_sync backup ssp fedbuff; do
    timed "harm_$policy" scenarios/first_run.yaml --set 'end=4 s' --set "policy.name=$policy" \
        --set 'policy.missing=150 ms' --set "cluster.events=$told_harm" \
        --set 'cluster.network={latency: 5 ms, loss: 5 %, timeout: 40 ms}' --set 'cluster.server.bandwidth=1 Gbit/s' \
        --set 'cluster.network.message=500 kB' \
        --set 'cluster.groups={rack: {workers: [3, 4], uplink: {bandwidth: 200 Mbit/s}}}'
done
for policy in k_avg hier_avg hpsgd cocod overlap_local_sgd; do
    trained "harm_$policy" scenarios/policies/hier_avg.yaml --set 'end=6 s' --set policy.steps=4 \
        --set "policy.name=$policy" --set 'policy.missing=150 ms' --set "cluster.events=$harm"
done
trained harm_easgd scenarios/policies/easgd.yaml --set 'end=4 s' --set "cluster.events=$server_harm"

first=scenarios/first_run.yaml
trained first_run "$first" --set 'end=5 s'
log quadratic "$first" --set 'end=5 s' --set model=quadratic --set 'evaluation.every=0 s'
trained samples "$first" --set 'end=2 s' --set log.samples=true
trained start_up "$first" --set 'end=5 s' --set 'cluster.start_up=2.5 s'
trained before_start_up "$first" --set 'end=1 s' --set 'cluster.start_up=2.5 s'
trained one_worker "$first" --set 'end=5 s' --set cluster.workers=1 --set 'cluster.delay=none'
timed one_worker_averages scenarios/policies/k_avg.yaml --set 'end=5 s' --set cluster.workers=1
timed timing_only "$first" --set 'end=5 s'
trained without_events "$first" --set 'end=5 s' --set log.events=false
timed without_events_harm "$first" --set 'end=4 s' --set log.events=false --set "cluster.events=$told_harm"
trained without_events_hier_avg scenarios/policies/hier_avg.yaml --set 'end=4 s' --set log.events=false \
    --set "cluster.events=$harm"
timed ties "$first" --set 'end=3 s' --set ties=random --set 'cluster.compute=100 ms' --set 'cluster.delay=none' \
    --set 'cluster.server={receive: 10 ms, update: 10 ms, reply: 10 ms}'
timed moments "$first" --set 'end=2 s' --set 'cluster.server={receive: 0 s, update: 0 s}' \
    --set 'cluster.network.latency=0 s'
trained ends_at_updates "$first" --set 'end=20 updates'
trained other_seed "$first" --set 'end=2 s' --set seed=2
log fork --from "$folder/first_run.h5" --at '2 s' --set policy.threshold.every=5 --set 'end=4 s'
timed stalled scenarios/experiments/silence.yaml --set 'end=12 s' --set cluster.events.silence.for=none
trained hostile_title "$first" --set 'end=1 s' --set 'title=</script><b>"a" & '"''b''"
rm "$folder/notes"
