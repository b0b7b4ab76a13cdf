// SPDX-License-Identifier: GPL-3.0-or-later
// Unpacks what a report has inside into the page's data. Of each run there is a block of columns
// (sim/report/page_block.h): base64, deflated, and of each column first the lowest bytes of all
// values, then the next ones, and so on. A column is put together when it is first asked for.
import { labelsOfCells } from "./cells.js";
import { Log, Table } from "./log.js";

const COLUMN_TYPES = {
    i8: BigInt64Array,
    u8: BigUint64Array,
    i4: Int32Array,
    u1: Uint8Array,
    f8: Float64Array,
};

// bytes: of base64 text. In a loop: Uint8Array.from() takes ten times as long.
export function bytesOfBase64(text) {
    const letters = atob(text);
    const bytes = new Uint8Array(letters.length);
    for (let i = 0; i < letters.length; i++) {
        bytes[i] = letters.charCodeAt(i);
    }
    return bytes;
}

// format: "deflate" or "gzip".
export async function inflate(bytes, format) {
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream(format));
    return new Uint8Array(await new Response(stream).arrayBuffer());
}

// Each value was given by its distance from the one before it.
function addUp(values) {
    for (let i = 1; i < values.length; i++) {
        values[i] += values[i - 1];
    }
}

// The column whose "count" values begin at "offset" of the block.
function columnAt(block, offset, count, column) {
    const width = COLUMN_TYPES[column.type].BYTES_PER_ELEMENT;
    const bytes = new Uint8Array(width * count);
    for (let b = 0; b < width; b++) {
        const from = offset + b * count;
        for (let i = 0; i < count; i++) {
            bytes[i * width + b] = block[from + i];
        }
    }
    const values = new COLUMN_TYPES[column.type](bytes.buffer);
    if (column.delta) {
        addUp(values);
    }
    return values;
}

// The tables of one run by name. tables: what the block holds, in this order; about: what the columns
// of each table are.
function tablesOf(tables, about, block) {
    const found = {};
    let offset = 0;
    for (const { name, count, columns } of tables) {
        const labels = new Map();
        const places = new Map();
        for (const [column, delta] of Object.entries(columns)) {
            const { type, units, long_name: longName } = about[name][column];
            labels.set(column, { units, longName });
            places.set(column, { type, delta, offset });
            offset += count * COLUMN_TYPES[type].BYTES_PER_ELEMENT;
        }
        found[name] = new Table(name, count, labels, (wanted) => {
            const place = places.get(wanted);
            return columnAt(block, place.offset, count, place);
        });
    }
    return found;
}

// The label of each cell by its number. runs: their facts.
function labelsOfRuns(runs) {
    const varied = [...new Set(runs.flatMap(({ keys }) => Object.keys(keys)))];
    const firsts = [...new Map(runs.toReversed().map((run) => [run.cell, run])).values()];
    const labels = labelsOfCells(firsts.map(({ keys, label, name }) =>
        ({ keys, policy: label, file: name })), varied);
    return new Map(firsts.map(({ cell }, i) => [cell, labels[i]]));
}

async function runOf(facts, label, about, text) {
    const block = await inflate(bytesOfBase64(text), "deflate");
    const { curves_evaluations: evaluations, curves_spans: spans, ...tables } =
        tablesOf(facts.tables, about, block);
    return {
        name: facts.name,
        label,
        cell: facts.cell,
        round: facts.attributes.seed,
        keys: facts.keys,
        timed: facts.timed,
        altered: facts.altered,
        log: new Log({ ...facts, tables }),
        curves: { evaluations, spans },
    };
}

export async function readReport(document) {
    const facts = JSON.parse(document.getElementById("report").textContent);
    const labels = labelsOfRuns(facts.runs);
    const runs = [];
    for (let i = 0; i < facts.runs.length; i++) {
        const element = document.getElementById(`run-${i}`);
        const label = labels.get(facts.runs[i].cell);
        runs.push(await runOf(facts.runs[i], label, facts.tables, element.textContent));
        element.remove(); // its text is of no use any more
    }
    return {
        title: facts.title,
        runs,
        comparison: facts.comparison,
        notes: facts.notes,
        isViewer: false,
    };
}
