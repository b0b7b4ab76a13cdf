// SPDX-License-Identifier: GPL-3.0-or-later
// Usage: node report_is_the_log.mjs LOG... What a report has of a run must be what the log has:
// every column of every table, attributes, provenance and scenario, to the last bit; and its curves
// must be what "desgd export" prints.
import assert from "node:assert/strict";
import { TABLES } from "../../plots/page/log.js";
import { readReport } from "../../plots/page/report_data.js";
import { openLog } from "./open_log.mjs";
import { endOf, exported, numberOf } from "./program.mjs";

// As much of a document as the page's reader asks for.
function documentOf(html) {
    const elements = new Map();
    const data = / id="([^"]*)">([^<]*)<\/script>/g; // data have no "<"
    for (const [, id, text] of html.matchAll(data)) {
        elements.set(id, { textContent: text, remove: () => elements.delete(id) });
    }
    return { getElementById: (id) => elements.get(id) ?? null };
}

// Object.is of each: NaN equals NaN, -0 is not 0.
function columnsDiffer(a, b) {
    return a.length !== b.length || a.constructor !== b.constructor
        || a.some((value, i) => !Object.is(value, b[i]));
}

function compareTable(here, there) {
    assert.equal(here.count, there.count, `/${there.name}: rows`);
    assert.deepEqual(new Set(here.names), new Set(there.names), `/${there.name}: columns`);
    let values = 0;
    for (const column of there.names) {
        const path = `/${there.name}/${column}`;
        assert.ok(!columnsDiffer(here.column(column), there.column(column)), path);
        assert.deepEqual(here.about.get(column), there.about.get(column), path);
        values += there.count;
    }
    return values;
}

function compareCurves(path, table) {
    const { names, rows } = exported(path, table.name);
    assert.deepEqual(table.count === 0 ? names : table.names, names, table.name);
    assert.equal(table.count, rows.length, table.name);
    names.forEach((name, c) => rows.forEach((row, i) => {
        assert.ok(Object.is(table.column(name)[i], numberOf(row[c])),
            `${table.name}/${name} ${i}: ${row[c]}`);
    }));
    return names.length * rows.length;
}

async function compareLog(path) {
    const { stdout, status, stderr } = endOf(["report", path]);
    if (status === 65 && /none of the runs is finished/.test(stderr)) {
        return 0;
    }
    assert.equal(status, 0, stderr);
    const page = await readReport(documentOf(stdout));
    const here = page.runs[0].log;
    const there = openLog(path);
    const { Conventions: _, ...attributes } = there.attributes;
    assert.equal(page.runs.length, 1);
    assert.deepEqual(here.attributes, attributes);
    assert.deepEqual(here.provenance, there.provenance);
    assert.equal(here.scenario, there.scenario);
    assert.equal(here.parameters, there.parameters);
    return TABLES.map((name) => compareTable(here.tables[name], there.tables[name]))
        .concat(Object.values(page.runs[0].curves).map((table) => compareCurves(path, table)))
        .reduce((sum, count) => sum + count, 0);
}

const paths = process.argv.slice(2);
let faults = 0;
let values = 0;
for (const path of paths) {
    try {
        values += await compareLog(path);
    } catch (error) {
        faults++;
        console.log(`${path}: ${error.message}`);
    }
}
console.log(`${paths.length} logs, ${values} values in reports, ${faults} faults`);
process.exit(faults > 0 || values === 0 ? 1 : 0);
