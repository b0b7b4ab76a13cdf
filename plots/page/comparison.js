// SPDX-License-Identifier: GPL-3.0-or-later
// What a comparison says, the object of "desgd compare --format json": its metrics in words, its
// cells by name, and its numbers as they are. Numbers come from there; only the interval of a mean
// is computed here, since compare has that of the difference.
import { formatSeconds, formatShort } from "./format.js";
import { nameOfKeys, shownValue } from "./key_values.js";
import { studentQuantile } from "./student_t.js";

export const TIME_METRIC = "time_to_accuracy";
const QUANTITY_LABELS = {
    test_accuracy: "test accuracy",
    test_loss: "test loss",
    train_accuracy: "training accuracy",
    train_loss: "training loss",
};
const METRIC_FORMS = ["mean", "mean_after", "final", "best"];
const COMPARE_METRICS = [
    ...Object.keys(QUANTITY_LABELS).flatMap((name) => METRIC_FORMS.map((form) => `${name}_${form}`)),
    TIME_METRIC,
];

// The names of those that some cell has a value of, the primary one first. Without a start-up the
// mean after it is the mean.
export function metricsOf(comparison) {
    const { primary, cells } = comparison;
    return [primary, ...COMPARE_METRICS.filter((metric) => metric !== primary)].filter((metric) =>
        cells.some((cell) => Number.isFinite(cell[metric]?.mean)) &&
        (metric === primary || comparison.after_s !== 0 || !metric.endsWith("_mean_after")));
}

function isAccuracy(metric) {
    return metric.includes("_accuracy_");
}

export function moreIsBetter(metric) {
    return isAccuracy(metric);
}

export function metricDecimals(metric) {
    return metric === TIME_METRIC ? 2 : (isAccuracy(metric) ? 3 : 4);
}

function formLabel(comparison, metric, form) {
    switch (form) {
    case "mean":
        return "mean over the evaluations t < end";
    case "mean_after":
        return "mean over the evaluations " +
            `${formatSeconds(Math.round(1e9 * comparison.after_s))} <= t < end (after start-up)`;
    case "final":
        return "at the end";
    default:
        return `best, a ${isAccuracy(metric) ? "maximum" : "minimum"} over the run and so flattering`;
    }
}

// "test accuracy in percentage points, at the end".
export function metricLabel(comparison, metric) {
    if (metric === TIME_METRIC) {
        return `time to ${formatShort(100 * comparison.target, 6)} % test accuracy, kept for ` +
            `${comparison.sustained} evaluations; seconds, restricted mean up to ` +
            `${formatShort(comparison.horizon_s, 6)} s`;
    }
    const quantity = Object.keys(QUANTITY_LABELS).find((name) => metric.startsWith(`${name}_`));
    return QUANTITY_LABELS[quantity] + (isAccuracy(metric) ? " in percentage points" : "") +
        `, ${formLabel(comparison, metric, metric.slice(quantity.length + 1))}`;
}

// The keys in which the cells differ.
export function comparedKeys(comparison) {
    return Object.keys(comparison.cells[0]?.keys ?? {});
}

// "hybrid" or "name=hybrid batch=32".
export function comparedName(comparison, cell) {
    const keys = comparedKeys(comparison);
    return keys.length === 0 ? "all runs" : nameOfKeys(cell.keys, keys);
}

// "policy.name=async"; "": there is no baseline.
export function baselineName(comparison) {
    return Object.entries(comparison.baseline.settings)
        .map(([key, value]) => `${key}=${value}`).join(" ");
}

// Half of the interval of the mean over the rounds; NaN where there is none.
export function meanHalfInterval(comparison, numbers) {
    if (!Number.isFinite(numbers.std_dev) || numbers.rounds < 2) {
        return NaN;
    }
    return numbers.std_dev / Math.sqrt(numbers.rounds) *
        studentQuantile(comparison.level, numbers.rounds - 1);
}

// Whether the cell may be the best: with one round nothing is known of that.
export function mayBeBest(numbers) {
    return ["the best", "may be the best"].includes(numbers.which_is_best) &&
        Number.isFinite(numbers.best_high);
}

// Which cell has the best mean, and how sure that is.
export function bestWords(comparison, metric) {
    const sign = moreIsBetter(metric) ? -1 : 1;
    const cells = comparison.cells.filter((cell) => Number.isFinite(cell[metric].mean))
        .sort((a, b) => sign * (a[metric].mean - b[metric].mean));
    if (cells.length < 2) {
        return "";
    }
    const [{ [metric]: { mean, which_is_best: verdict } }] = cells;
    const possible = cells.filter((cell) => mayBeBest(cell[metric])).length;
    const sureness = verdict === "the best" ? "It is the best for certain (95 %)."
        : possible > 0
            ? `That is not certain: ${possible} of ${cells.length} cells may be the best (95 %).`
            : "How certain that is cannot be told from these rounds.";
    return `The best mean is ${mean.toFixed(metricDecimals(metric))}, of ` +
        `${comparedName(comparison, cells[0])}. ${sureness}`;
}

export function divergedText({ diverged, runs }) {
    return diverged === 0 ? "none" : `${diverged} of ${runs}`;
}

const PAIRED_FIELDS = [
    "rounds", "mean", "std_dev", "min", "max", "pairs", "difference", "t_low", "t_high", "p_t",
    "p_holm", "p_wilcoxon", "simultaneous_low", "simultaneous_high", "p_max_t", "verdict",
    "best_low", "best_high", "which_is_best",
];

function exactNumber(value, field) {
    return value ?? (/^(verdict|which)/.test(field) ? "" : NaN);
}

// The numbers of a metric as they are, for tables and files: {columns, rows}.
export function exactNumbers(comparison, metric) {
    const keys = comparedKeys(comparison);
    return {
        columns: [...keys, "is_baseline", ...PAIRED_FIELDS, "runs_diverged"],
        rows: comparison.cells.map((cell) => [
            ...keys.map((key) => shownValue(cell.keys[key])),
            cell.is_baseline ? 1 : 0,
            ...PAIRED_FIELDS.map((field) => exactNumber(cell[metric][field], field)),
            cell.divergence.diverged,
        ]),
    };
}
