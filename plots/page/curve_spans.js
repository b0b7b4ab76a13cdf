// SPDX-License-Identifier: GPL-3.0-or-later
// What a run did span by span: the page's sim/report/curve_spans.c, with its operations in its order,
// so that the numbers are the same to the last bit.
import { curvePhaseAt } from "./curve_scenario.js";
import { eachMessage } from "./curve_messages.js";
import { LANE_KINDS } from "./lane_rows.js";
import { startUpNs } from "./log_traits.js";
import { OUTCOME } from "./log.js";
import { firstAfter } from "./search.js";
import { serverPauses } from "./server_pauses.js";

// A hundred spans or a few more, of 1, 2 or 5 times a power of ten ns.
function spanNsOf(endNs) {
    const least = Math.floor(endNs / 125);
    for (let power = 1; ; power *= 10) {
        for (const step of [1, 2, 5]) {
            if (step * power >= least) {
                return step * power;
            }
        }
    }
}

const SUMS = [
    "updates", "gradients", "samples", "bytes", "thresholds", "steps", "applied", "staleness",
    "staleness_gradients", "busy", "waiting", "communicating", "serving",
];

function cutOf(log) {
    const spanNs = spanNsOf(Math.max(0, log.endNs));
    const count = log.endNs > 0 ? Math.ceil(log.endNs / spanNs) : 0;
    const column = () => new Float64Array(count);
    return {
        spanNs, count, endNs: log.endNs,
        sums: Object.fromEntries(SUMS.map((name) => [name, column()])),
        // Bounds of the two kinds of staleness, NaN as long as there is none.
        bounds: Object.fromEntries(["staleness", "staleness_gradients"].map((name) =>
            [name, { least: column().fill(NaN), most: column().fill(NaN) }])),
        at: (timeNs) => Math.min(Math.max(0, Math.floor(timeNs / spanNs)), count - 1),
        end: (at) => (at + 1 < count ? (at + 1) * spanNs : log.endNs),
    };
}

function addUpdates(log, scenario, cut) {
    const updates = log.tables.updates;
    const timeNs = updates.get("time_ns");
    const gradients = updates.get("gradients");
    const threshold = updates.get("threshold");
    const rate = updates.get("learning_rate");
    const { sums } = cut;
    for (let i = 0; i < updates.count; i++) {
        const phase = curvePhaseAt(scenario, timeNs[i]);
        const at = cut.at(timeNs[i]);
        sums.updates[at] += 1;
        sums.gradients[at] += gradients[i];
        sums.samples[at] += gradients[i] * phase.samples;
        sums.thresholds[at] += threshold[i];
        sums.steps[at] += rate[i] * (phase.addsUp ? gradients[i] : 1);
    }
}

function addStaleness(cut, name, at, value) {
    const { least, most } = cut.bounds[name];
    cut.sums[name][at] += value;
    least[at] = value >= least[at] ? least[at] : value;
    most[at] = value <= most[at] ? most[at] : value;
}

function addGradients(log, cut) {
    const gradients = log.tables.gradients;
    const outcome = gradients.get("outcome");
    const appliedNs = gradients.get("applied_ns");
    const staleness = gradients.get("staleness");
    const inGradients = gradients.get("staleness_gradients");
    for (let i = 0; i < gradients.count; i++) {
        if (outcome[i] === OUTCOME.applied) {
            const at = cut.at(appliedNs[i]);
            addStaleness(cut, "staleness", at, staleness[i]);
            addStaleness(cut, "staleness_gradients", at, inGradients[i]);
            cut.sums.applied[at] += 1;
        }
    }
}

// ---- intervals ----

// The sums that the kinds of lanes belong to: those of workers, and those of the server, of which
// pauses are no work.
const WORKER_SUMS = {
    computing: "busy", delayed: "busy", stalled: "busy", waiting: "waiting",
    queued: "communicating", sending: "communicating", resending: "communicating",
    reducing: "communicating",
};
const SERVER_SUMS = { receiving: "serving", updating: "serving", replying: "serving" };

