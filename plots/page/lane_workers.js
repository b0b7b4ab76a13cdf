// SPDX-License-Identifier: GPL-3.0-or-later
// The lanes of the workers: what each does with each of its gradients, and when it is down
// (sim/report/timeline.c). A row is that of a gradient.
import { OUTCOME, SCOPE } from "./log.js";
import { LANE, putLane } from "./lane_rows.js";
import { crashNs, nextStartNs } from "./lane_facts.js";
import { hasWaited, isHeldBack, stoppedNs, waitEndedNs } from "./lane_waits.js";
import { countLeading, firstAfter } from "./search.js";
import { spanAfter } from "./worker_spans.js";

function putRow(facts, rows, row, kind, startNs, endNs) {
    putLane(rows, facts.gradients.worker[row], kind, startNs, endNs, row);
}

// ---- computing ----

// So much work of the worker from then on, cut at the end, and its pauses within. Returns when it was
// done.
function putWork(facts, rows, row, kind, startNs, workNs, endNs) {
    const { stalls } = facts;
    const worker = facts.gradients.worker[row];
    const end = stalls.end[worker];
    let start = startNs;
    let work = workNs;
    for (let i = spanAfter(stalls, worker, start); start < endNs; i++) {
        const doneNs = start + work;
        const stallNs = i < end ? Math.max(stalls.beganNs[i], start) : Infinity;
        if (stallNs >= doneNs) {
            putRow(facts, rows, row, kind, start, Math.min(doneNs, endNs));
            return Math.min(doneNs, endNs);
        }
        putRow(facts, rows, row, kind, start, Math.min(stallNs, endNs));
        work -= stallNs - start;
        start = stalls.endedNs[i];
        putRow(facts, rows, row, LANE.STALLED, stallNs, Math.min(start, endNs));
    }
    return endNs;
}

// How long it computed, its pauses aside: what a slowdown adds to computing and delay is shared alike
// between the two.
function computingNs(facts, row) {
    const { readyNs, dispatchedNs, delayNs, computeNs, stalledNs, worker } = facts.gradients;
    const { stalls } = facts;
    const dispatched = dispatchedNs[row];
    const ready = readyNs[row];
    if (delayNs[row] === 0) {
        return Infinity; // all of it
    }
    if (ready < dispatched || stalledNs[row] === 0) {
        return computeNs[row];
    }
    let work = ready - dispatched;
    for (let i = spanAfter(stalls, worker[row], dispatched);
        i < stalls.end[worker[row]] && stalls.beganNs[i] < ready; i++) {
        work -= Math.min(stalls.endedNs[i], ready) - Math.max(stalls.beganNs[i], dispatched);
    }
    const share = computeNs[row] / (computeNs[row] + delayNs[row]);
    work = work > 0 && share > 0 ? work : 0; // a stranger's may have any share
    return share >= 1 ? work : Math.trunc(share * work);
}

// Returns when it ended.
function putComputing(facts, rows, row) {
    const { readyNs, dispatchedNs } = facts.gradients;
    const endNs = readyNs[row] >= 0 ? readyNs[row]
        : Math.min(stoppedNs(facts, row), crashNs(facts, row));
    const computedNs = putWork(facts, rows, row, LANE.COMPUTING, dispatchedNs[row],
        computingNs(facts, row), endNs);
    return putWork(facts, rows, row, LANE.DELAYED, computedNs, Infinity, endNs);
}

// ---- without a server ----

// Whether the all-reduce is one that the gradient's worker stands at, from that time on. Who is counted
// out stands at its barrier meanwhile.
function takesPart(facts, row, reduction, timeNs, overNs) {
    const { first, members, scope } = facts.reductions;
    const { worker, appliedNs } = facts.gradients;
    const member = worker[row] - first[reduction];
    const endedNs = facts.reductions.overNs[reduction];
    const withoutIt = scope[reduction] === SCOPE.all && endedNs <= facts.endNs && !facts.joins &&
        appliedNs[row] !== endedNs;
    return !facts.nobodyWaits && member >= 0 && member < members[reduction] && overNs > timeNs &&
        !withoutIt;
}

// The worker of a gradient goes on at that time: until then it waits for an average, or for others
// before it begins.
function putAverage(facts, rows, row, nextNs) {
    const { beganNs, overNs, untilNs, count } = facts.reductions;
    let timeNs = facts.gradients.readyNs[row];
    for (let i = firstAfter(untilNs, timeNs); i < count && beganNs[i] < nextNs; i++) {
        const endNs = Math.min(overNs[i], nextNs);
        if (takesPart(facts, row, i, timeNs, endNs)) {
            putRow(facts, rows, row, LANE.WAITING, timeNs, beganNs[i]);
            putRow(facts, rows, row, LANE.REDUCING, Math.max(timeNs, beganNs[i]), endNs);
            timeNs = endNs;
        }
    }
    putRow(facts, rows, row, LANE.WAITING, timeNs, nextNs);
}

