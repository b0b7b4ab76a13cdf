// SPDX-License-Identifier: GPL-3.0-or-later
// The section "Compare": each cell against its baseline, round by round, as "desgd compare" prints
// it, and as a forest plot.
import { chartFrame } from "./chart_frame.js";
import { chooser } from "./chooser.js";
import {
    baselineName, exactNumbers, metricLabel, metricsOf, moreIsBetter,
} from "./comparison.js";
import { make } from "./dom.js";
import { forestChart } from "./forest.js";
import { pairedColumns } from "./paired_table.js";
import { drawToFit, pngOfChart, svgFileOf } from "./svg_file.js";
import { breakable, cellClass } from "./wide_table.js";

const NO_TABLE = "This page has runs, and no comparison of them: \"desgd report FILE|DIR... -o PAGE.html\" " +
    "makes a page with the paired table, its intervals and tests.";
const NO_NUMBERS = "Nothing to compare: these runs have no such evaluations (timing only?).";

export function metricEntries(comparison) {
    return metricsOf(comparison).map((metric) => ({
        value: metric,
        text: (metric === comparison.primary ? "primary: " : "") + metricLabel(comparison, metric),
    }));
}

function introduction(comparison) {
    const baseline = baselineName(comparison);
    if (baseline === "") {
        return "Each run gives one value; value is the mean over the n rounds of a cell. There is no " +
            "baseline, so there are no differences: report with --baseline KEY=VALUE has them.";
    }
    return `Baseline${comparison.baseline.of_sweep ? ", which the sweep itself names" : ""}: ${baseline}. ` +
        "Rounds are paired by seed: n pairs, value is the cell's mean over its rounds, diff the mean of " +
        "cell minus baseline. Interval and p (t): Student's t over the rounds, each cell alone. Holm: " +
        "p (t) for all cells of the table together; at most .05 is called significant. Primary metric: " +
        `${comparison.primary}${comparison.primary_declared ? ""
            : " (the default; report --metric declares one, before looking)"}. The other metrics explore.`;
}

function bestNote(metric) {
    const what = moreIsBetter(metric) ? "the mean minus the best other mean"
        : "the best other's mean minus the own";
    return `"To the best" is ${what}, with 95 % intervals for all cells together (Hsu): "the best" and ` +
        "\"not the best\" are certain.";
}

function comparedTable(comparison, metric) {
    const columns = pairedColumns(comparison, metric);
    return make("table", { class: "paired" },
        make("caption", {}, metricLabel(comparison, metric)),
        make("thead", {}, make("tr", {}, columns.map(({ name, isText }) =>
            make("th", { scope: "col", class: cellClass(name, isText) }, breakable(name))))),
        make("tbody", {}, comparison.cells.map((cell) =>
            make("tr", { class: cell.is_baseline ? "is-baseline" : null }, columns.map(({ isText, textOf }) =>
                make("td", { class: cellClass(textOf(cell), isText) }, textOf(cell)))))));
}

function forestFrame(comparison, chosen) {
    const drawn = { chart: null };
    const isPaired = baselineName(comparison) !== "";
    const frame = chartFrame({
        id: () => `compare-${chosen.metric}`,
        title: isPaired ? "Differences to the baseline, with 95 % intervals"
            : "Means of the cells, with 95 % intervals over the rounds",
        note: isPaired ? "Filled: significant (p by Holm at most .05). The line is no difference." : null,
        columns: () => exactNumbers(comparison, chosen.metric).columns,
        rows: () => exactNumbers(comparison, chosen.metric).rows,
        png: () => pngOfChart(drawn.chart),
        svg: () => svgFileOf(drawn.chart),
    });
    const draw = drawToFit(frame.body, (width) => {
        drawn.chart = forestChart(comparison, chosen.metric, width);
        return drawn.chart;
    });
    return { element: frame.element, draw: () => { draw(); frame.refresh(); } };
}

function notesOf(comparison) {
    const left = comparison.left_out.map(({ run, why }) => `left out: ${run} (${why})`);
    const notes = [...comparison.notes, ...left];
    return notes.length === 0 ? null : make("details", { class: "notes", open: notes.length <= 6 },
        make("summary", {}, `What to know about these numbers (${notes.length})`),
        make("ul", {}, notes.map((note) => make("li", {}, note.replace(/^note: /, "")))));
}

function buildComparison(comparison) {
    const metrics = metricEntries(comparison);
    if (metrics.length === 0) {
        return make("div", {}, make("p", {}, NO_NUMBERS), notesOf(comparison));
    }
    const chosen = { metric: metrics[0].value };
    const place = make("div",
        { class: "cells", tabindex: "0", role: "region", "aria-label": "Paired table" });
    const best = make("p", { class: "chart-note" });
    const forest = forestFrame(comparison, chosen);
    const show = () => {
        place.replaceChildren(comparedTable(comparison, chosen.metric));
        best.replaceChildren(comparison.cells.length > 2 ? bestNote(chosen.metric) : "");
    };
    const choose = (metric) => {
        chosen.metric = metric;
        show();
        forest.draw();
    };
    show();
    return make("div", {},
        make("p", {}, introduction(comparison)),
        make("p", {}, chooser("Metric", metrics, chosen.metric, choose)),
        place, best, forest.element, notesOf(comparison));
}

function buildCompare(page) {
    return page.comparison === null ? make("p", {}, NO_TABLE) : buildComparison(page.comparison);
}

export const COMPARE = {
    id: "compare",
    title: "Compare",
    applies: (page) => (page.comparison === null ? page.runs.length > 1
        : page.comparison.cells.length > 1 || page.comparison.left_out.length > 0),
    build: buildCompare,
};
