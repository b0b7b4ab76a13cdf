// SPDX-License-Identifier: GPL-3.0-or-later
// What became of a gradient, in sentences, and its row as a table. Derived from the log alone.
import { formatSeconds, howMany } from "./format.js";
import { wordsOf } from "./log.js";
import { hasServer } from "./log_traits.js";
import { holdUpOf } from "./timeline_data.js";

// The gradient in that row, as an object of its columns.
export function gradientAt(log, row) {
    const table = log.tables.gradients;
    return Object.fromEntries(table.names.map((name) => [name, table.column(name)[row]]));
}

function stalenessOf(gradient) {
    const between = gradient.staleness_gradients;
    return `read version ${gradient.version_read}, applied to ${gradient.version_applied}: `
        + `staleness ${gradient.staleness}; ${between === 0 ? "no gradient was"
            : between === 1 ? "1 gradient was" : `${between} gradients were`} applied between`;
}

function pendingWhere(log, gradient) {
    if (gradient.ready_ns < 0) {
        return "being computed";
    }
    if (!hasServer(log) || gradient.received_ns >= 0) {
        return "in no version yet";
    }
    return gradient.arrived_ns >= 0 ? "in the server's queue"
        : "computed and not yet at the server";
}

// One sentence: its staleness, or why it has none.
export function fateOf(log, gradient) {
    const read = `read version ${gradient.version_read}`;
    switch (wordsOf("gradients", "outcome")[gradient.outcome]) {
    case "applied":
        return stalenessOf(gradient);
    case "dropped":
        return `${read}; dropped by the server`;
    case "cancelled":
        return `${read}; cancelled ${gradient.ready_ns < 0 ? "before it was computed"
            : "after it was computed"}: an update was made without it`;
    case "lost":
        return `${read}; lost ${gradient.ready_ns < 0 ? "before it was computed" : "on the way"}`;
    default:
        return `${read}; ${pendingWhere(log, gradient)} when the run ended`;
    }
}

// Sentences on the update that it joined; none: it joined none.
export function joiningOf(log, row, gradient) {
    const updates = log.tables.updates;
    const update = gradient.version_applied;
    if (update < 0 || update >= updates.count) {
        return [];
    }
    const others = updates.column("gradients")[update] - 1;
    const held = holdUpOf(log, row);
    const joins = `joined the ${hasServer(log) ? "update" : "average"} that makes version `
        + `${update + 1}, over at ${formatSeconds(gradient.applied_ns)}, `
        + (others === 0 ? "alone" : `with ${howMany(others, "other gradient")}`)
        + ` (K = ${updates.column("threshold")[update]})`;
    return held === undefined ? [joins] : [joins, "the others waited for it: it came "
        + `${formatSeconds(held.laterNs)} after the one before it`];
}

// What a span or an instant is in seconds, if it is one.
function secondsOf(column, value) {
    if (!column.endsWith("_ns")) {
        return "";
    }
    return value < 0 && column !== "stalled_ns" ? "not reached" : formatSeconds(value);
}

// As "desgd export" writes it: codes as words.
function exportedValue(column, value) {
    const words = wordsOf("gradients", column);
    return words === undefined ? value : words[value] ?? value;
}

// [column, value as in the log, unit, the value in seconds, what the column means] for each.
export function gradientTable(log, row) {
    const table = log.tables.gradients;
    const unitOf = ({ units }) => (units === "1" ? "" : units);
    return table.names.map((name) => {
        const value = table.column(name)[row];
        const about = table.about.get(name);
        return [name, Number.isNaN(value) ? "nan" : exportedValue(name, value), unitOf(about),
            secondsOf(name, value), about.longName];
    });
}
