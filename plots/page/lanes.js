// SPDX-License-Identifier: GPL-3.0-or-later
// What every worker and the server were doing in a run, as intervals: the page's sim/report/timeline.c.
// "desgd export FILE --table timeline" prints the same, in the same order.
import { SCOPE } from "./log.js";
import { LANE, LANE_KINDS, SERVER_LANE, laneColumns, laneRows, putLane } from "./lane_rows.js";
import { laneFacts } from "./lane_facts.js";
import { putDown, putGradients } from "./lane_workers.js";

const INTERVALS_PER_GRADIENT = 8; // or fewer, in most runs

function putServices(facts, rows) {
    const { count, receivedNs, receiveNs, replyNs } = facts.gradients;
    for (let i = 0; i < count; i++) {
        if (receivedNs[i] >= 0) {
            putLane(rows, SERVER_LANE, LANE.RECEIVING,
                facts.pauses.began(receivedNs[i], receiveNs[i]), receivedNs[i], i);
        }
        const replied = facts.repliedNs[i];
        if (replied >= 0) {
            putLane(rows, SERVER_LANE, LANE.REPLYING, facts.pauses.began(replied, replyNs[i]),
                replied, i);
        }
    }
    for (let i = 0; i < facts.updateNs.length; i++) {
        putLane(rows, SERVER_LANE, LANE.UPDATING, facts.updateBeganNs[i], facts.updateNs[i], i);
    }
    for (let i = 0; i < facts.pauses.count; i++) {
        putLane(rows, SERVER_LANE, LANE.STALLED, facts.pauses.beganNs[i], facts.pauses.endedNs[i],
            -1);
    }
}

function putReductions(facts, rows) {
    const { count, scope, beganNs, overNs } = facts.reductions;
    for (let i = 0; i < count; i++) {
        if (scope[i] === SCOPE.all) {
            putLane(rows, SERVER_LANE, LANE.REDUCING, beganNs[i], overNs[i], i);
        }
    }
}

function deriveLanes(log) {
    const facts = laneFacts(log);
    const rows = laneRows(INTERVALS_PER_GRADIENT * facts.gradients.count + 1024, facts.endNs);
    putGradients(facts, rows);
    for (let worker = 0; worker < log.workers; worker++) {
        putDown(facts, rows, worker);
    }
    (facts.hasServer ? putServices : putReductions)(facts, rows);
    return { ...laneColumns(rows), kindNames: LANE_KINDS, hasServer: facts.hasServer };
}

// The log that was asked for last, and its lanes: curves and timeline of a long run share them, and
// those of many logs are not kept.
const LATEST_LANES = { log: null, lanes: null };

// Returns {count, startNs, endNs, lane, kind, row, kindNames, hasServer}: columns of intervals within
// the run. lane: the worker, or -1: the server, or the averages of all where there is none. kind: an
// index into kindNames. row: of /gradients; of updating in /updates, of lane -1's reducing in
// /reductions; -1: none. In the order of the gradients, those of one in the order of time; then what
// workers are down and wait after that, and lane -1. In one lane none overlap, except that pauses of
// the server lie within what it does. Only moments take no time: updates and averages of all.
export function lanesOf(log) {
    if (LATEST_LANES.log !== log) {
        Object.assign(LATEST_LANES, { log, lanes: deriveLanes(log) });
    }
    return LATEST_LANES.lanes;
}
