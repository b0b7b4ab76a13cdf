// SPDX-License-Identifier: GPL-3.0-or-later
// What lies before and behind a gradient: those of its worker, and the server's reply to it. Made
// once for a log, and kept.
import { gradientIndex } from "./gradient_index.js";
import { EVENT } from "./log.js";

const ROWS_KEPT = new WeakMap();

function neighbours(table, find) {
    const worker = table.get("worker");
    const number = table.get("number");
    const before = new Int32Array(table.count);
    const after = new Int32Array(table.count);
    for (let i = 0; i < table.count; i++) {
        before[i] = find(worker[i], number[i] - 1);
        after[i] = find(worker[i], number[i] + 1);
    }
    return { before, after };
}

// When the reply to each gradient set out, what version it brought, and when it came in for
// nothing; -1: none did, or there are no events.
function repliesOf(log, find) {
    const { count } = log.tables.gradients;
    const leftNs = new Float64Array(count).fill(-1);
    const version = new Float64Array(count).fill(-1);
    const vanishedNs = new Float64Array(count).fill(-1);
    const events = log.tables.events;
    if (events.count === 0) {
        return { leftNs, version, vanishedNs };
    }
    const [time, kind, actor, gradient, brought] =
        ["time_ns", "kind", "actor", "gradient", "version"].map((name) => events.column(name));
    for (let i = 0; i < events.count; i++) {
        const isIt = kind[i] === EVENT.replied || kind[i] === EVENT.vanished;
        const row = isIt ? find(actor[i], gradient[i]) : -1;
        if (row >= 0 && kind[i] === EVENT.replied) {
            leftNs[row] = time[i];
            version[row] = brought[i];
            vanishedNs[row] = -1;
        } else if (row >= 0) {
            vanishedNs[row] = time[i];
        }
    }
    return { leftNs, version, vanishedNs };
}

function rowsOf(log) {
    const index = gradientIndex(log);
    return {
        ...index,
        ...neighbours(log.tables.gradients, index.find),
        replies: repliesOf(log, index.find),
    };
}

// What gradientIndex returns, and {before, after: the rows of the same worker's gradients beside
// each, -1: none; replies: {leftNs, version, vanishedNs}, by row}.
export function gradientRows(log) {
    if (!ROWS_KEPT.has(log)) {
        ROWS_KEPT.set(log, rowsOf(log));
    }
    return ROWS_KEPT.get(log);
}
