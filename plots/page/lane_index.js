// SPDX-License-Identifier: GPL-3.0-or-later
// The intervals of lanesOf(log) in order of time, for pictures of any window: what takes most of
// each pixel comes in O(pixels), whether a pixel has one interval or ten thousand. A track has the
// intervals of a lane, which do not overlap; two more tracks have those that may: pauses of the
// server and moments, which take no time. Beside every 16th interval stands how much time each kind
// took before it: the difference of two such sums is exact for any span.
import { firstFrom } from "./search.js";
import { sortedBy } from "./sorted_by.js";

const STRIDE = 16;
const KIND_COUNT = 12;
export const LEVELS = 8; // of how much of a pixel is taken by anything

function trackOf(lane, sources, lanes) {
    const order = sortedBy(sources, lanes.startNs);
    const count = order.length;
    const track = {
        lane,
        count,
        sources: order, // their places in lanes
        starts: new Float64Array(count),
        ends: new Float64Array(count),
        kinds: new Uint8Array(count),
        sums: new Float64Array((Math.floor(count / STRIDE) + 1) * KIND_COUNT),
    };
    const sum = new Float64Array(KIND_COUNT);
    for (let i = 0; i < count; i++) {
        const source = order[i];
        if (i % STRIDE === 0) {
            track.sums.set(sum, (i / STRIDE) * KIND_COUNT);
        }
        track.starts[i] = lanes.startNs[source];
        track.ends[i] = lanes.endNs[source];
        track.kinds[i] = lanes.kind[source];
        sum[track.kinds[i]] += track.ends[i] - track.starts[i];
    }
    if (count % STRIDE === 0) {
        track.sums.set(sum, (count / STRIDE) * KIND_COUNT);
    }
    return track;
}

// In which track an interval belongs: 0 and up a worker's, then the server's, its pauses, moments.
function placeOf(lanes, i, workers, stalled) {
    if (lanes.startNs[i] === lanes.endNs[i]) {
        return workers + 2;
    }
    if (lanes.lane[i] >= 0) {
        return lanes.lane[i];
    }
    return lanes.kind[i] === stalled ? workers + 1 : workers;
}

// The words of the kinds that a run has.
function kindsIn(lanes) {
    const isThere = new Uint8Array(KIND_COUNT);
    for (let i = 0; i < lanes.count; i++) {
        isThere[lanes.kind[i]] = 1;
    }
    return new Set(lanes.kindNames.filter((_, kind) => isThere[kind] === 1));
}

// Returns {lanes, kindsThere, workers: the track of each, server, pauses, moments, endNs}.
export function indexLanes(lanes, workers, endNs) {
    const stalled = lanes.kindNames.indexOf("stalled");
    const ends = new Int32Array(workers + 4);
    for (let i = 0; i < lanes.count; i++) {
        ends[placeOf(lanes, i, workers, stalled) + 1]++;
    }
    for (let place = 0; place < workers + 3; place++) {
        ends[place + 1] += ends[place];
    }
    const next = ends.slice();
    const sources = new Int32Array(lanes.count);
    for (let i = 0; i < lanes.count; i++) {
        sources[next[placeOf(lanes, i, workers, stalled)]++] = i;
    }
    const tracks = Array.from({ length: workers + 3 }, (_, place) => trackOf(
        place < workers ? place : -1, sources.subarray(ends[place], ends[place + 1]), lanes));
    return {
        lanes,
        endNs,
        kindsThere: kindsIn(lanes),
        workers: tracks.slice(0, workers),
        server: tracks[workers],
        pauses: tracks[workers + 1],
        moments: tracks[workers + 2],
    };
}

// How many intervals of a track begin before that time; hint: a place at or before it.
export function begunBefore(track, timeNs, hint = 0) {
    const starts = track.starts;
    let low = hint;
    let leap = 1;
    while (low + leap <= track.count && starts[low + leap - 1] < timeNs) {
        low += leap;
        leap *= 2;
    }
    return firstFrom(starts, timeNs, low, Math.min(low + leap - 1, track.count));
}

