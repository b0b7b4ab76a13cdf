// SPDX-License-Identifier: GPL-3.0-or-later
// The curves of one run as tables that follow from its log, as sim/report/curve_table.h defines them,
// equal to the last bit: what it had done when it was evaluated, and what it did span by span.
import { curvePhaseAt, curveScenario } from "./curve_scenario.js";
import { eachMessage } from "./curve_messages.js";
import { curveSpans } from "./curve_spans.js";
import { lanesOf } from "./lanes.js";
import { Table } from "./log.js";
import { firstFrom } from "./search.js";

const MEASURED = ["test_loss", "test_accuracy", "train_loss", "train_accuracy"];

// Bytes that set out from one evaluation to the next.
function bytesBetween(log, scenario, timesNs) {
    const bytes = new Float64Array(timesNs.length);
    eachMessage(log, scenario, (timeNs, size) => {
        const at = firstFrom(timesNs, timeNs);
        if (at < bytes.length) {
            bytes[at] += size;
        }
    });
    return bytes;
}

// An evaluation counts the updates that its version has.
function curveEvaluations(log, scenario) {
    const { evaluations, updates } = log.tables;
    const timesNs = evaluations.get("time_ns");
    const versions = evaluations.get("version");
    const gradients = updates.get("gradients");
    const updatesNs = updates.get("time_ns");
    const bytes = bytesBetween(log, scenario, timesNs);
    const done = { updates: 0, gradients: 0, samples: 0 * scenario.phases[0].samples, bytes: 0 };
    const columns = { time_ns: timesNs, version: versions };
    MEASURED.forEach((name) => (columns[name] = evaluations.get(name)));
    Object.keys(done).forEach((name) => (columns[name] = new Float64Array(evaluations.count)));
    for (let i = 0; i < evaluations.count; i++) {
        for (; done.updates < Math.min(versions[i], updates.count); done.updates++) {
            const { samples } = curvePhaseAt(scenario, updatesNs[done.updates]);
            done.gradients += gradients[done.updates];
            done.samples += gradients[done.updates] * samples;
        }
        done.bytes += bytes[i];
        Object.keys(done).forEach((name) => (columns[name][i] = done[name]));
    }
    return columns;
}

function unitsOf(column) {
    return column.endsWith("_ns") ? "ns" : column === "bytes" ? "B" : "1";
}

function tableOfColumns(name, columns) {
    const about = new Map(Object.keys(columns).map((column) =>
        [column, { units: unitsOf(column), longName: column }]));
    return new Table(name, Object.values(columns)[0].length, about, (column) => columns[column]);
}

// {evaluations, spans}: two tables, as "desgd export FILE --table curves_evaluations" and
// "curves_spans" print them.
export function curvesOf(log) {
    const scenario = curveScenario(log);
    return {
        evaluations: tableOfColumns("curves_evaluations", curveEvaluations(log, scenario)),
        spans: tableOfColumns("curves_spans", curveSpans(log, scenario, lanesOf(log))),
    };
}
