// SPDX-License-Identifier: GPL-3.0-or-later
// The events of runs in which workers step models of their own in words, without a server or with a
// centre (sim/report/tell_local.c).
import { formatTime, howMany } from "./format.js";
import { delayWords, waitWords } from "./tell_details.js";
import { tellHeardOf } from "./tell_missing.js";
import { LINE_KIND, rowOfEvent, sayEvent } from "./teller.js";

// The row of /reductions that an event names, -1: none.
function reductionOf({ events, reductions }, event) {
    const row = events.gradient[event];
    return row >= 0 && row < reductions.count ? row : -1;
}

// "workers 0 to 3", "workers 2 and 3", "worker 0"
function membersWords({ reductions }, row) {
    const first = reductions.worker[row];
    const members = reductions.members[row];
    return members === 1 ? `worker ${first}`
        : `workers ${first} ${members === 2 ? "and" : "to"} ${first + members - 1}`;
}

// " without worker 2", of those who are counted out.
function absentWords({ reductions, state, log }, row) {
    const end = Math.min(reductions.worker[row] + reductions.members[row], log.workers);
    let first = -1;
    let count = 0;
    for (let i = reductions.worker[row]; i >= 0 && i < end; i++) {
        first = state.countedOut[i] && first < 0 ? i : first;
        count += state.countedOut[i];
    }
    if (count === 0) {
        return "";
    }
    return count === 1 ? ` without worker ${first}` : ` without ${count} of them`;
}

function tellStarted(teller, event) {
    const { actor, gradient, version } = teller.events;
    sayEvent(teller, event, () => `worker ${actor[event]} starts gradient ${gradient[event]} ` +
        `${gradient[event] === 0 ? "at" : "on its model, which comes from"} version ${version[event]}`);
}

// With a centre the step may come behind the answer.
function tellComputed(teller, event) {
    const { actor, gradient } = teller.events;
    const does = teller.sumsWindows || teller.hasCentre ? "has computed" : "steps by";
    sayEvent(teller, event, () => `worker ${actor[event]} ${does} gradient ${gradient[event]}` +
        delayWords(teller, rowOfEvent(teller, event)));
}

function tellWaits(teller, event) {
    sayEvent(teller, event, () => `worker ${teller.events.actor[event]} waits`);
}

function tellReducing(teller, event) {
    const { reductions } = teller;
    const row = reductionOf(teller, event);
    if (row < 0) {
        return;
    }
    const retries = reductions.retries[row];
    sayEvent(teller, event, () => `${membersWords(teller, row)} begin to ` +
        `${teller.sumsWindows ? "sum a window" : "average"}${absentWords(teller, row)}, ` +
        `${howMany(reductions.steps[row], "step")} each: ${formatTime(reductions.span_ns[row])}; ` +
        `${reductions.bytes_intra[row]} bytes within clusters, ${reductions.bytes_inter[row]} between` +
        (retries > 0 ? `; ${howMany(retries, "message")} ${retries === 1 ? "is" : "are"} sent again` : ""));
}

function tellReduced(teller, event) {
    const row = reductionOf(teller, event);
    if (row >= 0) {
        sayEvent(teller, event, () => `the ${teller.sumsWindows ? "sum" : "average"} of ` +
            `${membersWords(teller, row)} is there`);
    }
}

function tellMerged(teller, event) {
    const { actor, version } = teller.events;
    sayEvent(teller, event, () => (actor[event] < 0 ? `all go on from version ${version[event]}`
        : `worker ${actor[event]} merges version ${version[event]} and gives its model to the next ` +
            "average"));
}

function tellVersion(teller, event) {
    const { updates, events } = teller;
    const version = events.version[event];
    const row = version - 1;
    const source = teller.sumsWindows ? "the sum of the window before"
        : teller.hasCentre ? "the pull" : "this average";
    if (version >= 1 && version <= updates.count) {
        sayEvent(teller, event, () => `${source} makes version ${version} out of ` +
            `${howMany(updates.gradients[row], "gradient")}; staleness ${updates.staleness_max[row]}`);
    }
}

