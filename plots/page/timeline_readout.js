// SPDX-License-Identifier: GPL-3.0-or-later
// What a timeline says about the interval under the pointer, or at the moment that is looked at.
import { formatSeconds } from "./format.js";
import { begunBefore, intervalAt } from "./lane_index.js";
import { tellerOf } from "./timeline_data.js";
import { spanText } from "./timeline_scale.js";
import { laneLabel } from "./timeline_theme.js";

const GRADIENT_KINDS_OF_SERVER = new Set(["receiving", "replying"]);

// An interval with all that is said about it: {lane, kind (its word), startNs, endNs, row}.
function describe(index, track, i) {
    return {
        lane: track.lane,
        kind: index.lanes.kindNames[track.kinds[i]],
        startNs: track.starts[i],
        endNs: track.ends[i],
        row: index.lanes.row[track.sources[i]],
    };
}

// The interval of a lane at that time; nearNs: how far a moment may be from it. null: nothing is.
export function intervalUnder(index, lane, timeNs, nearNs) {
    const tracks = lane >= 0 ? [index.workers[lane]]
        : [index.pauses, index.server];
    for (const track of tracks) {
        const i = track === undefined ? -1 : intervalAt(track, timeNs);
        if (i >= 0) {
            return describe(index, track, i);
        }
    }
    const moment = lane < 0 ? momentNear(index.moments, timeNs, nearNs) : -1;
    return moment >= 0 ? describe(index, index.moments, moment) : null;
}

// The moment nearest to a time, and near enough; -1: none.
function momentNear(track, timeNs, nearNs) {
    const after = begunBefore(track, timeNs);
    const distance = (i) =>
        (i >= 0 && i < track.count ? Math.abs(track.starts[i] - timeNs) : Infinity);
    const nearest = distance(after - 1) <= distance(after) ? after - 1 : after;
    return distance(nearest) <= nearNs ? nearest : -1;
}

// The row of /gradients that an interval belongs to; -1: none.
export function gradientRowOf(interval) {
    const isGradient = interval !== null && (interval.lane >= 0 ||
        GRADIENT_KINDS_OF_SERVER.has(interval.kind));
    return isGradient ? interval.row : -1;
}

function gradientWords(log, row) {
    const gradients = log.tables.gradients;
    const value = (name) => gradients.column(name)[row];
    const words = `gradient ${value("number")} of worker ${value("worker")} ` +
        `read version ${value("version_read")}`;
    return value("staleness") < 0 ? words
        : `${words}, was applied to ${value("version_applied")}: staleness ${value("staleness")}`;
}

// A line of tell; "": none.
function tellWords(log, line) {
    return line < 0 ? "" : tellerOf(log).lineAt(line).text;
}

// The number of the line that tell prints of the beginning of an interval, -1: none.
export function lineOfInterval(log, { kind, row, startNs, lane }) {
    const teller = tellerOf(log);
    return teller.lineCount === 0 ? -1 : teller.lineForInterval(kind, row, startNs, lane);
}

// Two texts: what the interval is, and the line that tell prints of its beginning.
export function readoutOf(log, interval, laneName) {
    const { kind, lane, startNs, endNs } = interval;
    const row = gradientRowOf(interval);
    const name = lane < 0 ? laneName : `worker ${lane}`;
    const time = startNs === endNs ? `at ${formatSeconds(startNs)}`
        : `from ${formatSeconds(startNs)} to ${formatSeconds(endNs)}: ${spanText(endNs - startNs)}`;
    const about = [`${name}: ${laneLabel(kind).replace(/^server: /, "")} ${time}`];
    if (row >= 0) {
        about.push(gradientWords(log, row));
    }
    return [about.join("; "), tellWords(log, lineOfInterval(log, interval))];
}
