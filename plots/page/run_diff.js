// SPDX-License-Identifier: GPL-3.0-or-later
// Where two runs part, as "desgd diff" decides (sim/report/runlog_diff.c): the first row of each
// table in which their logs differ, bit for bit, all NaNs being equal; and the keys in which their
// scenarios do.
import { canonicalValue, leavesOf } from "./canonical_text.js";

// The tables in the order in which they are compared, and their columns that are instants of the run,
// that of the row itself first.
const INSTANTS = {
    events: ["time_ns"],
    updates: ["time_ns"],
    gradients: ["dispatched_ns", "ready_ns", "arrived_ns", "received_ns", "applied_ns"],
    evaluations: ["time_ns"],
    reductions: ["began_ns"],
    incidents: ["began_ns", "ended_ns"],
    workers: [],
};
const ENDING = [
    "status", "end_ns", "event_count", "timeline_fingerprint", "parameter_fingerprint",
    "stalled_since_ns", "stalled_waiting_for", "failure",
];

function pairsOf(a, b) {
    const names = [...new Set([...a.names, ...b.names])];
    return names.map((column) => [a, b].map((table) => table.get(column)))
        .map((columns, i) => ({ column: names[i], columns }));
}

function rowOf(table, pairs, side, row) {
    return Object.fromEntries(pairs.map(({ column, columns }) => [column, columns[side][row]]));
}

// When the rows part: at the earliest instant that differs; if none does, that of the row.
function partedNs(name, rows, columns) {
    const differing = INSTANTS[name].filter((instant) => columns.includes(instant));
    const times = differing.flatMap((instant) => rows.map((row) => row[instant]))
        .filter((ns) => ns >= 0);
    const own = rows.map((row) => row[INSTANTS[name][0]] ?? -1);
    return Math.min(...(times.length > 0 ? times : own));
}

function tableDifference(a, b) {
    const [name, pairs] = [a.name, pairsOf(a, b)];
    const common = Math.min(a.count, b.count);
    let row = common;
    for (const { columns: [x, y] } of pairs) {
        let i = 0;
        while (i < row && Object.is(x[i], y[i])) {
            i++;
        }
        row = i;
    }
    const counts = [a.count, b.count];
    if (row < common) {
        const rows = [rowOf(a, pairs, 0, row), rowOf(b, pairs, 1, row)];
        const columns = pairs.map(({ column }) => column)
            .filter((column) => !Object.is(rows[0][column], rows[1][column]));
        return { table: name, row, rows, columns, onlyIn: -1, counts,
            timeNs: partedNs(name, rows, columns) };
    }
    if (counts[0] === counts[1]) {
        return null;
    }
    const onlyIn = counts[0] > counts[1] ? 0 : 1;
    const rows = [null, null];
    rows[onlyIn] = rowOf([a, b][onlyIn], pairs, onlyIn, row);
    return { table: name, row, rows, columns: [], onlyIn, counts,
        timeNs: partedNs(name, [rows[onlyIn]], []) };
}

// Of two logs: for each table that differs {table, row, rows: of both, as objects, columns: in
// which they differ, onlyIn: -1, or which of the two has that row alone, counts: of rows, timeNs:
// when the rows part, -1: no time tells}. Of two logs one of which has no events, those are not
// compared.
export function runDifferences(a, b) {
    return Object.keys(INSTANTS).filter((table) => table !== "events" || a.hasEvents === b.hasEvents)
        .map((table) => tableDifference(a.tables[table], b.tables[table]))
        .filter((difference) => difference !== null);
}

// How they ended, where that differs: {what, values: of both; undefined: it has none}.
export function endingDifferences(a, b) {
    return ENDING.filter((what) => a.attributes[what] !== b.attributes[what])
        .map((what) => ({ what, values: [a.attributes[what], b.attributes[what]] }));
}

// {key, values: of both, null: not there}.
export function scenarioDifferences(a, b) {
    const valueIn = (log, key) => canonicalValue(log.scenario, key);
    const changed = [...leavesOf(a.scenario)]
        .map(([key, value]) => ({ key, values: [value, valueIn(b, key)] }))
        .filter(({ values }) => values[0] !== values[1]);
    const added = [...leavesOf(b.scenario)].filter(([key]) => valueIn(a, key) === null)
        .map(([key, value]) => ({ key, values: [null, value] }));
    const hashes = [a, b].map((log) => log.attributes.data_hash);
    return [...changed, ...added,
        ...(hashes[0] === hashes[1] ? [] : [{ key: "contents of the data", values: hashes }])];
}
