// SPDX-License-Identifier: GPL-3.0-or-later
// The section "Sweep": all cells of a comparison over any two of the keys that vary, as a heat map
// and as lines, and as a table that can be sorted.
import { chartFrame } from "./chart_frame.js";
import { chooser } from "./chooser.js";
import {
    baselineName, bestWords, comparedKeys, divergedText, meanHalfInterval, mayBeBest,
    metricDecimals, metricLabel,
} from "./comparison.js";
import { metricEntries } from "./compare_view.js";
import { make, refill } from "./dom.js";
import { heatMapChart } from "./heat_map.js";
import { compareKeyValues, shownValue } from "./key_values.js";
import { intervalText, numberText } from "./number_text.js";
import { sortableTable } from "./sortable.js";
import { ANY_VALUE, gridOf, heldKeys, tileOf, valuesOfKey } from "./sweep_grid.js";
import { linesChart } from "./sweep_lines.js";
import { drawToFit, pngOfChart, svgFileOf } from "./svg_file.js";

const GRID_MOST = { across: 100, down: 150, tiles: 2500 }; // of a picture that can be looked at
const HEAT_NOTE = "Outlined: may be the best, or is (95 % for all cells together, multiple " +
    "comparisons with the best). ± is half of Student's 95 % interval of the mean over the rounds.";
const LINES_NOTE = "The values of the key stand at equal distances, in order and not to scale. " +
    "Upright lines are Student's 95 % intervals of the mean over the rounds.";
const TABLE_NOTE = "± is half of the 95 % interval of the mean; shaded rows may be the best. " +
    "A click on a head sorts.";
const HELD_NOTE = "A cell to which a key does not apply is shown whatever that key is held at.";

function compareNumbers(a, b) {
    return a - b;
}

function compareWords(a, b) {
    return compareKeyValues(a, b) || (a < b ? -1 : Number(a > b));
}

// --- the table of all cells -------------------------------------------------------------------

function cellColumns(comparison) {
    const number = (name) => ({ name, isText: false, compare: compareNumbers });
    const text = (name) => ({ name, isText: true, compare: compareWords });
    const paired = baselineName(comparison) === "" ? [] : [number("difference"), number("95 % interval"),
        text("difference is")];
    return [...comparedKeys(comparison).map(text), number("rounds"), number("mean"), number("±"), ...paired,
        text("it is"), number("diverged")];
}

// Intervals are sorted by their lower end.
function cellRow(comparison, metric, cell) {
    const numbers = cell[metric];
    const decimals = metricDecimals(metric);
    const half = meanHalfInterval(comparison, numbers);
    const keys = comparedKeys(comparison).map((key) => shownValue(cell.keys[key]));
    const verdict = cell.is_baseline ? "baseline" : numbers.verdict;
    const isPaired = baselineName(comparison) !== "";
    const ifPaired = (...three) => (isPaired ? three : []);
    return {
        isMarked: mayBeBest(numbers),
        values: [...keys, cell.rounds, numbers.mean, half,
            ...ifPaired(numbers.difference, numbers.t_low, verdict), numbers.which_is_best,
            cell.divergence.diverged],
        texts: [...keys, String(cell.rounds), numberText(numbers.mean, decimals),
            numberText(half, decimals), ...ifPaired(numberText(numbers.difference, decimals, true),
                intervalText(numbers.t_low, numbers.t_high, decimals), verdict),
            numbers.which_is_best, divergedText(cell.divergence)],
    };
}

// --- the grid ---------------------------------------------------------------------------------

function gridRows(comparison, chosen) {
    const { xs, ys, tiles } = gridOf(comparison, chosen);
    return tiles.flatMap((row, r) => row.map((cells, c) => {
        const tile = tileOf(comparison, chosen.metric, cells);
        const place = chosen.y === null ? [xs[c]] : [xs[c], ys[r]];
        return [...place, tile.count, tile.mean, tile.mean - tile.half, tile.mean + tile.half,
            tile.verdict];
    }));
}

function gridColumns(chosen) {
    return [chosen.x, ...(chosen.y === null ? [] : [chosen.y]), "cells", "mean", "low", "high",
        "which_is_best"];
}

// draw: heatMapChart or linesChart.
function gridFrame(comparison, chosen, { id, title, note, draw }) {
    const drawn = { chart: null };
    const frame = chartFrame({
        id: () => `${id}-${chosen.metric}`,
        title,
        note,
        columns: () => gridColumns(chosen),
        rows: () => gridRows(comparison, chosen),
        png: () => pngOfChart(drawn.chart),
        svg: () => svgFileOf(drawn.chart),
    });
    frame.body.classList.add("cells");
    frame.body.setAttribute("tabindex", "0");
    frame.body.setAttribute("role", "region");
    frame.body.setAttribute("aria-label", title);
    const drawAgain = drawToFit(frame.body, (width) => {
        drawn.chart = draw(comparison, chosen.metric, gridOf(comparison, chosen),
            { x: chosen.x, y: chosen.y, title: gridTitle(comparison, chosen) }, width);
        return drawn.chart;
    });
    return { element: frame.element, draw: () => { drawAgain(); frame.refresh(); } };
}

