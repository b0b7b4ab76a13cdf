// SPDX-License-Identifier: GPL-3.0-or-later
// The table that "desgd compare" prints of a metric, letter for letter, as columns with the text of
// each cell; and beside it which cell is the best, and how many of its runs diverged.
import {
    TIME_METRIC, baselineName, comparedKeys, divergedText, metricDecimals,
} from "./comparison.js";
import { formatFixed } from "./format.js";
import { shownValue } from "./key_values.js";
import { intervalText, numberText, probabilityText } from "./number_text.js";

function wordColumn(name, textOf) {
    return { name, isText: true, textOf };
}

function numberColumn(name, textOf) {
    return { name, isText: false, textOf };
}

function roundsText(cell, numbers) {
    return (cell.divergence.pairs > 0 ? numbers.pairs : numbers.rounds) +
        (numbers.pairs_diverged > 0 ? "!" : "") + (numbers.pairs_without > 0 ? "?" : "");
}

// What tells the cell's baseline from the others: "32, 10 ms"; "" of a baseline.
function ownBaseline(comparison, cell) {
    if (cell.is_baseline) {
        return "";
    }
    const baselines = comparison.cells.filter((other) => other.is_baseline);
    return comparedKeys(comparison).filter((key) =>
        baselines.some((other) => other.keys[key] !== cell.baseline[key]))
        .map((key) => shownValue(cell.baseline[key])).join(", ");
}

function nameColumns(comparison) {
    const keys = comparedKeys(comparison);
    return keys.length === 0 ? [wordColumn("cell", () => "all runs")]
        : keys.map((key) => wordColumn(key, (cell) => shownValue(cell.keys[key])));
}

function differenceColumns(comparison, metric) {
    const decimals = metricDecimals(metric);
    const unless = (baseline, textOf) => (cell) => (cell.is_baseline ? baseline : textOf(cell[metric]));
    const columns = [
        numberColumn("diff", unless("", (told) => numberText(told.difference, decimals, true))),
        numberColumn("95 % interval", unless("baseline", (told) =>
            intervalText(told.t_low, told.t_high, decimals))),
        numberColumn("p (t)", unless("", (told) => probabilityText(told.p_t))),
        numberColumn("Holm", unless("", (told) => probabilityText(told.p_holm))),
        numberColumn("Wilcoxon", unless("", (told) =>
            probabilityText(told.p_wilcoxon, told.p_wilcoxon_least))),
        wordColumn("difference is", unless("", (told) => told.verdict)),
    ];
    const isFrom = comparison.cells.filter((cell) => cell.is_baseline).length > 1;
    return isFrom ? [...columns, wordColumn("from", (cell) => ownBaseline(comparison, cell))] : columns;
}

function spreadColumns(metric) {
    const decimals = metricDecimals(metric);
    return [["std dev", "std_dev"], ["least", "min"], ["most", "max"]].map(([name, field]) =>
        numberColumn(name, (cell) => numberText(cell[metric][field], decimals)));
}

// With fewer than three cells the differences say which is best; where no run diverged nothing is
// said of that.
function addedColumns({ cells }, metric) {
    const best = [
        numberColumn("to the best", (cell) =>
            intervalText(cell[metric].best_low, cell[metric].best_high, metricDecimals(metric))),
        wordColumn("it is", (cell) => cell[metric].which_is_best),
    ];
    const diverged = wordColumn("diverged", (cell) => divergedText(cell.divergence));
    return [
        ...(cells.filter((cell) => cell[metric].which_is_best !== "").length > 2 ? best : []),
        ...(cells.some((cell) => cell.divergence.diverged > 0) ? [diverged] : []),
    ];
}

// {name, isText, textOf(cell)} of each column.
export function pairedColumns(comparison, metric) {
    const reached = numberColumn("got there", (cell) => (cell[metric].reached === null ? "-"
        : `${formatFixed(100 * cell[metric].reached, 0)} %`));
    return [
        ...nameColumns(comparison),
        numberColumn("n", (cell) => roundsText(cell, cell[metric])),
        ...(metric === TIME_METRIC ? [reached] : []),
        numberColumn("value", (cell) => numberText(cell[metric].mean, metricDecimals(metric))),
        ...(baselineName(comparison) === "" ? spreadColumns(metric) : differenceColumns(comparison, metric)),
        ...addedColumns(comparison, metric),
    ];
}
