// SPDX-License-Identifier: GPL-3.0-or-later
// What a gradient hangs together with, as arrows between lanes of the timeline: the version that it
// read, its push, its update, and what its worker went on with. And who held up an update that
// others waited for. All of it is in the columns of the log; nothing is guessed.
import { gradientRows } from "./gradient_rows.js";
import { OUTCOME } from "./log.js";
import { SERVER_LANE } from "./lane_rows.js";
import { hasServer } from "./log_traits.js";

const USED = [
    "worker", "version_read", "version_applied", "dispatched_ns", "ready_ns", "received_ns",
    "applied_ns", "reply_travel_ns", "reply_port_wait_ns",
];

function ofRow(log, row) {
    const table = log.tables.gradients;
    return Object.fromEntries(USED.filter((name) => table.has(name))
        .map((name) => [name, table.column(name)[row]]));
}

// When a version was made; version 0 was there from the start.
function madeNs(log, version) {
    const updates = log.tables.updates;
    if (version <= 0) {
        return 0;
    }
    return version <= updates.count ? updates.column("time_ns")[version - 1] : -1;
}

// When the reply to a gradient set out that its worker goes on with; -1: there was none, or nothing
// tells. Without events the times of a run without incidents tell, to the nanosecond.
function replyLeftNs(log, row, gradient, next) {
    const { leftNs, version, vanishedNs } = gradientRows(log).replies;
    if (log.tables.events.count > 0) {
        const isIt = leftNs[row] >= 0 && vanishedNs[row] < 0 && version[row] === next.version_read;
        return isIt && leftNs[row] <= next.dispatched_ns ? leftNs[row] : -1;
    }
    const goesOnAlone = next.dispatched_ns === gradient.ready_ns
        && next.dispatched_ns !== gradient.received_ns;
    if (log.tables.incidents.count > 0 || goesOnAlone) {
        return -1;
    }
    const wayNs = gradient.reply_travel_ns + (next.reply_port_wait_ns ?? 0);
    return Math.max(-1, next.dispatched_ns - wayNs);
}

// What the worker goes on with; of workers that average their models: with what average.
function nextLink(log, row, gradient) {
    const after = gradientRows(log).after[row];
    if (after < 0) {
        return null;
    }
    const next = ofRow(log, after);
    const fromNs = hasServer(log) ? replyLeftNs(log, row, gradient, next)
        : next.version_read > gradient.version_read ? madeNs(log, next.version_read) : -1;
    return fromNs < 0 ? null : {
        what: "reply", version: next.version_read,
        fromLane: SERVER_LANE, fromNs, toLane: next.worker, toNs: next.dispatched_ns,
    };
}

// The arrows of the gradient in that row of /gradients: {what, version, fromLane, fromNs, toLane,
// toNs}, lane -1 the server (or the averages of all). what: "read" from the making of the version
// that it read to its start; "push" from its worker to its receipt; "update" from there to the end
// of the update that it joined; "reply" from the server to the worker's next gradient.
export function linksOf(log, row) {
    const gradient = ofRow(log, row);
    const { worker, ready_ns: readyNs, received_ns: receivedNs, applied_ns: appliedNs } = gradient;
    const links = [];
    const add = (what, version, fromLane, fromNs, toLane, toNs) =>
        links.push({ what, version, fromLane, fromNs, toLane, toNs });
    if (madeNs(log, gradient.version_read) >= 0) {
        add("read", gradient.version_read, SERVER_LANE, madeNs(log, gradient.version_read),
            worker, gradient.dispatched_ns);
    }
    if (readyNs >= 0 && receivedNs >= 0) {
        add("push", gradient.version_read, worker, readyNs, SERVER_LANE, receivedNs);
    }
    if (readyNs >= 0 && appliedNs >= 0) {
        const isReceived = receivedNs >= 0;
        add("update", gradient.version_applied + 1, isReceived ? SERVER_LANE : worker,
            isReceived ? receivedNs : readyNs, SERVER_LANE, appliedNs);
    }
    const next = nextLink(log, row, gradient);
    return next === null ? links : [...links, next];
}

// ---- who held up an update ----

// The rows of the gradients that each update applied.
function gradientsOfUpdates(log) {
    const updates = log.tables.updates.count;
    const applied = log.tables.gradients.get("version_applied");
    const outcome = log.tables.gradients.get("outcome");
    const members = Array.from({ length: updates }, () => []);
    for (let i = 0; i < applied.length; i++) {
        if (outcome[i] === OUTCOME.applied && applied[i] >= 0 && applied[i] < updates) {
            members[applied[i]].push(i);
        }
    }
    return members;
}

// Each worker's last one of them, the last one of all first.
function lastOfEach(rows, worker, joinedNs) {
    const last = new Map();
    for (const row of rows) {
        const other = last.get(worker[row]);
        if (other === undefined || joinedNs[row] >= joinedNs[other]) {
            last.set(worker[row], row);
        }
    }
    return [...last.values()].sort((a, b) => joinedNs[b] - joinedNs[a] || b - a);
}

// Whether the worker of a gradient stood still until the update was made: it went on no sooner than
// then, with that version or a later one. Of its last gradient: whether it ever waited.
function waiterOf(log) {
    const { after } = gradientRows(log);
    const table = log.tables.gradients;
    const [read, applied] = [table.get("version_read"), table.get("version_applied")];
    const [worker, dispatched] = [table.get("worker"), table.get("dispatched_ns")];
    const waiting = log.tables.workers.get("waiting_ns");
    const isServed = hasServer(log);
    return (row, lastNs) => {
        const next = after[row];
        if (next < 0) {
            return waiting[worker[row]] > 0;
        }
        return dispatched[next] >= lastNs && (!isServed || read[next] > applied[row]);
    };
}

// Of each update of more than one worker's gradients for which one of these workers waited: the
// gradient that joined it last, when, and how much later than the one before it. {updateRow, row,
// lane, timeNs, laterNs}: row of /gradients, lane its worker. It joined at its receipt; without a
// server, when it was ready.
export function holdUps(log) {
    const table = log.tables.gradients;
    const worker = table.get("worker");
    const joinedNs = table.get(hasServer(log) ? "received_ns" : "ready_ns", -1);
    const hasWaited = waiterOf(log);
    const found = [];
    gradientsOfUpdates(log).forEach((rows, updateRow) => {
        const joined = rows.filter((row) => joinedNs[row] >= 0);
        const [last, ...others] = lastOfEach(joined, worker, joinedNs);
        const timeNs = joinedNs[last];
        if (others.some((row) => joinedNs[row] < timeNs && hasWaited(row, timeNs))) {
            found.push({ updateRow, row: last, lane: worker[last], timeNs,
                laterNs: timeNs - joinedNs[others[0]] });
        }
    });
    return found;
}
