// SPDX-License-Identifier: GPL-3.0-or-later
// Intervals of lanes in columns that grow: millions of them, and no object for one. What takes them
// knows the end of the run, at which all are cut.

// Of lane -1, the server: receiving, updating and replying, or the all-reduces of all workers; stalled
// where it is paused. The others are of workers. In the order of enum timeline_kind.
export const LANE_KINDS = [
    "computing", "delayed", "queued", "waiting", "receiving", "updating", "replying", "resending",
    "sending", "stalled", "down", "reducing",
];

export const SERVER_LANE = -1;

// The code of each kind.
export const LANE = Object.fromEntries(LANE_KINDS.map((name, code) => [name.toUpperCase(), code]));

const COLUMNS = { startNs: Float64Array, endNs: Float64Array, lane: Int32Array, kind: Uint8Array,
    row: Int32Array };

// capacity: about how many there will be.
export function laneRows(capacity, runEndNs) {
    const rows = { count: 0, capacity, runEndNs };
    for (const [name, Type] of Object.entries(COLUMNS)) {
        rows[name] = new Type(capacity);
    }
    return rows;
}

function grow(rows) {
    rows.capacity = Math.ceil(rows.capacity * 1.5) + 1024;
    for (const [name, Type] of Object.entries(COLUMNS)) {
        const longer = new Type(rows.capacity);
        longer.set(rows[name]);
        rows[name] = longer;
    }
}

// Empty ones are left out, but for moments: updates and averages of all, which may take no time.
export function putLane(rows, lane, kind, startNs, endNs, row) {
    const start = startNs > 0 ? startNs : 0;
    const end = endNs < rows.runEndNs ? endNs : rows.runEndNs;
    const mayBeMoment = kind === LANE.UPDATING || (kind === LANE.REDUCING && lane < 0);
    if (start < end || (start === end && startNs === endNs && mayBeMoment)) {
        if (rows.count === rows.capacity) {
            grow(rows);
        }
        const i = rows.count++;
        rows.startNs[i] = start;
        rows.endNs[i] = end;
        rows.lane[i] = lane;
        rows.kind[i] = kind;
        rows.row[i] = row;
    }
}

// The columns, without what is not used of them.
export function laneColumns(rows) {
    const columns = { count: rows.count };
    for (const name of Object.keys(COLUMNS)) {
        columns[name] = rows[name].subarray(0, rows.count);
    }
    return columns;
}
