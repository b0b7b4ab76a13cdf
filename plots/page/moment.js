// SPDX-License-Identifier: GPL-3.0-or-later
// The moment that the page looks at, in the run of the timeline: what the parts beside it share.
import { timedRun } from "./timeline_data.js";
import { goToTime } from "./timeline_moves.js";

const OF_TIMELINE = ["run"];

// The log of the timeline; null: its run brought none.
export function logOfTimeline(page) {
    return timedRun(page, "run")?.log ?? null;
}

// Looks at a time of the run: the window follows if the time is not in it. more: other values to
// set.
export function goTo(page, timeNs, more = {}) {
    goToTime(page, OF_TIMELINE, Math.round(timeNs), more);
}
