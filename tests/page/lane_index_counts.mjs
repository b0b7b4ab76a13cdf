// SPDX-License-Identifier: GPL-3.0-or-later
// What takes most of a pixel, by the index of a lane, against a recount of all its intervals.
// Usage: node lane_index_counts.mjs
import assert from "node:assert/strict";
import {
    LEVELS, eachIn, fillStates, indexLanes, intervalAt, markBegun, stateOf, timesOf,
} from "../../plots/page/lane_index.js";

const KINDS = ["computing", "delayed", "queued", "waiting", "receiving", "updating", "replying",
    "resending", "sending", "stalled", "down", "reducing"];
const UPDATING = KINDS.indexOf("updating");
const STALLED = KINDS.indexOf("stalled");

// The same numbers in every run: xorshift.
function dice(seed) {
    let state = seed;
    return (below) => {
        state ^= state << 13;
        state ^= state >>> 17;
        state ^= state << 5;
        return (state >>> 0) % below;
    };
}

// Lanes that go on from interval to interval, now and then with a gap, handed over out of order.
function randomLanes(roll, workers, each) {
    const rows = [];
    for (let lane = -1; lane < workers; lane++) {
        let timeNs = roll(50);
        let pausedNs = 0;
        for (let i = 0; i < each; i++) {
            const isMoment = lane === -1 && roll(5) === 0;
            const endNs = timeNs + (isMoment ? 0 : 1 + roll(200));
            rows.push([lane, isMoment ? UPDATING : roll(STALLED), timeNs, endNs]);
            if (lane === -1 && timeNs >= pausedNs && roll(9) === 0) {
                pausedNs = timeNs + 1 + roll(90);
                rows.push([lane, STALLED, timeNs, pausedNs]);
            }
            timeNs = endNs + (roll(3) === 0 ? roll(300) : 0);
        }
    }
    for (let i = rows.length - 1; i > 0; i--) {
        const j = i - roll(Math.min(i + 1, 12));
        [rows[i], rows[j]] = [rows[j], rows[i]];
    }
    return {
        count: rows.length,
        lane: Int32Array.from(rows, (row) => row[0]),
        kind: Uint8Array.from(rows, (row) => row[1]),
        startNs: Float64Array.from(rows, (row) => row[2]),
        endNs: Float64Array.from(rows, (row) => row[3]),
        row: Int32Array.from(rows, (_, i) => i),
        kindNames: KINDS,
    };
}

function belongs(lanes, i, track) {
    if (lanes.startNs[i] === lanes.endNs[i]) {
        return track.isMoments;
    }
    const isPause = lanes.lane[i] === -1 && lanes.kind[i] === STALLED;
    return !track.isMoments && lanes.lane[i] === track.lane && isPause === track.isPauses;
}

function recount(lanes, track, fromNs, toNs) {
    const times = new Float64Array(KINDS.length);
    for (let i = 0; i < lanes.count; i++) {
        if (belongs(lanes, i, track)) {
            times[lanes.kind[i]] +=
                Math.max(0, Math.min(lanes.endNs[i], toNs) - Math.max(lanes.startNs[i], fromNs));
        }
    }
    return times;
}

function stateOfTimes(times, spanNs) {
    const taken = times.reduce((sum, time) => sum + time);
    return taken === 0 ? 0
        : stateOf(times.indexOf(Math.max(...times)), Math.ceil((LEVELS * taken) / spanNs));
}

function checkPixels(lanes, track, fromNs, pixels, spanNs) {
    const toNs = fromNs + pixels * spanNs;
    const states = new Uint8Array(pixels);
    const all = new Float64Array(pixels * KINDS.length);
    fillStates(track, fromNs, toNs, states);
    timesOf(track, fromNs, toNs, pixels, all);
    for (let x = 0; x < pixels; x++) {
        const times = recount(lanes, track, fromNs + x * spanNs, fromNs + (x + 1) * spanNs);
        assert.deepEqual(all.subarray(x * KINDS.length, (x + 1) * KINDS.length), times);
        assert.equal(states[x], stateOfTimes(times, spanNs), `pixel ${x} of ${spanNs} ns`);
    }
}

function checkWindow(lanes, track, fromNs, toNs) {
    const found = [];
    eachIn(track, fromNs, toNs, (_, i) => found.push(track.sources[i]));
    const isIn = (i) => (track.isMoments
        ? lanes.startNs[i] >= fromNs && lanes.startNs[i] <= toNs
        : lanes.startNs[i] < toNs && lanes.endNs[i] > fromNs);
    const expected = [...Array(lanes.count).keys()].filter((i) =>
        belongs(lanes, i, track) && isIn(i));
    assert.deepEqual(found.sort((a, b) => a - b), expected);
    if (track.isMoments) {
        return;
    }
    const at = intervalAt(track, fromNs);
    const there = expected.filter((i) => lanes.startNs[i] <= fromNs && lanes.endNs[i] > fromNs);
    assert.deepEqual(at < 0 ? [] : [track.sources[at]], there);
}

function checkMoments(lanes, track, fromNs, toNs) {
    const marks = new Uint8Array(toNs - fromNs);
    markBegun(track, fromNs, toNs, marks);
    marks.forEach((mark, x) => {
        const there = [...Array(lanes.count).keys()].some((i) =>
            belongs(lanes, i, track) && (lanes.startNs[i] === fromNs + x ||
                (x === marks.length - 1 && lanes.startNs[i] === toNs)));
        assert.equal(mark === 1, there);
    });
}

let pixels = 0;
const roll = dice(20261130);
for (let round = 0; round < 60; round++) {
    const lanes = randomLanes(roll, 1 + roll(3), roll(4) === 0 ? roll(3) : roll(150));
    const index = indexLanes(lanes, 3, 40000);
    const tracks = [...index.workers, index.server, index.pauses, index.moments];
    tracks.forEach((track, i) =>
        Object.assign(track, { isPauses: i === tracks.length - 2, isMoments: i === tracks.length - 1 }));
    assert.equal(tracks.reduce((sum, track) => sum + track.count, 0), lanes.count);
    for (const track of tracks.slice(0, -1)) {
        for (const spanNs of [1, 7, 100, 3000]) {
            const count = 1 + roll(40);
            checkPixels(lanes, track, roll(9000), count, spanNs);
            pixels += count;
        }
        checkWindow(lanes, track, roll(9000), 9000 + roll(4000));
    }
    const fromNs = roll(3000);
    for (const i of [0, 1, 2].filter((at) => at < index.moments.count)) {
        checkWindow(lanes, index.moments, fromNs, index.moments.starts[i]);
    }
    checkMoments(lanes, index.moments, fromNs, fromNs + 1 + roll(400));
}
console.log(`lane_index_counts: ${pixels} pixels are as recounted`);
