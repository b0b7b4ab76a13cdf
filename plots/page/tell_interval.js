// SPDX-License-Identifier: GPL-3.0-or-later
// Which line tells how an interval of a timeline (lanes.js) begins.
import { LINE_KIND, rowOfEvent } from "./teller.js";

const OF_GRADIENT = [
    "dispatched", "ready", "arrived", "received", "replied", "cancelled", "lost", "vanished",
];

// The event of each kind of each gradient, by its row, and those that make versions and begin
// all-reduces; -1: there is none.
function eventsByRow(teller) {
    const { events, gradients, updates, reductions } = teller;
    const none = (count) => new Int32Array(count).fill(-1);
    const found = [];
    OF_GRADIENT.forEach((name) => { found[LINE_KIND[name]] = none(gradients.count); });
    found[LINE_KIND.updated] = none(updates.count);
    found[LINE_KIND.reducing] = none(reductions.count);
    for (let event = 0; event < events.count; event++) {
        const kind = events.kind[event];
        const row = kind === LINE_KIND.updated ? events.version[event] - 1
            : kind === LINE_KIND.reducing ? events.gradient[event]
                : rowOfEvent(teller, event);
        if (found[kind] !== undefined && row >= 0 && row < found[kind].length) {
            found[kind][row] = event;
        }
    }
    return found;
}

// lineOf(kind, row): the line of an event of a gradient, an update or an all-reduce.
function rowFinder(teller, lineOf) {
    let found = null;
    return (kind, row) => {
        found ??= eventsByRow(teller);
        const event = row < 0 || found[kind] === undefined ? -1 : found[kind][row] ?? -1;
        return event < 0 ? -1 : lineOf[event];
    };
}

// lineAtTime(timeNs, kinds, worker): the first line of that moment of one of the kinds and of the
// worker, or of anybody.
function timeFinder({ lineCount, firstAt, timeOf, kindOf, workerOf }) {
    return (timeNs, kinds, worker = null) => {
        for (let i = firstAt(timeNs); i < lineCount && timeOf(i) === timeNs; i++) {
            if (kinds.includes(kindOf(i)) && (worker === null || workerOf(i) === worker)) {
                return i;
            }
        }
        return -1;
    };
}

// A message of a gradient sets out: its push, or the reply to it.
function sendingKind({ gradients }, row, startNs) {
    const isPush = startNs === gradients.ready_ns[row] &&
        gradients.arrived_ns[row] !== gradients.ready_ns[row];
    return isPush ? LINE_KIND.ready : LINE_KIND.replied;
}

// It is in the server's queue, or the server is at an update or at other replies before the reply. An
// update that is under way at the end began with the receipt of the last gradient for it.
function queuedLine({ gradients }, row, startNs, lineOf, lineAtTime) {
    const isReceived = gradients.received_ns[row] >= 0 && startNs >= gradients.received_ns[row];
    if (startNs === gradients.arrived_ns[row] && !(isReceived && gradients.buffered[row] >= 0)) {
        return lineOf(LINE_KIND.arrived, row);
    }
    const cancelled = lineOf(LINE_KIND.cancelled, row);
    if (cancelled >= 0 || startNs === gradients.received_ns[row]) {
        return cancelled >= 0 ? cancelled : lineOf(LINE_KIND.received, row);
    }
    return gradients.version_applied[row] < 0 ? lineAtTime(startNs, [LINE_KIND.received])
        : lineOf(LINE_KIND.updated, gradients.version_applied[row]);
}

// Its worker waits for others, perhaps again: an average is there, but not one for it to go on from.
function waitingLine({ gradients, isLocal }, row, startNs, lineOf, lineAtTime) {
    if (!isLocal && startNs === gradients.received_ns[row]) {
        return lineOf(LINE_KIND.received, row);
    }
    const waits = lineAtTime(startNs, [LINE_KIND.waits, LINE_KIND.vanished], gradients.worker[row]);
    if (waits >= 0) {
        return waits;
    }
    return startNs === gradients.ready_ns[row] ? lineOf(LINE_KIND.ready, row)
        : lineAtTime(startNs, [LINE_KIND.reduced], -1);
}

// The last all-reduce that had begun then and has the worker.
function reducingRow({ reductions }, worker, startNs) {
    for (let row = reductions.count - 1; row >= 0; row--) {
        const member = worker - reductions.worker[row];
        if (reductions.began_ns[row] <= startNs && member >= 0 && member < reductions.members[row]) {
            return row;
        }
    }
    return -1;
}

const MESSAGES = ["sending", "resending"];
const SERVER_KINDS = {
    receiving: "received", updating: "updated", replying: "replied", reducing: "reducing",
};

const KINDS_WITHOUT_ROW = {
    down: ["crashed"], waiting: ["returned", "vanished"], stalled: ["server_pause"],
};

function withoutRow(kind, startNs, lane, lineAtTime) {
    const kinds = KINDS_WITHOUT_ROW[kind] ?? [];
    return lineAtTime(startNs, kinds.map((name) => LINE_KIND[name]), lane);
}

function ofWorker(teller, { kind, row, startNs }, lineOf, lineAtTime) {
    const worker = teller.gradients.worker[row];
    if (MESSAGES.includes(kind)) {
        return lineOf(sendingKind(teller, row, startNs), row);
    }
    if (kind === "queued") {
        return queuedLine(teller, row, startNs, lineOf, lineAtTime);
    }
    if (kind === "waiting") {
        return waitingLine(teller, row, startNs, lineOf, lineAtTime);
    }
    if (kind === "reducing") {
        return lineOf(LINE_KIND.reducing, reducingRow(teller, worker, startNs));
    }
    const stall = kind === "stalled" ? lineAtTime(startNs, [LINE_KIND.pause], worker) : -1;
    return stall >= 0 ? stall : lineOf(LINE_KIND.dispatched, row);
}

// lineOf: of each event, -1: none. lines: the teller as it is seen from outside.
export function intervalFinder(teller, lineOf, lines) {
    const lineOfRow = rowFinder(teller, lineOf);
    const lineAtTime = timeFinder(lines);
    return {
        lineForGradient: (row, kind) => lineOfRow(LINE_KIND[kind], row),
        lineForInterval: (kind, row, startNs, lane) => {
            if (row < 0) {
                return withoutRow(kind, startNs, lane, lineAtTime);
            }
            const ofServer = kind === "reducing" && lane !== -1 ? undefined : SERVER_KINDS[kind];
            return ofServer === undefined
                ? ofWorker(teller, { kind, row, startNs }, lineOfRow, lineAtTime)
                : lineOfRow(LINE_KIND[ofServer], row);
        },
    };
}
