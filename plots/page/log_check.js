// SPDX-License-Identifier: GPL-3.0-or-later
// Whether a log says what it may, as sim/runlog/runlog_check.h and the reader of files ask: the rest of
// the page then need not doubt that a worker is one, that a code has a word and that a time is a number.
import { TABLES, wordsOf } from "./log.js";

const FORMAT_VERSION = 2;

// Columns without which a table with rows is none.
const NEEDED = {
    events: ["time_ns", "kind", "actor", "gradient", "version"],
    gradients: [
        "worker", "number", "version_read", "version_applied", "staleness", "staleness_gradients",
        "dispatched_ns", "ready_ns", "arrived_ns", "received_ns", "applied_ns", "compute_ns", "delay_ns",
        "push_ns", "receive_ns", "reply_ns", "reply_travel_ns", "tie", "loss", "distance", "threshold",
        "buffered", "outcome",
    ],
    updates: [
        "time_ns", "update_ns", "version", "threshold", "gradients", "staleness_mean", "staleness_max",
        "learning_rate", "update_norm", "parameter_hash", "loss_estimate",
    ],
    evaluations: [
        "time_ns", "version", "test_loss", "test_accuracy", "train_loss", "train_accuracy",
    ],
    reductions: [
        "began_ns", "span_ns", "scope", "worker", "members", "number", "version", "steps", "bytes_intra",
        "bytes_inter", "tie", "spread",
    ],
    incidents: ["began_ns", "ended_ns", "kind", "event", "worker", "factor"],
    workers: ["busy_ns", "waiting_ns", "communicating_ns", "gradients", "dropped"],
};
// Columns of whole numbers that came later.
const LATER = {
    gradients: [
        "push_attempts", "reply_attempts", "push_port_wait_ns", "reply_port_wait_ns", "stalled_ns",
    ],
    updates: ["after_receipt_ns"],
    evaluations: ["gradients", "samples"],
    reductions: ["retries"],
    workers: ["down_ns"],
};
// Of numbers that may be anything, and of keys and hashes, nothing is asked.
const FREE = new Set([
    "tie", "loss", "distance", "staleness_mean", "learning_rate", "update_norm", "parameter_hash",
    "loss_estimate", "test_loss", "test_accuracy", "train_loss", "train_accuracy", "spread", "factor",
]);
// The least that whole numbers may be, if not 0.
const LEAST = {
    events: { actor: -1, gradient: -1 },
    gradients: {
        version_applied: -1, staleness: -1, staleness_gradients: -1, ready_ns: -1, arrived_ns: -1,
        received_ns: -1, applied_ns: -1, threshold: -1, buffered: -1, push_attempts: 1,
        reply_attempts: 1, stalled_ns: -(2 ** 63),
    },
    updates: { staleness_max: -1 },
    evaluations: { gradients: -1, samples: -1 },
    reductions: { members: 1 },
    incidents: { ended_ns: -1, worker: -1 },
};
const OF_WORKERS = new Set(["events/actor", "gradients/worker", "reductions/worker", "incidents/worker"]);

function checkAttributes({ name, attributes }) {
    if (attributes.format_version !== FORMAT_VERSION) {
        throw new Error(`${name}: made by another version of desgd (format_version ` +
            `${attributes.format_version}, this page reads ${FORMAT_VERSION})`);
    }
    for (const attribute of ["workers", "end_ns", "event_count"]) {
        if (!(Number.isInteger(attributes[attribute]) && attributes[attribute] >= 0)) {
            throw new Error(`${name}: attribute '${attribute}' is negative, or no whole number`);
        }
    }
    if (![0, 1].includes(attributes.events_logged)) {
        throw new Error(`${name}: attribute 'events_logged' is neither 0 nor 1`);
    }
}

function mostAllowed(table, column, workers) {
    if (OF_WORKERS.has(`${table}/${column}`)) {
        return workers - 1;
    }
    return (wordsOf(table, column)?.length ?? Infinity) - 1;
}

// Whole numbers of a column are within its range; NaN is in none.
function checkRange(log, table, column) {
    const values = log.tables[table].column(column);
    const least = LEAST[table]?.[column] ?? 0;
    const most = mostAllowed(table, column, log.workers);
    if (values instanceof BigUint64Array) {
        throw new Error(`${log.name}: /${table}/${column} has another type than desgd writes`);
    }
    for (let i = 0; i < values.length; i++) {
        if (!(values[i] >= least && values[i] <= most)) {
            throw new Error(`${log.name}: /${table}/${column}: row ${i} is ${values[i]}, allowed is ` +
                `${least} ${most === Infinity ? "or more" : `to ${most}`}`);
        }
    }
}

function checkTable(log, name) {
    const table = log.tables[name];
    const lacking = NEEDED[name].find((column) => !table.has(column));
    if (table.count > 0 && lacking !== undefined) {
        throw new Error(`${log.name}: /${name}/${lacking} is missing`);
    }
    [...NEEDED[name], ...LATER[name] ?? []]
        .filter((column) => table.has(column) && !FREE.has(column))
        .forEach((column) => checkRange(log, name, column));
}

// Throws an Error with a sentence for people.
export function checkLog(log) {
    checkAttributes(log);
    if (log.tables.workers.count !== log.workers) {
        throw new Error(`${log.name}: /workers has not one row for each worker`);
    }
    TABLES.forEach((name) => checkTable(log, name));
}
