// SPDX-License-Identifier: GPL-3.0-or-later
// Usage: node columns_match.mjs LOG... Every column that the page reads from each log through
// h5wasm is that of "desgd export FILE --csv FOLDER", to the last bit; columns that a log lacks and
// tables without rows are as the page's log.js promises, and so are whole numbers of 64 bits.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TABLES, wholeNumbers, wordsOf } from "../../plots/page/log.js";
import { openLog } from "./open_log.mjs";
import { desgd, numberOf } from "./program.mjs";

const seen = { columns: 0, values: 0, lacking: 0, empty: 0 };

// The table as columns of texts, by name.
function exported(folder, table) {
    const text = readFileSync(join(folder, `${table}.csv`), "utf8");
    const [head, ...rows] = text.trimEnd().split("\n").map((line) => line.split(","));
    return new Map(head.map((name, i) => [name, rows.map((row) => row[i])]));
}

// A hash stands as a whole number of 64 bits; what is neither word nor hash is a double.
function valueOf(text, words, like) {
    if (words !== undefined) {
        return words.indexOf(text);
    }
    return typeof like === "bigint" ? BigInt(text) : numberOf(text);
}

function checkColumn(table, name, texts, label) {
    const values = table.get(name);
    const words = wordsOf(table.name, name);
    assert.equal(values.length, texts.length, label);
    texts.forEach((text, i) => {
        const expected = valueOf(text, words, values[i]);
        if (!Object.is(values[i], expected)) {
            assert.fail(`${label}: row ${i} is ${values[i]}, in C ${text}`);
        }
    });
    assert.ok(!table.rounded.has(name), label);
    seen[table.has(name) ? "columns" : "lacking"]++;
    seen.values += texts.length;
}

// A table without rows has no columns in the file.
function checkEmpty(table, columns, path) {
    assert.ok([...columns.values()].every((texts) => texts.length === 0), path);
    assert.deepEqual(table.names, []);
    assert.equal(table.get("time_ns").length, 0);
    seen.empty++;
}

function checkTable(columns, table, path) {
    if (table.count === 0) {
        checkEmpty(table, columns, path);
        return;
    }
    assert.deepEqual(table.names.filter((name) => !columns.has(name)), [], `${path}: /${table.name}`);
    for (const [name, texts] of columns) {
        checkColumn(table, name, texts, `${path}: /${table.name}/${name}`);
    }
    assert.throws(() => table.column("mood"), /has no column/);
    assert.ok(table.get("mood").length === table.count && table.get("mood")[0] === 0);
}

function checkWholeNumbers() {
    const numbers = [0n, 1n, -1n, 4294967295n, 4294967296n, -4294967297n, 2n ** 53n - 1n, 1n - 2n ** 53n];
    const { values, exact } = wholeNumbers(BigInt64Array.from(numbers));
    assert.deepEqual([...values], numbers.map(Number));
    assert.equal(exact, true);
    for (const large of [2n ** 53n, 2n ** 53n + 1n, 2n ** 53n + 3n, -(2n ** 53n) - 3n, 2n ** 63n - 1n,
        -(2n ** 63n), 2n ** 62n + 513n]) {
        const rounded = wholeNumbers(BigInt64Array.of(large));
        assert.equal(rounded.values[0], Number(large));
        assert.equal(rounded.exact, false);
    }
}

function checkLog(path, folder) {
    desgd("export", path, "--csv", folder);
    const log = openLog(path);
    TABLES.forEach((name) => checkTable(exported(folder, name), log.tables[name], path));
}

const paths = process.argv.slice(2);
const scratch = mkdtempSync(join(tmpdir(), "columns_match."));
try {
    checkWholeNumbers();
    paths.forEach((path) => checkLog(path, scratch));
} finally {
    rmSync(scratch, { recursive: true });
}
console.log(`${paths.length} logs, ${seen.columns} columns, ${seen.values} values, ` +
    `${seen.lacking} columns that lack, ${seen.empty} tables without rows`);
assert.ok(seen.values > 0 && seen.lacking > 0 && seen.empty > 0, "too little was looked at");
