// SPDX-License-Identifier: GPL-3.0-or-later
// What the page says of a comparison is what "desgd compare" prints, letter for letter.
// Usage: node comparison_matches.mjs SWEEP...
import assert from "node:assert/strict";
import test from "node:test";
import {
    baselineName, comparedKeys, exactNumbers, meanHalfInterval, metricLabel, metricsOf,
} from "../../plots/page/comparison.js";
import { pairedColumns } from "../../plots/page/paired_table.js";
import { desgd } from "./program.mjs";

const SWEEPS = process.argv.slice(2);
const WAYS = [
    [], ["--target", "30 %", "--sustained", "1"], ["--primary", "test_loss_best", "--after", "1500 ms"],
];

const printed = new Map(); // by options, since each takes a second

function compare(...options) {
    const key = options.join("\n");
    if (!printed.has(key)) {
        printed.set(key, desgd("compare", "--metric", "all", ...options));
    }
    return printed.get(key);
}

function jsonOf(...options) {
    return JSON.parse(compare("--format", "json", ...options));
}

const unescaped = (text) => text.replace(/\\([^\w\s])/g, "$1");

// The tables of the Markdown by title: {columns, rows}.
function markdownTables(text) {
    const tables = new Map();
    let table = null;
    for (const line of text.split("\n")) {
        const title = /^\*\*(?:PRIMARY: )?(.*)\*\*$/.exec(line)?.[1];
        if (title !== undefined) {
            table = { columns: null, rows: [] };
            tables.set(unescaped(title), table);
        } else if (line.startsWith("|") && !line.startsWith("|---") && table !== null) {
            const cells = line.slice(1, -1).split("|").map((cell) => unescaped(cell.trim()));
            if (table.columns === null) {
                table.columns = cells;
            } else {
                table.rows.push(cells);
            }
        }
    }
    return tables;
}

function pairedTable(comparison, metric) {
    const columns = pairedColumns(comparison, metric);
    return {
        columns: columns.map((column) => column.name),
        rows: comparison.cells.map((cell) => columns.map((column) => column.textOf(cell))),
    };
}

function eachComparison(call) {
    for (const sweep of SWEEPS) {
        for (const way of WAYS) {
            call(sweep, way, jsonOf(sweep, ...way));
        }
    }
}

// A reader would have two truths: the page's table and the program's.
test("paired_table__any_metric__says_what_compare_prints", () => {
    let compared = 0;
    let primaryFirst = 0;
    eachComparison((sweep, way, comparison) => {
        const tables = markdownTables(compare("--format", "markdown", sweep, ...way));
        for (const metric of metricsOf(comparison)) {
            const theirs = tables.get(metricLabel(comparison, metric));
            assert.ok(theirs, `${sweep} ${way}: compare prints no table of ${metric}`);
            const ours = pairedTable(comparison, metric);
            const width = theirs.columns.length;
            assert.deepEqual(ours.columns.slice(0, width), theirs.columns);
            assert.deepEqual(ours.rows.map((row) => row.slice(0, width)),
                theirs.rows, `${sweep} ${way} ${metric}`);
            compared += theirs.rows.length;
        }
        primaryFirst += metricsOf(comparison)[0] === comparison.primary;
    });
    assert.ok(compared > 100 * SWEEPS.length, `${compared} rows`);
    assert.ok(primaryFirst > 0);
});

// Which cell is the best is printed for the primary metric, if there is a number of it.
test("paired_table__primary_metric__says_which_is_best_as_compare", () => {
    eachComparison((sweep, way, comparison) => {
        const tables = markdownTables(compare("--format", "markdown", sweep, ...way));
        const [, theirs] = [...tables].find(([title]) => title.startsWith("which is best")) ?? [];
        assert.equal(theirs !== undefined, metricsOf(comparison).includes(comparison.primary));
        if (theirs === undefined) {
            return;
        }
        const { columns, rows } = pairedTable(comparison, comparison.primary);
        const picked = rows.map((row) =>
            [row[columns.indexOf("to the best")], row[columns.indexOf("it is")]]);
        // JSON knows no infinity: an interval that knows nothing is "-".
        const known = theirs.rows.map((row) =>
            row.slice(-2).map((text) => (text.includes("inf") ? "-" : text)));
        assert.deepEqual(picked, known);
    });
});

// Who saves the CSV must have the bits of the JSON.
test("exact_numbers__any_cell__are_those_of_the_json", () => {
    eachComparison((sweep, way, comparison) => {
        for (const metric of metricsOf(comparison)) {
            const { columns, rows } = exactNumbers(comparison, metric);
            assert.equal(rows.length, comparison.cells.length);
            const first = comparedKeys(comparison).length + 1;
            rows.forEach((row, c) => columns.slice(first, -1).forEach((name, i) => {
                const expected = comparison.cells[c][metric][name];
                assert.ok(expected !== undefined || name === "verdict", `JSON has no ${name}`);
                assert.ok(Object.is(row[first + i], expected ?? (typeof row[first + i] === "string" ? ""
                    : NaN)), `${sweep} ${metric} ${name}`);
            }));
        }
    });
});

// The interval of a mean is computed here and by "desgd figure heatmap"; both to 9 digits in its data.
test("mean_half_interval__two_to_many_rounds__is_students", () => {
    const half = (rounds) => meanHalfInterval({ level: 0.95 }, { rounds, std_dev: Math.sqrt(rounds) });
    // Quantiles of Student's t, 97.5 %, by R: qt(.975, 1), 2, 3, 4, 9, 30, 1000.
    const known = [[2, 12.7062047361747], [3, 4.30265272974946], [4, 3.18244630528371],
        [5, 2.77644510519779], [10, 2.26215716279820], [31, 2.04227245630124], [1001, 1.96233908082641]];
    for (const [rounds, expected] of known) {
        assert.ok(Math.abs(half(rounds) / expected - 1) < 1e-12, `${rounds}: ${half(rounds)}`);
    }
    assert.ok(Number.isNaN(half(1)));
});

test("baseline_name__of_sweep__is_its_settings", () => {
    for (const sweep of SWEEPS) {
        const comparison = jsonOf(sweep);
        const [[key, value]] = Object.entries(comparison.baseline.settings);
        assert.equal(baselineName(comparison), `${key}=${value}`);
    }
});