// Adds "sign" times the time to a sum, in each span that it meets.
function addTime(cut, sum, startNs, endNs, sign) {
    for (let at = cut.at(startNs); startNs < endNs; at++) {
        const goesOn = at + 1 < cut.count && cut.end(at) < endNs;
        const untilNs = goesOn ? cut.end(at) : endNs;
        sum[at] += sign * (untilNs - startNs);
        startNs = untilNs;
    }
}

// They lie within what the server does.
function takePausesOut(cut, { beganNs, endedNs }, sum, startNs, endNs) {
    for (let i = firstAfter(endedNs, startNs); i < beganNs.length && beganNs[i] < endNs; i++) {
        addTime(cut, sum, Math.max(beganNs[i], startNs), Math.min(endedNs[i], endNs), -1);
    }
}

function addIntervals(log, lanes, cut) {
    const workerSums = LANE_KINDS.map((kind) => cut.sums[WORKER_SUMS[kind]]);
    const serverSums = LANE_KINDS.map((kind) => cut.sums[SERVER_SUMS[kind]]);
    const pauses = serverPauses(log);
    for (let i = 0; i < lanes.count; i++) {
        const isServer = lanes.lane[i] < 0;
        const sum = (isServer ? serverSums : workerSums)[lanes.kind[i]];
        if (sum !== undefined) {
            addTime(cut, sum, lanes.startNs[i], lanes.endNs[i], 1);
            if (isServer) {
                takePausesOut(cut, pauses, sum, lanes.startNs[i], lanes.endNs[i]);
            }
        }
    }
}

// ---- columns ----

function shareOf(part, whole) {
    return whole > 0 ? part / whole : NaN;
}

function sharesOf(parts, wholes) {
    return parts.map((part, i) => shareOf(part, wholes[i]));
}

function runningSum(values, first) {
    let sum = first;
    return values.map((value) => (sum += value));
}

function timeColumns(log, scenario, cut) {
    const { busy, waiting, communicating, serving } = cut.sums;
    const idle = waiting.map((value, i) => value + communicating[i]);
    const up = busy.map((value, i) => value + idle[i]);
    const start = startUpNs(log);
    const open = busy.map((_, i) => cut.end(i) - Math.max(i * cut.spanNs, start));
    return {
        busy_share: sharesOf(busy, up),
        waiting_share: sharesOf(waiting, up),
        communicating_share: sharesOf(communicating, up),
        idle_share: sharesOf(idle, up),
        server_load: scenario.hasServer ? sharesOf(serving, open) : serving.map(() => NaN),
    };
}

function spanColumns(log, scenario, cut) {
    const { sums, bounds } = cut;
    const none = sums.updates.map(() => NaN);
    return {
        began_ns: none.map((_, i) => i * cut.spanNs),
        ended_ns: none.map((_, i) => cut.end(i)),
        updates: runningSum(sums.updates, 0),
        gradients: runningSum(sums.gradients, 0),
        samples: runningSum(sums.samples, 0 * scenario.phases[0].samples),
        bytes: runningSum(sums.bytes, 0),
        threshold_mean: scenario.stepsLocally ? none : sharesOf(sums.thresholds, sums.updates),
        staleness_mean: sharesOf(sums.staleness, sums.applied),
        staleness_least: bounds.staleness.least,
        staleness_most: bounds.staleness.most,
        staleness_gradients_mean: sharesOf(sums.staleness_gradients, sums.applied),
        staleness_gradients_least: bounds.staleness_gradients.least,
        staleness_gradients_most: bounds.staleness_gradients.most,
        step_mean: scenario.trains ? sharesOf(sums.steps, sums.updates) : none,
        ...timeColumns(log, scenario, cut),
    };
}

// An object of columns (Float64Array), named as in "desgd export FILE --table curves_spans".
export function curveSpans(log, scenario, lanes) {
    const cut = cutOf(log);
    if (cut.count > 0) {
        eachMessage(log, scenario, (timeNs, bytes) => {
            cut.sums.bytes[cut.at(timeNs)] += bytes;
        });
        addUpdates(log, scenario, cut);
        addGradients(log, cut);
        addIntervals(log, lanes, cut);
    }
    return spanColumns(log, scenario, cut);
}
