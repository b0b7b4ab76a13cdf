// SPDX-License-Identifier: GPL-3.0-or-later
// Usage: node run_diff_matches.mjs LOG...
// Where the page says that two logs part must be where $DESGD diff A B does: tables, rows, columns,
// values, keys of the scenario, ending. Each log is compared with the next one; the first with itself;
// and a fork with its parent, which share their beginning.
import { basename, dirname } from "node:path";
import {
    endingDifferences, runDifferences, scenarioDifferences,
} from "../../plots/page/run_diff.js";
import { openLog } from "./open_log.mjs";
import { endOf } from "./program.mjs";

const TABLE_OF = {
    event: "events", update: "updates", "gradient row": "gradients", evaluation: "evaluations",
    reduction: "reductions", incident: "incidents", worker: "workers",
};
const ROW = new RegExp(`^(${Object.keys(TABLE_OF).join("|")}) ([0-9]+)(?: \\(.*\\))?`
    + " (differs in|is only in) (.*)$");

// From their folder, by short names: desgd ends what it says of scenarios after 8,192 bytes.
function diffOf(a, b) {
    const { stdout, status } = endOf(["diff", basename(a), basename(b)], dirname(a));
    const [before, after = ""] = stdout.split("the runs differ:\n");
    return { status, scenario: before.replace("the scenarios differ:\n", ""), runs: after };
}

function valueText(value) {
    if (typeof value === "bigint") {
        return value.toString(16).padStart(16, "0");
    }
    return String(value);
}

// C writes "%.17g", which reads back to the same number.
function sameValue(text, value) {
    return typeof value === "bigint" ? text === valueText(value)
        : Object.is(Number(text.replace(/^-?nan$/, "NaN").replace("inf", "Infinity")), value);
}

function checkRow(line, found, names, faults) {
    const [, kind, row, how, rest] = line.match(ROW);
    const one = found.find((difference) => difference.table === TABLE_OF[kind]);
    if (one === undefined || one.row !== Number(row)) {
        faults.push(`${line}\n  the page: ${one?.row}`);
        return;
    }
    if (how === "is only in") {
        if (one.onlyIn < 0 || !rest.startsWith(`${names[one.onlyIn]}:`)
            || !rest.endsWith(`(${one.counts[0]} rows; ${one.counts[1]})`)) {
            faults.push(`${line}\n  the page: only in ${one.onlyIn}, ${one.counts}`);
        }
        return;
    }
    const columns = rest.slice(0, rest.indexOf(":")).split(", ");
    if ([...columns].sort().join() !== [...one.columns].sort().join()) {
        faults.push(`${line}\n  the page: ${one.columns}`);
    }
    if (kind !== "event") { // of which it is told in words
        const texts = rest.slice(rest.indexOf(":") + 2).split("; ")
            .map((text, i) => text.slice(names[i].length + 1).split(", "));
        columns.forEach((column, i) => [0, 1].forEach((side) => {
            if (!sameValue(texts[side][i], one.rows[side][column])) {
                faults.push(`${line}\n  the page: ${column} ${valueText(one.rows[side][column])}`);
            }
        }));
    }
}

const opened = new Map();

function logOf(path) {
    if (!opened.has(path)) {
        opened.set(path, openLog(path));
    }
    return opened.get(path);
}

function comparePair(a, b) {
    const [first, second] = [logOf(a), logOf(b)];
    const expected = diffOf(a, b);
    const faults = [];
    const found = runDifferences(first, second);
    const lines = expected.runs.split("\n").filter((line) => ROW.test(line));
    lines.forEach((line) => checkRow(line, found, [basename(a), basename(b)], faults));
    if (lines.length !== found.length) {
        faults.push(`${lines.length} tables differ; the page: ${found.map((one) => one.table)}`);
    }
    const keys = scenarioDifferences(first, second).map(({ key, values }) =>
        `${key}: ${basename(a)} ${values[0] ?? "(none)"}; ${basename(b)} ${values[1] ?? "(none)"}\n`).join("");
    if (keys !== expected.scenario && expected.status === 1) {
        faults.push(`scenarios:\n${expected.scenario}  the page:\n${keys}`);
    }
    const ended = endingDifferences(first, second).length > 0;
    if ((found.length > 0 || ended) !== (expected.status === 1)) {
        faults.push(`desgd diff exits with ${expected.status}; the page has ${found.length} rows`);
    }
    return { faults, rows: found.length };
}

function pairsOf(paths) {
    const named = (name) => paths.find((path) => basename(path) === `${name}.h5`);
    return [
        ...paths.slice(1).map((path, i) => [paths[i], path]),
        [paths[0], paths[0]],
        [named("first_run"), named("fork")],
        [named("first_run"), named("other_seed")],
    ].filter((pair) => !pair.includes(undefined));
}

const pairs = pairsOf(process.argv.slice(2));
let faults = 0;
let rows = 0;
for (const [a, b] of pairs) {
    const result = comparePair(a, b);
    result.faults.forEach((fault) => console.log(`${a} ${b}: ${fault}`));
    faults += result.faults.length;
    rows += result.rows;
}
console.log(`${pairs.length} pairs, ${rows} rows in which they part, ${faults} faults`);
process.exit(faults > 0 ? 1 : 0);
