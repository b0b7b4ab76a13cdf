// SPDX-License-Identifier: GPL-3.0-or-later
// Usage: node curves_match.mjs LOG... The curves that the page derives from each log are those
// of "desgd export --table curves_evaluations" and "curves_spans", to the last bit, and spans add up
// to the totals of the run.
import { canonicalValue } from "../../plots/page/canonical_text.js";
import { curvesOf } from "../../plots/page/curves.js";
import { openLog } from "./open_log.mjs";
import { exported, numberOf } from "./program.mjs";

const faults = [];

function fault(path, text) {
    console.log(`${path}: ${text}`);
    faults.push(text);
}

// Returns how many numbers were compared.
function compare(path, table, { names, rows }) {
    if (table.names.join() !== names.join() || table.count !== rows.length) {
        fault(path, `${table.name}: ${table.count} rows of ${table.names.join()}, and in C `
            + `${rows.length} of ${names.join()}`);
        return 0;
    }
    names.forEach((name, c) => rows.forEach((row, i) => {
        const found = table.column(name)[i];
        if (!Object.is(found, numberOf(row[c])) && !(found === 0 && numberOf(row[c]) === 0)) {
            fault(path, `${table.name}: ${name} of row ${i} is ${found}, and in C ${row[c]}`);
        }
    }));
    return names.length * rows.length;
}

function sumOf(values) {
    return values.reduce((sum, value) => sum + value, 0);
}

function near(path, what, found, expected, room) {
    if (!(Math.abs(found - expected) <= room)) {
        fault(path, `${what} of all spans is ${found}, and of the run ${expected}`);
    }
}

// Where all workers are up all the time, the shares of each span have the same whole.
function addUpShares(path, log, spans) {
    const { workers, incidents } = log.tables;
    const startNs = log.endNs - sumOf(["busy_ns", "waiting_ns", "communicating_ns"]
        .map((name) => sumOf(workers.get(name)))) / log.workers;
    if (incidents.count > 0 || workers.count === 0) {
        return;
    }
    for (const [share, column] of [["busy_share", "busy_ns"], ["waiting_share", "waiting_ns"],
        ["communicating_share", "communicating_ns"]]) {
        const ns = sumOf(Array.from(spans.column(share), (value, i) => {
            const began = Math.max(spans.column("began_ns")[i], startNs);
            const open = Math.max(0, spans.column("ended_ns")[i] - began);
            return (value || 0) * open * log.workers;
        }));
        near(path, share, ns, sumOf(workers.get(column)), 1e-6 * log.endNs * log.workers);
    }
}

function addUp(path, log, spans) {
    const { updates, gradients, reductions } = log.tables;
    const last = spans.count - 1;
    if (last < 0) {
        return;
    }
    near(path, "updates", spans.column("updates")[last], updates.count, 0);
    near(path, "gradients", spans.column("gradients")[last],
        gradients.get("outcome").filter((code) => code === 0).length, 0);
    const message = (canonicalValue(log.scenario, "cluster.network.message") ?? "model") === "model"
        ? 4 * log.parameters : null;
    const replies = log.attributes.replies;
    if (message !== null && replies !== undefined) {
        const pushes = gradients.get("ready_ns").filter((ns) => ns >= 0).length;
        near(path, "bytes", spans.column("bytes")[last], message * (pushes + replies), 0);
    } else if (reductions.count > 0) {
        near(path, "bytes", spans.column("bytes")[last],
            sumOf(reductions.get("bytes_intra")) + sumOf(reductions.get("bytes_inter")), 0);
    }
    addUpShares(path, log, spans);
}

const paths = process.argv.slice(2);
let numbers = 0;
for (const path of paths) {
    const log = openLog(path);
    const { evaluations, spans } = curvesOf(log);
    numbers += compare(path, evaluations, exported(path, "curves_evaluations"));
    numbers += compare(path, spans, exported(path, "curves_spans"));
    addUp(path, log, spans);
}
console.log(`${paths.length} logs, ${numbers} numbers, ${faults.length} faults`);
process.exit(faults.length > 0 || numbers === 0 ? 1 : 0);