// What the means are of: the metric, and where the other keys are held.
function gridTitle(comparison, chosen) {
    const held = [...chosen.held].filter(([, value]) => value !== ANY_VALUE)
        .map(([key, value]) => `${key}=${value}`);
    return [metricLabel(comparison, chosen.metric), ...held].join("; ");
}

function gridFrames(comparison, chosen) {
    const heatMap = {
        id: "heat-map",
        title: "Heat map: means over two keys",
        note: HEAT_NOTE,
        draw: heatMapChart,
    };
    const lines = {
        id: "lines",
        title: "Lines: means over one key",
        note: LINES_NOTE,
        draw: linesChart,
    };
    return (chosen.y === null ? [lines] : [heatMap, lines])
        .map((options) => gridFrame(comparison, chosen, options));
}

// --- what is chosen ---------------------------------------------------------------------------

function keyEntries(keys) {
    return keys.map((key) => ({ value: key, text: key }));
}

// The lists for the keys: x, y, and a value for each of the others.
function keyChoosers(comparison, chosen, changed) {
    const keys = comparedKeys(comparison);
    const setKeys = (x, y) => {
        Object.assign(chosen, { x, y, held: heldKeys(comparison, x, y) });
        changed();
    };
    const choosers = chosen.y === null
        ? []
        : [chooser("Across", keyEntries(keys), chosen.x,
            (x) => setKeys(x, x === chosen.y ? chosen.x : chosen.y)),
        chooser("Down, or a line each", keyEntries(keys), chosen.y,
            (y) => setKeys(y === chosen.x ? chosen.y : chosen.x, y))];
    const held = [...chosen.held].map(([key, value]) => chooser(key, [{ value: ANY_VALUE, text: "any" },
        ...valuesOfKey(comparison, key).map((text) => ({ value: text, text }))], value, (other) => {
        chosen.held.set(key, other);
        changed();
    }));
    return [...choosers, ...held];
}

// What to know about the grid, if anything.
function gridNote(comparison, chosen) {
    const { xs, ys, tiles } = gridOf(comparison, chosen);
    if (xs.length > GRID_MOST.across || ys.length > GRID_MOST.down ||
        xs.length * ys.length > GRID_MOST.tiles) {
        return `${xs.length} by ${ys.length} values are too many for a picture: the table has all cells.`;
    }
    const crowded = tiles.flat().filter((cells) => cells.length > 1).length;
    if (crowded > 0) {
        return `${crowded} tiles have several cells, since other keys vary, too, and so no number: choose ` +
            "a value of these keys.";
    }
    const isOpen = ([key, value]) => value !== ANY_VALUE && valuesOfKey(comparison, key).includes("-");
    return [...chosen.held].some(isOpen) ? HELD_NOTE : "";
}

function buildSweep({ comparison }) {
    const metrics = metricEntries(comparison);
    if (metrics.length === 0) {
        return make("p", {}, "No cell has a number: these runs have no such evaluations (timing only?).");
    }
    const [x, y = null] = comparedKeys(comparison);
    const chosen = { metric: metrics[0].value, x, y, held: heldKeys(comparison, x, y) };
    const choosers = make("p", { class: "choosers" });
    const best = make("p", {});
    const note = make("p", { role: "status" });
    const frames = gridFrames(comparison, chosen);
    const pictures = make("div", {}, frames.map((frame) => frame.element));
    const table = sortableTable();
    const show = () => {
        const text = gridNote(comparison, chosen);
        note.replaceChildren(text);
        best.replaceChildren(bestWords(comparison, chosen.metric));
        pictures.hidden = text.includes("too many");
        if (!pictures.hidden) {
            frames.forEach((frame) => frame.draw());
        }
        table.setRows(`All cells: ${metricLabel(comparison, chosen.metric)}. ${TABLE_NOTE}`,
            cellColumns(comparison),
            comparison.cells.map((cell) => cellRow(comparison, chosen.metric, cell)));
    };
    const changed = () => {
        refill(choosers, ...keyChoosers(comparison, chosen, changed));
        show();
    };
    const chooseMetric = (metric) => {
        chosen.metric = metric;
        show();
    };
    changed();
    return make("div", {},
        make("p", {}, chooser("Metric", metrics, chosen.metric, chooseMetric)),
        best, choosers, note, pictures, table.element);
}

export const SWEEP = {
    id: "sweep",
    title: "Sweep",
    applies: ({ comparison }) => comparison !== null && comparedKeys(comparison).length > 0 &&
        comparison.cells.length > (comparedKeys(comparison).length > 1 ? 2 : 3),
    build: buildSweep,
};
