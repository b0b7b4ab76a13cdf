// SPDX-License-Identifier: GPL-3.0-or-later
// What lies before and behind a gradient: those of its worker, and the server's reply to it. Made
// once for a log, and kept.
import { gradientIndex } from "./gradient_index.js";
import { EVENT_KINDS } from "./log.js";

const ROWS_KEPT = new WeakMap();

const REPLIED = EVENT_KINDS.indexOf("replied");
const VANISHED = EVENT_KINDS.indexOf("vanished");

function neighbours(count, { first, rows }) {
    const before = new Int32Array(count).fill(-1);
    const after = new Int32Array(count).fill(-1);
    for (let w = 0; w + 1 < first.length; w++) {
        for (let i = first[w] + 1; i < first[w + 1]; i++) {
            before[rows[i]] = rows[i - 1];
            after[rows[i - 1]] = rows[i];
        }
    }
    return { before, after };
}

// When the reply to each gradient set out, what version it brought, and whether it came in for
// nothing; -1: none did, or there are no events.
function repliesOf(log, find) {
    const { count } = log.tables.gradients;
    const leftNs = new Float64Array(count).fill(-1);
    const version = new Float64Array(count).fill(-1);
    const isVain = new Uint8Array(count);
    const events = log.tables.events;
    if (events.count === 0) {
        return { leftNs, version, isVain };
    }
    const [time, kind, actor, gradient, brought] = ["time_ns", "kind", "actor", "gradient", "version"]
        .map((name) => events.column(name));
    for (let i = 0; i < events.count; i++) {
        const row = kind[i] === REPLIED || kind[i] === VANISHED ? find(actor[i], gradient[i]) : -1;
        if (row >= 0 && kind[i] === REPLIED) {
            leftNs[row] = time[i];
            version[row] = brought[i];
            isVain[row] = 0;
        } else if (row >= 0) {
            isVain[row] = 1;
        }
    }
    return { leftNs, version, isVain };
}

function rowsOf(log) {
    const index = gradientIndex(log);
    return {
        ...neighbours(log.tables.gradients.count, index),
        find: index.find,
        replies: repliesOf(log, index.find),
    };
}

// {before, after: the rows of the same worker's gradients beside each, -1: none;
// find(worker, number) → row; replies: {leftNs, version, isVain}, by row}.
export function gradientRows(log) {
    if (!ROWS_KEPT.has(log)) {
        ROWS_KEPT.set(log, rowsOf(log));
    }
    return ROWS_KEPT.get(log);
}