// ---- a centre ----

function tellModelArrived(teller, event) {
    sayEvent(teller, event, () =>
        `the model of worker ${teller.events.actor[event]} joins the centre's queue`);
}

function tellModelReceived(teller, event) {
    sayEvent(teller, event, () => "the centre receives the model of worker " +
        `${teller.events.actor[event]}${waitWords(teller, rowOfEvent(teller, event))}`);
}

function tellAnswered(teller, event) {
    const { actor, version } = teller.events;
    sayEvent(teller, event, () =>
        `the centre sends worker ${actor[event]} its pull, from version ${version[event]}`);
}

// ---- crashes ----

function tellBack(teller, event) {
    const { actor, time_ns: time } = teller.events;
    teller.state.down[actor[event]] = 0;
    sayEvent(teller, event, () =>
        `worker ${actor[event]} is back${teller.hasCentre ? "" : ", and needs an average to begin on"}`);
    tellHeardOf(teller, time[event], actor[event]);
}

function tellPullVanished(teller, event) {
    sayEvent(teller, event, () =>
        `the pull for worker ${teller.events.actor[event]} vanishes: it has crashed since`);
}

const LOCAL_TELLERS = [];
LOCAL_TELLERS[LINE_KIND.dispatched] = tellStarted;
LOCAL_TELLERS[LINE_KIND.ready] = tellComputed;
LOCAL_TELLERS[LINE_KIND.waits] = tellWaits;
LOCAL_TELLERS[LINE_KIND.reducing] = tellReducing;
LOCAL_TELLERS[LINE_KIND.reduced] = tellReduced;
LOCAL_TELLERS[LINE_KIND.merged] = tellMerged;
LOCAL_TELLERS[LINE_KIND.updated] = tellVersion;
LOCAL_TELLERS[LINE_KIND.arrived] = tellModelArrived;
LOCAL_TELLERS[LINE_KIND.received] = tellModelReceived;
LOCAL_TELLERS[LINE_KIND.replied] = tellAnswered;
LOCAL_TELLERS[LINE_KIND.returned] = tellBack;
LOCAL_TELLERS[LINE_KIND.vanished] = tellPullVanished;

// Returns false for an event that is told as everywhere else.
export function tellLocalEvent(teller, event) {
    const tellIt = LOCAL_TELLERS[teller.events.kind[event]];
    tellIt?.(teller, event);
    return tellIt !== undefined;
}

// Whether the event is the doing of this one, which stands before it at that instant. Who has
// computed a gradient goes on, or begins an average, or both; in windows all go on with it. By one
// by which a worker only waits nothing comes.
function isDoingOf(teller, cause, event) {
    const { kind, actor } = teller.events;
    if (kind[cause] !== LINE_KIND.ready || teller.sumsWindows) {
        return kind[cause] !== LINE_KIND.waits;
    }
    if (kind[event] !== LINE_KIND.reducing) {
        return actor[event] === actor[cause];
    }
    return !kind.subarray(cause + 1, event)
        .some((code) => code === LINE_KIND.dispatched || code === LINE_KIND.reducing);
}

// What may come of a call of the roll.
const FOLLOWERS = [
    LINE_KIND.dispatched, LINE_KIND.reducing, LINE_KIND.updated, LINE_KIND.merged,
];

// Whether the event, the next to be told, comes of a call of the roll at its instant.
export function localFollowsRoll(teller, event) {
    const { kind, time_ns: time } = teller.events;
    const next = teller.marks[teller.state.marksTold];
    if (next === undefined || next.timeNs !== time[event]) {
        return false;
    }
    for (let i = event; i > 0; i--) {
        if (!FOLLOWERS.includes(kind[i])) {
            return i < event && !isDoingOf(teller, i, event);
        }
        if (time[i - 1] !== time[event]) {
            return true;
        }
    }
    return false;
}
