// SPDX-License-Identifier: GPL-3.0-or-later
// The messages of a run, as its log tells of them: the page's sim/report/curve_messages.c.
import { canonicalValue } from "./canonical_text.js";
import { EVENT, OUTCOME } from "./log.js";
import { firstFrom } from "./search.js";

// Of models that are local only some are pushed: those that arrive at the server, if there is one.
function sendPushes(log, scenario, send) {
    const gradients = log.tables.gradients;
    const readyNs = gradients.get("ready_ns");
    const arrivedNs = gradients.get("arrived_ns");
    for (let i = 0; i < gradients.count; i++) {
        if (!scenario.stepsLocally || arrivedNs[i] >= 0) {
            send(readyNs[i], scenario.messageBytes);
        }
    }
}

// To what the server replies (sim/report/reply_rule.c).
function replyRule(log) {
    const pushed = canonicalValue(log.scenario, "policy.pushed_worker");
    if (pushed !== null) {
        return pushed === "continues" ? "received" : "applied";
    }
    return {
        k_batch_async: "received",
        n_softsync: "received",
        fedbuff: "received",
        k_sync: "all over",
        backup: "all over",
        k_batch_sync: "cancelled",
    }[canonicalValue(log.scenario, "policy.name")] ?? "applied";
}

function isReplied(rule, outcome, receivedNs) {
    switch (rule) {
    case "received":
        return receivedNs >= 0;
    case "all over":
        return outcome !== OUTCOME.pending;
    case "cancelled":
        return outcome === OUTCOME.cancelled;
    default:
        return outcome === OUTCOME.applied;
    }
}

// Without events: with what each was replied to for.
function sendRepliesByRows(log, scenario, send) {
    const gradients = log.tables.gradients;
    const updatesNs = log.tables.updates.get("time_ns");
    const outcome = gradients.get("outcome");
    const receivedNs = gradients.get("received_ns");
    const appliedNs = gradients.get("applied_ns");
    const dispatchedNs = gradients.get("dispatched_ns");
    const rule = replyRule(log);
    for (let i = 0; i < gradients.count; i++) {
        if (!isReplied(rule, outcome[i], receivedNs[i])) {
            continue;
        }
        if (rule === "received" || outcome[i] === OUTCOME.dropped) {
            send(receivedNs[i], scenario.messageBytes);
        } else if (outcome[i] === OUTCOME.applied) {
            send(appliedNs[i], scenario.messageBytes);
        } else {
            send(updatesNs[firstFrom(updatesNs, dispatchedNs[i])] ?? -1, scenario.messageBytes);
        }
    }
}

function sendReplies(log, scenario, send) {
    if (log.hasEvents) {
        const timeNs = log.tables.events.get("time_ns");
        const kind = log.tables.events.get("kind");
        for (let i = 0; i < kind.length; i++) {
            if (kind[i] === EVENT.replied) {
                send(timeNs[i], scenario.messageBytes);
            }
        }
    } else if (scenario.stepsLocally) {
        log.tables.updates.get("time_ns").forEach((timeNs) => send(timeNs, scenario.messageBytes));
    } else {
        sendRepliesByRows(log, scenario, send);
    }
}

// Calls take(timeNs, bytes) for every message that set out in the run: first the pushes, then the
// replies, then the all-reduces, each in the order of their rows.
export function eachMessage(log, scenario, take) {
    const send = (timeNs, bytes) => {
        if (timeNs >= 0 && timeNs <= log.endNs) {
            take(timeNs, bytes);
        }
    };
    if (scenario.hasServer) {
        sendPushes(log, scenario, send);
        sendReplies(log, scenario, send);
    }
    const reductions = log.tables.reductions;
    const beganNs = reductions.get("began_ns");
    const intra = reductions.get("bytes_intra");
    const inter = reductions.get("bytes_inter");
    for (let i = 0; i < reductions.count; i++) {
        send(beganNs[i], intra[i] + inter[i]);
    }
}