// Adds the time of each kind within a span to times; first, end: how many begin before its
// beginning and before its end.
function addTimes(track, fromNs, toNs, first, end, times) {
    let i = Math.max(0, first - 1);
    if (end - i > 2 * STRIDE) {
        // Whole blocks by their sums; what stands before and behind them one by one.
        const block = Math.ceil((i + 1) / STRIDE);
        const last = Math.floor((end - 1) / STRIDE);
        addEach(track, fromNs, toNs, i, block * STRIDE, times);
        for (let kind = 0; kind < KIND_COUNT; kind++) {
            times[kind] += track.sums[last * KIND_COUNT + kind] -
                track.sums[block * KIND_COUNT + kind];
        }
        i = last * STRIDE;
    }
    addEach(track, fromNs, toNs, i, end, times);
}

function addEach(track, fromNs, toNs, first, end, times) {
    for (let i = first; i < end; i++) {
        const spanNs = Math.min(track.ends[i], toNs) - Math.max(track.starts[i], fromNs);
        if (spanNs > 0) {
            times[track.kinds[i]] += spanNs;
        }
    }
}

// The time that each kind takes in a window, cut into equal spans: adds it to times, KIND_COUNT
// numbers a span.
export function timesOf(track, fromNs, toNs, spans, times) {
    let first = begunBefore(track, fromNs);
    for (let x = 0; x < spans; x++) {
        const beginNs = fromNs + ((toNs - fromNs) * x) / spans;
        const endNs = fromNs + ((toNs - fromNs) * (x + 1)) / spans;
        const end = begunBefore(track, endNs, first);
        addTimes(track, beginNs, endNs, first, end,
            times.subarray(x * KIND_COUNT, (x + 1) * KIND_COUNT));
        first = end;
    }
}

function levelOf(takenNs, spanNs) {
    return Math.min(LEVELS, Math.max(1, Math.ceil((LEVELS * takenNs) / spanNs - 1e-6)));
}

// What a state is: 0 nothing; else the kind that takes most of the pixel, and how much of it
// anything takes, from 1 to LEVELS.
export function stateOf(kind, level) {
    return 1 + kind * LEVELS + level - 1;
}

export function kindOfState(state) {
    return Math.floor((state - 1) / LEVELS);
}

function mostOf(times, spanNs) {
    let most = 0;
    let taken = 0;
    for (let kind = 0; kind < KIND_COUNT; kind++) {
        taken += times[kind];
        most = times[kind] > times[most] ? kind : most;
    }
    return taken > 0 ? stateOf(most, levelOf(taken, spanNs)) : 0;
}

// Fills states, a byte a pixel.
export function fillStates(track, fromNs, toNs, states) {
    const times = new Float64Array(KIND_COUNT);
    const spanNs = (toNs - fromNs) / states.length;
    let first = begunBefore(track, fromNs);
    for (let x = 0; x < states.length; x++) {
        const beginNs = fromNs + spanNs * x;
        const endNs = fromNs + spanNs * (x + 1);
        const end = begunBefore(track, endNs, first);
        if (end === first) {
            // No edge but perhaps the end of the one before: the usual case from near.
            const takenNs = first === 0 ? 0 : Math.min(track.ends[first - 1], endNs) - beginNs;
            states[x] = takenNs > 0 ? stateOf(track.kinds[first - 1], levelOf(takenNs, spanNs)) : 0;
        } else {
            times.fill(0);
            addTimes(track, beginNs, endNs, first, end, times);
            states[x] = mostOf(times, spanNs);
        }
        first = end;
    }
}

// Marks the pixels in which something of a track begins; what begins at the end is in the last one.
export function markBegun(track, fromNs, toNs, marks) {
    let first = begunBefore(track, fromNs);
    for (let x = 0; x < marks.length; x++) {
        const edgeNs = fromNs + ((toNs - fromNs) * (x + 1)) / marks.length;
        const end = begunBefore(track, x + 1 < marks.length ? edgeNs : toNs + 0.5, first);
        marks[x] = end > first ? 1 : 0;
        first = end;
    }
}

// The place in the track of the interval at that time; -1: none.
export function intervalAt(track, timeNs) {
    const i = begunBefore(track, timeNs + 0.5) - 1;
    return i >= 0 && timeNs < track.ends[i] ? i : -1;
}

// Calls take(track, i) for each interval that overlaps the window, or lies in it, or at its end, as
// a moment.
export function eachIn(track, fromNs, toNs, take) {
    const end = begunBefore(track, toNs + 0.5);
    for (let i = Math.max(0, begunBefore(track, fromNs) - 1); i < end; i++) {
        const [startNs, endNs] = [track.starts[i], track.ends[i]];
        if (startNs === endNs ? startNs >= fromNs : endNs > fromNs && startNs < toNs) {
            take(track, i);
        }
    }
}
