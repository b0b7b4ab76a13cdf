// SPDX-License-Identifier: GPL-3.0-or-later
// Who tells: what it knows of a log, what it keeps from event to event, and how a line is said
// (sim/report/teller.c). A line goes to teller.take(timeNs, kind, worker, words, row); words() gives
// its text, and is asked only where that is wanted.
import { gradientRows } from "./gradient_rows.js";
import { EVENT_KINDS, INCIDENT, INCIDENT_KINDS, codesOf } from "./log.js";
import { hasCentre, stepsLocally } from "./log_traits.js";
import { pastChanges } from "./past_changes.js";

// Of a line: what happens, as in /events/kind and /incidents/kind, or what no row says. "pending": how
// something stands when the run ends.
export const LINE_KINDS = [
    ...EVENT_KINDS, ...INCIDENT_KINDS, "threshold", "evaluation", "change", "counted_out",
    "counted_in", "end", "pending",
];
export const LINE_KIND = codesOf(LINE_KINDS);

// In the place of a version that is on its way to a worker.
export const NO_REPLY = -1;
export const BACK_WITHOUT_REPLY = -2;

const TOLD_COLUMNS = {
    events: ["time_ns", "kind", "actor", "gradient", "version"],
    gradients: [
        "worker", "number", "version_read", "version_applied", "staleness", "dispatched_ns",
        "ready_ns", "arrived_ns", "received_ns", "delay_ns", "receive_ns", "reply_ns", "threshold",
        "buffered", "outcome", "push_attempts", "reply_attempts", "push_port_wait_ns",
        "reply_port_wait_ns", "stalled_ns",
    ],
    updates: ["version", "threshold", "gradients", "staleness_max", "update_ns"],
    evaluations: [
        "time_ns", "version", "test_loss", "test_accuracy", "train_loss", "train_accuracy",
    ],
    reductions: [
        "began_ns", "worker", "members", "steps", "span_ns", "bytes_intra", "bytes_inter", "retries",
    ],
    incidents: [
        "began_ns", "ended_ns", "kind", "worker", "factor", "bandwidth_factor", "latency_factor",
        "loss_factor",
    ],
};

// {count, time_ns: array, ...} of a table.
function columnsOf(log, name) {
    const table = log.tables[name];
    return Object.fromEntries([["count", table.count],
        ...TOLD_COLUMNS[name].map((column) => [column, table.get(column)])]);
}

// What changes from event to event.
function firstTellerState(workers) {
    return {
        changesTold: 0,
        evaluationsTold: 0,
        marksTold: 0,
        threshold: -1, // K as it was last told of
        servedNs: -1, // when the server last received, made or sent something
        queued: 0, // gradients that have arrived and are not yet received
        buffer: [], // rows of /gradients
        silencesSeen: 0, // of /incidents
        replyVersion: new Float64Array(workers).fill(NO_REPLY), // carried by the reply under way
        down: new Uint8Array(workers),
        crashedNs: new Float64Array(workers).fill(-1), // when each crashed last; -1: it has not
        countedOut: new Uint8Array(workers),
        silentUntilNs: new Float64Array(workers),
    };
}

export function copyState(state) {
    return Object.fromEntries(Object.entries(state)
        .map(([key, value]) => [key, typeof value === "number" ? value : value.slice()]));
}

// Without its marks, which tell_incident.js finds.
export function makeTeller(log) {
    const tables = Object.fromEntries(Object.keys(TOLD_COLUMNS)
        .map((name) => [name, columnsOf(log, name)]));
    return {
        log,
        ...tables,
        index: gradientRows(log),
        changes: pastChanges(log.scenario),
        marks: [],
        isLocal: stepsLocally(log),
        hasCentre: hasCentre(log),
        sumsWindows: log.policy === "hpsgd",
        serverPauses: tables.incidents.kind.includes(INCIDENT.server_pause),
        state: firstTellerState(log.workers),
        take: () => {},
    };
}

export function say(teller, timeNs, kind, worker, words) {
    teller.take(timeNs, kind, worker, words, -1);
}

// The line of an event.
export function sayEvent(teller, event, words) {
    const { time_ns: time, kind, actor } = teller.events;
    teller.take(time[event], kind[event], actor[event], words, -1);
}

// The row of the gradient that an event names, -1: none.
export function rowOfEvent(teller, event) {
    return teller.index.find(teller.events.actor[event], teller.events.gradient[event]);
}

// The row of /updates that made the version, -1: none.
export function rowOfVersion(teller, version) {
    const { count, version: made } = teller.updates;
    return version >= 1 && version <= count && made[version - 1] === version ? version - 1 : -1;
}
