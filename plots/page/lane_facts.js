// SPDX-License-Identifier: GPL-3.0-or-later
// What the lanes of a log are derived from: its columns, and what follows for each gradient, update
// and all-reduce (the first half of sim/report/timeline.c).
import { EVENT, OUTCOME } from "./log.js";
import { gradientRows } from "./gradient_rows.js";
import { serverPauses } from "./server_pauses.js";
import { downSpans, spanAfter, workerSpans } from "./worker_spans.js";
import { updatesBegan } from "./updates_began.js";
import { hasServer, startUpNs } from "./log_traits.js";

function gradientColumns(table) {
    return {
        count: table.count,
        worker: table.get("worker"),
        versionRead: table.get("version_read"),
        versionApplied: table.get("version_applied"),
        dispatchedNs: table.get("dispatched_ns"),
        readyNs: table.get("ready_ns"),
        arrivedNs: table.get("arrived_ns"),
        receivedNs: table.get("received_ns"),
        appliedNs: table.get("applied_ns"),
        computeNs: table.get("compute_ns"),
        delayNs: table.get("delay_ns"),
        receiveNs: table.get("receive_ns"),
        replyNs: table.get("reply_ns"),
        travelNs: table.get("reply_travel_ns"),
        portWaitNs: table.get("reply_port_wait_ns"),
        pushAttempts: table.get("push_attempts"),
        stalledNs: table.get("stalled_ns"),
        outcome: table.get("outcome"),
    };
}

// When the update began that is under way at the end; or the end.
function lastUpdateNs(log) {
    const table = log.tables.gradients;
    const outcome = table.get("outcome");
    const receivedNs = table.get("received_ns");
    const buffered = table.get("buffered");
    const threshold = table.get("threshold");
    let lastNs = log.endNs;
    for (let i = 0; i < table.count; i++) {
        if (outcome[i] === OUTCOME.pending && receivedNs[i] >= 0 && buffered[i] >= threshold[i]) {
            lastNs = Math.min(lastNs, receivedNs[i]);
        }
    }
    return lastNs;
}

// The events tell more exactly than the rows when an all-reduce was over.
function reductionsOverNs(log, reductions) {
    const spanNs = reductions.get("span_ns");
    const overNs = reductions.get("began_ns").map((time, i) => time + spanNs[i]);
    const events = log.tables.events;
    const timeNs = events.get("time_ns");
    const kind = events.get("kind");
    const row = events.get("gradient");
    for (let i = 0; i < events.count && reductions.count > 0; i++) {
        if (kind[i] === EVENT.reduced && row[i] >= 0 && row[i] < reductions.count) {
            overNs[row[i]] = timeNs[i];
        }
    }
    return overNs;
}

// The all-reduces: when each began and was over, and when it and all before it were.
function reductionsOf(log) {
    const table = log.tables.reductions;
    const overNs = reductionsOverNs(log, table);
    const untilNs = new Float64Array(table.count);
    for (let i = 0; i < table.count; i++) {
        untilNs[i] = Math.max(overNs[i], i > 0 ? untilNs[i - 1] : -Infinity);
    }
    return {
        count: table.count,
        beganNs: table.get("began_ns"),
        first: table.get("worker"),
        members: table.get("members"),
        scope: table.get("scope"),
        overNs,
        untilNs,
    };
}

export function laneFacts(log) {
    const startUp = startUpNs(log);
    const { first, rows, count, after, replies } = gradientRows(log);
    return {
        endNs: log.endNs,
        startUpNs: startUp,
        workers: log.workers,
        hasEvents: log.hasEvents,
        hasIncidents: log.tables.incidents.count > 0,
        hasServer: hasServer(log),
        holdsBack: log.policy === "ssp",
        nobodyWaits: log.policy === "hpsgd", // for an average
        joins: log.policy === "cocod" || log.policy === "overlap_local_sgd", // the average before
        gradients: gradientColumns(log.tables.gradients),
        index: { first, rows, count },
        next: after,
        repliedNs: replies.leftNs,
        vanishedNs: replies.vanishedNs,
        updateNs: log.tables.updates.get("time_ns"),
        updateBeganNs: updatesBegan(log),
        lastUpdateNs: lastUpdateNs(log),
        reductions: reductionsOf(log),
        crashes: downSpans(log, startUp),
        stalls: workerSpans(log, "pause"),
        pauses: serverPauses(log),
        hasWaited: Array.from(log.tables.workers.get("waiting_ns"), (ns) => ns > 0),
    };
}

// When the gradient's worker crashes for the first time after it has started it; Infinity: never.
export function crashNs(facts, row) {
    const { crashes, gradients } = facts;
    const worker = gradients.worker[row];
    const end = crashes.end[worker];
    if (crashes.first[worker] === end) {
        return Infinity;
    }
    let i = spanAfter(crashes, worker, gradients.dispatchedNs[row]);
    if (i < end && crashes.beganNs[i] <= gradients.dispatchedNs[row]) {
        i++;
    }
    return i < end ? crashes.beganNs[i] : Infinity;
}

// When the worker's next gradient starts, or it crashes, or the end of the run.
export function nextStartNs(facts, row) {
    const next = facts.next[row];
    return Math.min(next < 0 ? facts.endNs : facts.gradients.dispatchedNs[next],
        crashNs(facts, row));
}
