// SPDX-License-Identifier: GPL-3.0-or-later
// Moves through the timelines of a page, for keys, buttons and other sections. runKeys: the keys of
// the state whose runs share the clock, as in ["run", "other"].
import { begunBefore } from "./lane_index.js";
import { linksOf } from "./links.js";
import { clockEndNs, laneIndexOf, tellerOf, timedRun, windowOf } from "./timeline_data.js";
import { clampWindow, panWindow, windowAround, zoomWindow } from "./timeline_window.js";

export function zoomBy(page, runKeys, factor, share = 0.5) {
    page.state.set(zoomWindow(windowOf(page.state), factor, share, clockEndNs(page, runKeys)));
}

export function panBy(page, runKeys, share) {
    page.state.set(panWindow(windowOf(page.state), share, clockEndNs(page, runKeys)));
}

export function showWhole(page, runKeys) {
    page.state.set(clampWindow(0, clockEndNs(page, runKeys), clockEndNs(page, runKeys)));
}

// Looks at a moment, and brings it into the window; more: other values of the state.
export function goToTime(page, runKeys, timeNs, more = {}) {
    const endNs = clockEndNs(page, runKeys);
    const atNs = Math.min(Math.max(0, timeNs), endNs);
    page.state.set({ ...more, timeNs: atNs, ...windowAround(windowOf(page.state), atNs, endNs) });
}

// ---- events ----

// The next line of the worker (null: of anyone) at another time, as {timeNs, row}; null: none.
function nextLine(teller, timeNs, worker, direction) {
    let i = direction > 0 ? teller.firstAt(timeNs + 1) : teller.firstAt(timeNs) - 1;
    for (; i >= 0 && i < teller.lineCount; i += direction) {
        if (worker === null || teller.workerOf(i) === worker) {
            return { timeNs: teller.timeOf(i), row: teller.rowOf(i) };
        }
    }
    return null;
}

// Of a log without events: where an interval of the lane begins.
function nextBeginning(track, timeNs, direction) {
    const i = direction > 0 ? begunBefore(track, timeNs + 0.5) : begunBefore(track, timeNs) - 1;
    return i >= 0 && i < track.count ? { timeNs: track.starts[i], row: -1 } : null;
}

function nearest(places, timeNs) {
    return places.filter((place) => place !== null).reduce((best, place) =>
        (best === null || Math.abs(place.timeNs - timeNs) < Math.abs(best.timeNs - timeNs)
            ? place : best), null);
}

// direction: 1 to the next event, -1 to the one before, of the chosen worker or of anyone.
export function goToEvent(page, runKeys, direction) {
    const run = timedRun(page, runKeys[0]);
    if (run === null) {
        return;
    }
    const [timeNs, worker] = [page.state.get("timeNs"), page.state.get("worker")];
    const teller = tellerOf(run.log);
    const index = laneIndexOf(run.log);
    const tracks = [...index.workers, index.server].filter((track) =>
        worker === null || track.lane === worker);
    const place = teller.lineCount > 0 ? nextLine(teller, timeNs, worker, direction)
        : nearest(tracks.map((track) => nextBeginning(track, timeNs, direction)), timeNs);
    if (place !== null) {
        goToTime(page, runKeys, place.timeNs, place.row >= 0 ? { row: place.row } : {});
    }
}

// ---- gradients ----

// Follows a gradient of that row; if it is followed, goes on to its next station: its start, its
// push, its receipt, its update, what its worker does next.
export function followGradient(page, runKeys, row) {
    const run = timedRun(page, runKeys[0]);
    if (run === null || row < 0) {
        return;
    }
    const dispatchedNs = run.log.tables.gradients.column("dispatched_ns")[row];
    const worker = run.log.tables.gradients.column("worker")[row];
    if (row !== page.state.get("row")) {
        goToTime(page, runKeys, dispatchedNs, { row, worker });
        return;
    }
    const stations = [dispatchedNs, ...linksOf(run.log, row)
        .filter((link) => link.what !== "read").flatMap((link) => [link.fromNs, link.toNs])];
    const after = stations.filter((timeNs) => timeNs > page.state.get("timeNs"));
    goToTime(page, runKeys, after.length > 0 ? Math.min(...after) : dispatchedNs);
}
