#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Measures this machine and prints the page results/bench.md: the outputs of the commands as they are,
# in a chapter for this processor, and behind it what PAGE, the page as it was, has in other chapters:
# those of other processors and those written by hand.
# Usage: results.sh DESGD DATA PAGE
set -euo pipefail

desgd=${1:?usage: results.sh DESGD DATA PAGE}
data=${2:?usage: results.sh DESGD DATA PAGE}
before=${3:?usage: results.sh DESGD DATA PAGE}
unset "${!OPENBLAS_@}" # settings of this machine's owner
here=$(dirname "$0")

show() { # show NAME COMMAND...: what a reader types, and what it prints
    printf '\n```\n$ %s\n' "$1"
    shift
    "$@"
    echo '```'
}

load() { cut -d ' ' -f 1 /proc/loadavg; }

# With its numbers: a virtual machine may call several generations "AMD EPYC".
of_cpu() { sed -n "s/^$1[[:space:]]*: //p" /proc/cpuinfo | head -n 1; }
cpu="$(of_cpu 'model name') (family $(of_cpu 'cpu family'), model $(of_cpu model))"
widest=AVX2
grep -qw avx512f /proc/cpuinfo && widest=AVX-512

page() {
    cat <<'END'
<!-- SPDX-License-Identifier: GPL-3.0-or-later -->
# Speed on one machine

`make bench-results` measures yours and writes its chapter; the chapters of other processors, the goals and the limits stay.
Absolute numbers are one machine's: quote ratios, which are taken in turn (A B A B ...) in one run.

## What each arithmetic promises and costs

**portable**, the default: our own kernels. The bits of a run depend on the scenario alone: AVX-512, AVX2 and
plain C, gcc and clang, -O2 and -O3 give the same; so do all processors. A minibatch is cut into blocks
of 32 samples, and what is left over makes a block of 8, 16 or 32, the least that holds it: batch 20 costs
what batch 32 does.

**openblas**: im2col and matrix products by OpenBLAS. The bits depend on OpenBLAS's kernel, which desgd
pins to Haswell's (AVX2) wherever there is AVX2; another OpenBLAS may give other bits. It is the second
opinion that the tests hold the first against, and slower wherever blocks are full.

## What is measured

**Gradients** (`desgd bench`): `us/gradient` is through the simulator's own executor: minibatch, gathering from the bytes of
the data set, forward, backward. The GFLOP count the operations of the layers (multiply and add are two); what the
first layer need not do is not counted. The peak is that of OpenBLAS with the same instructions. `ratio` is an evaluated sample
against one sample's part of the gradient at that batch: a forward pass is 35 % of a gradient's operations in cifar_cnn, 37 % in
mnist_lenet, 41 % in cifar_lenet and 48 % in mnist_ray, whose work lies mostly in the first layer, from which nothing goes further
back. In a run a gradient also costs its part of the update: `desgd bench --only evaluations` measures that ratio in whole runs.

**Against PyTorch**: the same nets and minibatches; the whole job is the asynchronous scenario of 25 workers against
[async_heapq.py](../tests/bench/async_heapq.py), a plain loop with heapq that makes the same events, as many gradients and
the same evaluations. Loading the data and starting PyTorch are not counted on either side.
The accuracies at the end are of one seed each, and the two draw other numbers: async with the sum swings that far, seeds 1 to 6
of the scenario end at .84, .93, .95, .90, .86 and .95 (mnist_ray, 100 s).

**Against oneDNN** ([layer_peers.c](../tests/bench/layer_peers.c)): every distinct convolution and dense layer of every net, with
the relu and the max-pool that desgd computes together with it. oneDNN has the layouts that it prefers, and bringing the tensors
into them is not counted, while desgd's ordering of its weights is; it fuses relu forward, max-pools by a primitive of its own,
and undoes relu behind the max-pool. The gradient by the weights has the biases' and undoing relu and max-pool in it, on both
sides. That by the input is, of desgd, the time of both less that of the weights alone; oneDNN uses again what it has undone.
Both must compute the same first. Processor time of the one thread, which other work on the machine disturbs least. A whole
gradient is held against a product of 1,024 x 1,024 matrices by OpenBLAS with the same instructions, in turn.

**Whole runs** ([runs.py](../tests/bench/runs.py)): what their evaluations, a second thread and their logs cost.

**Events** ([engines.py](../tests/bench/engines.py)): one star without models and without a log. Workers compute for exponential
times of mean 200 ms; the server has one FIFO queue. The others know three events a gradient and nothing else
([star.h](../tests/bench/star.h)): ns-3's core with its priority queue, the binary heap of a textbook, SimGrid's actors with
mailboxes. desgd's six are its whole policy machinery: who waits, K and the buffer, staleness, ties, each span drawn by a key of
its own, and the fingerprint of every row. Processor time of a whole process, its start included.

**Sweeps**: a run of a sweep is a process of its own. The best that these cores give is measured beside it, by two sweeps that
know nothing of each other.

**Starting**: the smallest runs: one gradient of one sample, an evaluation of one sample before and after it, no log. `cpu` is
the time of the processors. The data are read and held against their hashes each time; the runs of a sweep share one copy.

END
    cat <<END
## On $cpu, $(nproc) cores, $widest

| | |
|---|---|
| system | $(sed -n 's/^PRETTY_NAME="\(.*\)"/\1/p' /etc/os-release) |
| compiler | $(gcc --version | head -n 1), -O2 |
| desgd | $("$desgd" --version | head -n 1) |
| peers | Debian's python3-torch $(/usr/bin/python3 -c 'import torch; print(torch.__version__)'), libdnnl $(dpkg-query -W -f '${Version}' libdnnl-dev) |
| date | $(date -u +%Y-%m-%d), load average $(load) before |

### Gradients, evaluations, threads, events
END
    show 'build/desgd bench' "$desgd" bench --data "$data"
    [ $widest = AVX2 ] || show 'build/desgd bench --isa avx2 --arithmetic portable --only gradients' \
        "$desgd" bench --isa avx2 --arithmetic portable --only gradients --data "$data"
    printf '\n### Against PyTorch and oneDNN\n'
    show 'make bench-peers' /usr/bin/python3 -B "$here/peers.py" "$desgd" "$data"
    show 'make bench-layers' make --no-print-directory bench-layers
    printf '\n### Events, beside other engines\n'
    show 'make bench-engines' "$here/engines.py" "$desgd" "$(dirname "$desgd")/bench"
    printf '\n### Whole runs, sweeps, starting\n'
    show 'tests/bench/runs.py build/desgd' "$here/runs.py" "$desgd" "$data"
    show 'tests/bench/sweep.sh build/desgd' "$here/sweep.sh" "$desgd" "$data"
    show 'tests/bench/start.py build/desgd' "$here/start.py" "$desgd" "$data"
    printf '\nLoad average after: %s.\n\n' "$(load)"
}

written=$(mktemp)
trap 'rm -f "$written"' EXIT
page | tee "$written"
awk 'FNR == NR { if (/^## /) written[$0]; next } /^## / { kept = !($0 in written) } kept' "$written" "$before"
