// SPDX-License-Identifier: GPL-3.0-or-later
// How a run ended, in words, and what was under way then.
import { howMany } from "./format.js";
import { OUTCOME } from "./log.js";
import { BACK_WITHOUT_REPLY, LINE_KIND, say } from "./teller.js";

// Where the reason of an ending stands, if it has one.
const REASONS = { stalled: "stalled_waiting_for", failed: "failure" };

// Where a gradient is that was computed.
function placeWords({ gradients, isLocal, hasCentre }, row) {
    if (isLocal) { // who has sent its model to a centre may hold the gradient back until it is pulled
        return hasCentre ? "is in no version" : "is in its model and in no version";
    }
    if (gradients.received_ns[row] >= 0) {
        return gradients.buffered[row] >= gradients.threshold[row]
            ? "completes the buffer; the update is under way" : "is in the buffer";
    }
    return gradients.arrived_ns[row] >= 0 ? "is at the server, not yet received"
        : "is on its way to the server";
}

function pendingWords(teller, row) {
    const { worker, number, ready_ns: ready, version_read: read } = teller.gradients;
    return ready[row] < 0
        ? `worker ${worker[row]} is computing gradient ${number[row]}, read at version ${read[row]}`
        : `gradient ${number[row]} of worker ${worker[row]}, read at version ${read[row]}, ` +
            placeWords(teller, row);
}

// A worker that computes nothing and has nothing on its way to the server has a reply coming.
function replyWords({ state, gradients }, worker, last) {
    const version = state.replyVersion[worker];
    if (version >= 0) {
        return `version ${version} is on its way to worker ${worker}`;
    }
    if (state.down[worker]) {
        return null;
    }
    if (version === BACK_WITHOUT_REPLY) {
        return `worker ${worker} starts nothing before its crash`;
    }
    return gradients.outcome[last] === OUTCOME.pending ? null
        : `worker ${worker} waits for the server's reply`;
}

function tellWorker(teller, worker) {
    const { index, gradients, state, log } = teller;
    const rows = index.rows.subarray(index.first[worker], index.first[worker + 1]);
    const tell = (words, row) => teller.take(log.endNs, LINE_KIND.pending, worker, words, row);
    for (const row of rows) {
        if (gradients.outcome[row] === OUTCOME.pending) {
            tell(() => pendingWords(teller, row), row);
        }
    }
    if (rows.length === 0) {
        return;
    }
    if (state.down[worker]) {
        tell(() => `worker ${worker} is down`, -1);
    }
    const words = replyWords(teller, worker, rows.at(-1));
    if (words !== null) {
        tell(() => words, -1);
    }
}

export function tellEnding(teller) {
    const { log, updates, gradients } = teller;
    const { status } = log.attributes;
    const version = updates.count === 0 ? 0 : updates.version[updates.count - 1];
    const reason = log.attributes[REASONS[status]] ?? "";
    let pending = 0;
    for (let i = 0; i < gradients.count; i++) {
        pending += gradients.outcome[i] === OUTCOME.pending ? 1 : 0;
    }
    say(teller, log.endNs, LINE_KIND.end, -1, () => `the run ends (${status}) at version ${version}; ` +
        `${howMany(pending, "gradient")} pending`);
    if (reason !== "") {
        say(teller, log.endNs, LINE_KIND.end, -1,
            () => `${status === "stalled" ? "waits for " : ""}${reason}`);
    }
    for (let worker = 0; worker < log.workers; worker++) {
        tellWorker(teller, worker);
    }
}
