// SPDX-License-Identifier: GPL-3.0-or-later
// An update of the server in words: of what gradients it makes which version.
import { tellThreshold } from "./tell_details.js";
import { rowOfVersion, sayEvent } from "./teller.js";

// How many gradients each worker has in the buffer: a Map, in the order of workers.
function countByWorker({ state, gradients }) {
    const counts = new Map();
    for (const row of state.buffer) {
        counts.set(gradients.worker[row], (counts.get(gradients.worker[row]) ?? 0) + 1);
    }
    return new Map([...counts].sort(([a], [b]) => a - b));
}

// The last of a run of consecutive workers, each with one gradient in the buffer.
function endOfRange(counts, first) {
    let last = first;
    while (counts.get(last) === 1 && counts.get(last + 1) === 1) {
        last++;
    }
    return last;
}

// "1, 4, 7", "0 to 24", "1 (2 of them), 4"
function workersList(counts) {
    const parts = [];
    let done = -1;
    for (const [worker, count] of counts) {
        const last = endOfRange(counts, worker);
        if (worker <= done) {
            continue;
        }
        done = last - worker >= 2 ? last : worker;
        parts.push(done > worker ? `${worker} to ${last}`
            : `${worker}${count > 1 ? ` (${count} of them)` : ""}`);
    }
    return parts.join(", ");
}

function gradientsWords({ state, gradients, log }) {
    const [row] = state.buffer;
    if (state.buffer.length === 1) {
        return `gradient ${gradients.number[row]} of worker ${gradients.worker[row]}`;
    }
    const counts = countByWorker({ state, gradients });
    const workers = counts.size > 1 ? `s ${workersList(counts)}`
        : ` ${row === undefined ? log.workers : gradients.worker[row]}`;
    return `${state.buffer.length} gradients of worker${workers}`;
}

function stalenessWords({ state, gradients }) {
    let least = Infinity;
    let most = -1;
    for (const row of state.buffer) {
        least = Math.min(least, gradients.staleness[row]);
        most = Math.max(most, gradients.staleness[row]);
    }
    if (least === most) {
        return `; staleness ${least}`;
    }
    return most >= 0 ? `; staleness ${least} to ${most}` : "";
}

export function tellUpdated(teller, event) {
    const version = teller.events.version[event];
    const flush = rowOfVersion(teller, version);
    const threshold = flush < 0 ? -1 : teller.updates.threshold[flush];
    if (flush >= 0) {
        tellThreshold(teller, teller.events.time_ns[event], threshold);
    }
    sayEvent(teller, event, () => `server applies ${gradientsWords(teller)}` +
        `${flush < 0 ? "" : ` (K = ${threshold})`} and makes version ${version}${stalenessWords(teller)}`);
    teller.state.buffer.length = 0;
}
