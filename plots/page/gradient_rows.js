// SPDX-License-Identifier: GPL-3.0-or-later
// Which rows of /gradients are of one worker, one after the other, and when the server's reply to
// each set out and came in. Made once for a log, and kept.

const KEPT = new WeakMap();

const REPLIED = 5;
const VANISHED = 14;

// rows: of all workers, one worker's behind the other's; first[w]: where those of worker w begin.
function rowsByWorker(worker, workers) {
    const first = new Int32Array(workers + 1);
    const known = (w) => w >= 0 && w < workers;
    for (let i = 0; i < worker.length; i++) {
        first[worker[i] + 1] += known(worker[i]) ? 1 : 0;
    }
    for (let w = 0; w < workers; w++) {
        first[w + 1] += first[w];
    }
    const next = first.slice();
    const rows = new Int32Array(first[workers]);
    for (let i = 0; i < worker.length; i++) {
        if (known(worker[i])) {
            rows[next[worker[i]]++] = i;
        }
    }
    return { first, rows };
}

function neighbours(worker, { first, rows }) {
    const before = new Int32Array(worker.length).fill(-1);
    const after = new Int32Array(worker.length).fill(-1);
    for (let w = 0; w + 1 < first.length; w++) {
        for (let i = first[w] + 1; i < first[w + 1]; i++) {
            before[rows[i]] = rows[i - 1];
            after[rows[i - 1]] = rows[i];
        }
    }
    return { before, after };
}

// When the reply to each gradient set out, what version it brought, and whether it came in for
// nothing; -1: none did, or there are no events.
function repliesOf(log, find) {
    const { count } = log.tables.gradients;
    const leftNs = new Float64Array(count).fill(-1);
    const version = new Float64Array(count).fill(-1);
    const isVain = new Uint8Array(count);
    const events = log.tables.events;
    if (events.count === 0) {
        return { leftNs, version, isVain };
    }
    const [time, kind, actor, gradient, brought] = ["time_ns", "kind", "actor", "gradient", "version"]
        .map((name) => events.column(name));
    for (let i = 0; i < events.count; i++) {
        const row = kind[i] === REPLIED || kind[i] === VANISHED ? find(actor[i], gradient[i]) : -1;
        if (row >= 0 && kind[i] === REPLIED) {
            leftNs[row] = time[i];
            version[row] = brought[i];
            isVain[row] = 0;
        } else if (row >= 0) {
            isVain[row] = 1;
        }
    }
    return { leftNs, version, isVain };
}

function indexOf(log) {
    const worker = log.tables.gradients.get("worker");
    const sorted = rowsByWorker(worker, log.workers);
    const { first, rows } = sorted;
    // The row of a worker's gradient by its number, which counts from 0; -1: there is none.
    const find = (w, number) =>
        w >= 0 && w < log.workers && number >= 0 && number < first[w + 1] - first[w]
            ? rows[first[w] + number] : -1;
    return { ...neighbours(worker, sorted), find, replies: repliesOf(log, find) };
}

// {before, after: the rows of the same worker's gradients beside each, -1: none;
// find(worker, number) → row; replies: {leftNs, version, isVain}, by row}.
export function gradientRows(log) {
    if (!KEPT.has(log)) {
        KEPT.set(log, indexOf(log));
    }
    return KEPT.get(log);
}
