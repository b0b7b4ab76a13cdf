// SPDX-License-Identifier: GPL-3.0-or-later
// How things stand at a moment: K, the server's buffer and queue, the version, the last evaluation,
// who is down. From the events where they are logged, else from the rows.
import { gradientRows } from "./gradient_rows.js";
import { EVENT, OUTCOME } from "./log.js";
import { hasCentre, startUpNs, stepsLocally } from "./log_traits.js";
import { firstAfter } from "./search.js";
import { downSpans } from "./worker_spans.js";

// What the server does, in order: {timeNs, kind, row}, arrays; row: of /gradients or /updates.
function actsOfEvents(log) {
    const { events } = log.tables;
    const [time, kind, actor, gradient, version] =
        ["time_ns", "kind", "actor", "gradient", "version"].map((name) => events.get(name));
    const { find } = gradientRows(log);
    const acts = { timeNs: [], kind: [], row: [] };
    for (let i = 0; i < events.count; i++) {
        if (kind[i] === EVENT.arrived || kind[i] === EVENT.received || kind[i] === EVENT.updated) {
            acts.timeNs.push(time[i]);
            acts.kind.push(kind[i]);
            acts.row.push(kind[i] === EVENT.updated ? version[i] - 1 : find(actor[i], gradient[i]));
        }
    }
    return acts;
}

// At one instant: what arrives, what is received for the update that is over then, that update, and
// what is received behind it.
function rankOf({ kind, row, timeNs }, versionApplied, updatedNs) {
    if (kind !== EVENT.received) {
        return kind === EVENT.arrived ? 0 : 2;
    }
    const applied = versionApplied[row];
    return applied >= 0 && applied < updatedNs.length && updatedNs[applied] <= timeNs ? 1 : 3;
}

function actsOfRows(log) {
    const { gradients, updates } = log.tables;
    const versionApplied = gradients.get("version_applied");
    const updatedNs = updates.get("time_ns");
    const acts = [];
    const add = (kind, times) => times.forEach((timeNs, row) => {
        if (timeNs >= 0) {
            acts.push({ timeNs, kind, row });
        }
    });
    add(EVENT.arrived, gradients.get("arrived_ns"));
    add(EVENT.received, gradients.get("received_ns"));
    add(EVENT.updated, updatedNs);
    const rank = (act) => rankOf(act, versionApplied, updatedNs);
    const buffered = gradients.get("buffered");
    acts.sort((a, b) => a.timeNs - b.timeNs || rank(a) - rank(b) || buffered[a.row] - buffered[b.row]);
    return Object.fromEntries(["timeNs", "kind", "row"].map((key) => [key, acts.map((act) => act[key])]));
}

// Behind each act of the server: K as it was last evaluated, -1: not yet; and how many gradients are
// in the buffer and in the queue.
function serverSteps(log) {
    const { gradients, updates, events } = log.tables;
    const { timeNs, kind, row } = events.count > 0 ? actsOfEvents(log) : actsOfRows(log);
    const [threshold, buffered, outcome] =
        ["threshold", "buffered", "outcome"].map((name) => gradients.get(name));
    const flushThreshold = updates.get("threshold");
    const steps = {
        timeNs: Float64Array.from(timeNs),
        threshold: new Float64Array(row.length),
        buffered: new Float64Array(row.length),
        queued: new Float64Array(row.length),
    };
    const now = { threshold: -1, buffered: 0, queued: 0 };
    for (let i = 0; i < row.length; i++) {
        const arrives = kind[i] === EVENT.arrived;
        const receives = kind[i] === EVENT.received;
        const said = receives ? threshold[row[i]] : arrives ? -1 : flushThreshold[row[i]];
        now.threshold = said >= 0 ? said : now.threshold;
        now.queued = Math.max(0, now.queued + Number(arrives) - Number(receives));
        if (kind[i] === EVENT.updated) {
            now.buffered = 0;
        } else if (receives && row[i] >= 0 && outcome[row[i]] !== OUTCOME.dropped) {
            now.buffered = buffered[row[i]];
        }
        steps.threshold[i] = now.threshold;
        steps.buffered[i] = now.buffered;
        steps.queued[i] = now.queued;
    }
    return steps;
}

// ---- who is down ----

// How many are, from each time on at which that changes; nobody before the start-up.
function downSteps(log) {
    const startNs = startUpNs(log);
    const spans = downSpans(log, startNs);
    const changes = [];
    for (let worker = 0; worker < log.workers; worker++) {
        for (let i = spans.first[worker]; i < spans.end[worker]; i++) {
            changes.push([Math.max(startNs, spans.beganNs[i]), 1],
                [Math.max(startNs, spans.endedNs[i]), -1]);
        }
    }
    changes.sort(([a], [b]) => a - b);
    let down = 0;
    return {
        timeNs: changes.map(([timeNs]) => timeNs),
        down: changes.map(([, more]) => { down += more; return down; }),
    };
}

// ---- the whole ----

function valueUpTo(times, values, timeNs, before) {
    const count = firstAfter(times, timeNs);
    return count === 0 ? before : values[count - 1];
}

// momentAt(timeNs): {threshold, buffered, queued, version, testLoss, testAccuracy, down}, with all that
// happens at that time; null: there is none, as without a server or before the first evaluation. What
// it looks up is made when it is first asked.
export function momentsOf(log) {
    const { updates, evaluations } = log.tables;
    const isLocal = stepsLocally(log);
    const hasQueue = !isLocal || hasCentre(log);
    let steps = null;
    let downs = null;
    const evaluated = (name, timeNs) => {
        const value = valueUpTo(evaluations.get("time_ns"), evaluations.get(name), timeNs, NaN);
        return Number.isNaN(value) ? null : value;
    };
    return (timeNs) => {
        steps ??= serverSteps(log);
        downs ??= downSteps(log);
        const threshold = isLocal ? -1 : valueUpTo(steps.timeNs, steps.threshold, timeNs, -1);
        return {
            threshold: threshold < 0 ? null : threshold,
            buffered: isLocal ? null : valueUpTo(steps.timeNs, steps.buffered, timeNs, 0),
            queued: hasQueue ? valueUpTo(steps.timeNs, steps.queued, timeNs, 0) : null,
            version: valueUpTo(updates.get("time_ns"), updates.get("version"), timeNs, 0),
            testLoss: evaluated("test_loss", timeNs),
            testAccuracy: evaluated("test_accuracy", timeNs),
            down: valueUpTo(downs.timeNs, downs.down, timeNs, 0),
        };
    };
}
