// SPDX-License-Identifier: GPL-3.0-or-later
// Which runs are rounds of one cell (a scenario without its seed and title), and how cells are told
// apart. A report brings along which runs are of one cell. And how a run is called in lists.
import { canonicalValue, leavesOf } from "./canonical_text.js";
import { nameOfKeys } from "./key_values.js";

const LABEL_KEYS = 4; // more of them would not be read

function leavesOfCell(log) {
    const leaves = new Map(leavesOf(log.scenario));
    leaves.delete("seed");
    leaves.delete("title");
    return leaves;
}

// The keys in which the cells differ, in the order in which they stand.
function variedKeys(cells) {
    const keys = new Set(cells.flatMap((leaves) => [...leaves.keys()]));
    return [...keys].filter((key) => cells.some((leaves) => leaves.get(key) !== cells[0].get(key)));
}

// Of a cell of which some of the varied keys have no value.
function keysOf(leaves, varied) {
    return Object.fromEntries(varied.filter((key) => leaves.has(key))
        .map((key) => [key, leaves.get(key)]));
}

// What a reader sees of each cell: the varied keys with their values; where none varies, its policy.
// Where the first keys are the same, the file of its first run tells it from the others.
// cells: {keys, policy, file}.
export function labelsOfCells(cells, varied) {
    const labels = cells.map(({ keys, policy }) =>
        (varied.length === 0 ? policy : nameOfKeys(keys, varied, LABEL_KEYS)));
    return labels.map((label, i) =>
        (labels.filter((other) => other === label).length > 1 ? `${label} (${cells[i].file})` : label));
}

// {cell, label, keys} of each log.
export function cellsOf(logs) {
    const texts = [];
    const cells = [];
    const files = [];
    const places = logs.map((log) => {
        const leaves = leavesOfCell(log);
        const text = JSON.stringify([...leaves]);
        if (!texts.includes(text)) {
            texts.push(text);
            cells.push(leaves);
            files.push(log.name);
        }
        return texts.indexOf(text);
    });
    const varied = variedKeys(cells);
    const named = cells.map((leaves, i) => ({
        keys: keysOf(leaves, varied), policy: leaves.get("policy.name") ?? "", file: files[i],
    }));
    const labels = labelsOfCells(named, varied);
    return places.map((cell) => ({ cell, label: labels[cell], keys: named[cell].keys }));
}

// In a list of all runs.
export function runText({ label, round, name }) {
    return `${label === "" ? "" : `${label}, `}round ${round}: ${name}`;
}

// As figure_title of sim/report/figure_sheet.c reads it: in quotes where the canonical text needs them,
// with "\\xNN" for a control character; "" if it has none.
export function titleOfScenario(scenario) {
    const title = canonicalValue(scenario, "title") ?? "";
    return title.startsWith("\"") ? title.slice(1).replace(/\\x..|\\(.)|"/g, (found, plain) =>
        found.startsWith("\\x") ? " " : plain ?? "") : title;
}