// ---- with a server ----

// When the reply to a gradient set out, or the version with which its worker goes on at "nextNs".
function setOutNs(facts, row, nextNs) {
    const { dispatchedNs, travelNs, portWaitNs } = facts.gradients;
    const after = facts.next[row];
    if (facts.repliedNs[row] >= 0) {
        return facts.repliedNs[row];
    }
    return after < 0 || dispatchedNs[after] !== nextNs ? nextNs
        : nextNs - (travelNs[row] + portWaitNs[after]);
}

// From that time on, when nothing of its worker is on its way to the server, to what that starts next.
function putReply(facts, rows, row, timeNs, nextNs) {
    const backNs = Math.min(Math.max(setOutNs(facts, row, nextNs), timeNs), nextNs);
    const vanished = facts.vanishedNs[row];
    const goneNs = vanished < backNs ? nextNs : Math.min(vanished, nextNs);
    putRow(facts, rows, row, LANE.QUEUED, timeNs, backNs);
    putRow(facts, rows, row, LANE.SENDING, backNs, goneNs);
    putRow(facts, rows, row, LANE.WAITING, goneNs, nextNs); // it starts nothing before its crash
}

// From its push to what its worker starts next.
function putExchange(facts, rows, row, nextNs) {
    const { arrivedNs, receivedNs, readyNs, pushAttempts, outcome, dispatchedNs } = facts.gradients;
    const after = facts.next[row];
    let timeNs = arrivedNs[row] >= 0 ? Math.min(arrivedNs[row], nextNs) : nextNs;
    putRow(facts, rows, row, pushAttempts[row] > 1 ? LANE.RESENDING : LANE.SENDING, readyNs[row],
        timeNs);
    const isKept = receivedNs[row] >= 0 && outcome[row] !== OUTCOME.dropped;
    if (isKept && hasWaited(facts, row, after)) {
        const received = Math.min(receivedNs[row], nextNs);
        const goesOn = after >= 0 && dispatchedNs[after] === nextNs;
        const flushedNs = isHeldBack(facts, row, nextNs) ? nextNs
            : Math.min(waitEndedNs(facts, row, goesOn ? after : -1), nextNs);
        putRow(facts, rows, row, LANE.QUEUED, timeNs, received);
        putRow(facts, rows, row, LANE.WAITING, received, flushedNs);
        timeNs = Math.max(received, flushedNs);
    }
    putReply(facts, rows, row, timeNs, nextNs);
}

function putGradient(facts, rows, row) {
    const { worker, readyNs, outcome } = facts.gradients;
    if (worker[row] < 0 || worker[row] >= facts.workers) {
        return; // a stranger's
    }
    const endNs = putComputing(facts, rows, row);
    const nextNs = nextStartNs(facts, row);
    if (readyNs[row] < 0) {
        if (outcome[row] === OUTCOME.cancelled) {
            putReply(facts, rows, row, endNs, nextNs);
        }
    } else if (facts.hasServer) {
        putExchange(facts, rows, row, nextNs);
    } else {
        putAverage(facts, rows, row, nextNs);
    }
}

export function putGradients(facts, rows) {
    for (let row = 0; row < facts.gradients.count; row++) {
        putGradient(facts, rows, row);
    }
}

// ---- crashes ----

// When the worker starts its first gradient that is not before that time.
function startAfterNs(facts, worker, timeNs) {
    const { index, gradients } = facts;
    const first = index.first[worker];
    const count = index.count(worker);
    const before = countLeading(count, (i) =>
        gradients.dispatchedNs[index.rows[first + i]] < timeNs);
    return before < count ? gradients.dispatchedNs[index.rows[first + before]] : Infinity;
}

// From that time on the worker waits until it starts a gradient or crashes: an average to begin on may
// be missing, or time for a gradient before a crash.
function putIdle(facts, rows, worker, fromNs) {
    const { crashes } = facts;
    const next = spanAfter(crashes, worker, fromNs);
    const crash = next < crashes.end[worker] ? crashes.beganNs[next] : Infinity;
    putLane(rows, worker, LANE.WAITING, fromNs,
        Math.min(crash, startAfterNs(facts, worker, fromNs)), -1);
}

// What a worker does that is no gradient's.
export function putDown(facts, rows, worker) {
    const { crashes } = facts;
    putIdle(facts, rows, worker, facts.startUpNs);
    for (let i = spanAfter(crashes, worker, facts.startUpNs); i < crashes.end[worker]; i++) {
        putLane(rows, worker, LANE.DOWN, Math.max(crashes.beganNs[i], facts.startUpNs),
            crashes.endedNs[i], -1);
        putIdle(facts, rows, worker, crashes.endedNs[i]);
    }
}
