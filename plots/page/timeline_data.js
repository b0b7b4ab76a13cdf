// SPDX-License-Identifier: GPL-3.0-or-later
// What timelines derive from a log, made when it is first asked for and kept with the log.
import { indexLanes } from "./lane_index.js";
import { lanesOf } from "./lanes.js";
import { holdUps } from "./links.js";
import { countLeading } from "./search.js";
import { createTeller } from "./tell.js";

const LANE_INDICES = new WeakMap();
const HOLD_UPS = new WeakMap();
const TELLERS = new WeakMap();

export function laneIndexOf(log) {
    if (!LANE_INDICES.has(log)) {
        LANE_INDICES.set(log, indexLanes(lanesOf(log), log.workers, log.endNs));
    }
    return LANE_INDICES.get(log);
}

function sortedHoldUps(log) {
    if (!HOLD_UPS.has(log)) {
        HOLD_UPS.set(log, holdUps(log).sort((a, b) => a.timeNs - b.timeNs));
    }
    return HOLD_UPS.get(log);
}

// Those of a window.
export function holdUpsIn(log, fromNs, toNs) {
    const found = sortedHoldUps(log);
    const [first, end] = [fromNs, toNs].map((edgeNs) =>
        countLeading(found.length, (i) => found[i].timeNs < edgeNs));
    return found.slice(first, end);
}

// The one by the gradient in that row; undefined: nobody waited for it.
export function holdUpOf(log, row) {
    return sortedHoldUps(log).find((one) => one.row === row);
}

export function hasHoldUps(log) {
    return sortedHoldUps(log).length > 0;
}

// The run that a timeline shows, with its log; null: there is none, or it is without a timeline.
export function timedRun(page, runKey) {
    const run = page.runs[page.state.get(runKey)];
    return run?.timed ? run : null;
}

// Where the clock of some timelines ends: with the longest run.
export function clockEndNs(page, runKeys) {
    return Math.max(1, ...runKeys.map((key) => timedRun(page, key)?.log.endNs ?? 0));
}

export function windowOf(state) {
    return { fromNs: state.get("fromNs"), toNs: state.get("toNs") };
}

// What tell says of the log.
export function tellerOf(log) {
    if (!TELLERS.has(log)) {
        TELLERS.set(log, createTeller(log));
    }
    return TELLERS.get(log);
}
