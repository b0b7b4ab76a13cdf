// SPDX-License-Identifier: GPL-3.0-or-later
// A forest plot: a row a cell, with its number and the interval of that; of differences to the
// baseline with a line at zero, without a baseline of the means.
import {
    baselineName, comparedName, meanHalfInterval, metricDecimals, metricLabel,
} from "./comparison.js";
import { makeSvg } from "./dom.js";
import { intervalText, numberText } from "./number_text.js";
import { CHART_TITLE_HEIGHT, chartText, chartTitle, makeChart, textWidth } from "./svg_file.js";
import { shortNumber, ticksOf } from "./ticks.js";

const FOREST_COLOUR = "#0072b2"; // of the paired differences in the figures of desgd
const FOREST_NARROW = 680; // below this width names and numbers stand above their row
const FOREST_FOOT = 46;
const FOREST_ROWS_MAX = 400; // a browser makes no higher picture
const NO_PAIR = "No cell shares a round with its baseline in which both have measured this.";

function differenceRow(comparison, cell, numbers, decimals) {
    const hasInterval = Number.isFinite(numbers.t_low) && Number.isFinite(numbers.t_high);
    return {
        label: comparedName(comparison, cell),
        value: numbers.difference,
        low: hasInterval ? numbers.t_low : numbers.difference,
        high: hasInterval ? numbers.t_high : numbers.difference,
        isSure: numbers.verdict === "significant",
        text: `${numberText(numbers.difference, decimals, true)} ` + (hasInterval
            ? intervalText(numbers.t_low, numbers.t_high, decimals) : `(${numbers.verdict})`),
    };
}

function meanRow(comparison, cell, numbers, decimals) {
    const half = meanHalfInterval(comparison, numbers);
    const reach = Number.isNaN(half) ? 0 : half;
    return {
        label: comparedName(comparison, cell),
        value: numbers.mean,
        low: numbers.mean - reach,
        high: numbers.mean + reach,
        isSure: true,
        text: numberText(numbers.mean, decimals) +
            (Number.isNaN(half) ? " (one round)" : ` ± ${numberText(half, decimals)}`),
    };
}

// {isPaired, rows}: of each cell with a number {label, value, low, high, isSure (significant), text};
// low and high are the value where there is no interval.
export function forestOf(comparison, metric) {
    const isPaired = baselineName(comparison) !== "";
    const decimals = metricDecimals(metric);
    const cells = comparison.cells.filter((cell) => // a baseline has no difference
        Number.isFinite(isPaired ? cell[metric].difference : cell[metric].mean));
    return {
        isPaired,
        rows: cells.map((cell) => (isPaired ? differenceRow(comparison, cell, cell[metric], decimals)
            : meanRow(comparison, cell, cell[metric], decimals))),
    };
}

// Where everything lies: {left, right, top, rowHeight, height, isNarrow, least, most, ticks,
// at(value)}.
export function forestLayout({ isPaired, rows }, width) {
    const isNarrow = width < FOREST_NARROW;
    const widest = (texts) => Math.max(60, ...texts.map((text) => textWidth(text, 13)));
    const left = isNarrow ? 12 : 24 + Math.min(width * 0.3, widest(rows.map((row) => row.label)));
    const right = width -
        (isNarrow ? 12 : 24 + Math.min(width * 0.35, widest(rows.map((row) => row.text))));
    const edges = rows.flatMap((row) => [row.low, row.high]).concat(isPaired ? [0] : []);
    const [low, high] = [Math.min(...edges), Math.max(...edges)];
    const room = low === high ? Math.abs(low) * 0.1 || 1 : (high - low) * 0.04;
    const [least, most] = [low - room, high + room];
    const rowHeight = isNarrow ? 62 : 28;
    const top = CHART_TITLE_HEIGHT + 6;
    return {
        left, right, top, rowHeight, isNarrow, least, most,
        height: top + rowHeight * rows.length + FOREST_FOOT,
        ticks: ticksOf(least, most, Math.max(3, Math.floor((right - left) / 90))),
        at: (value) => left + (value - least) / (most - least) * (right - left),
    };
}

function forestAxis(layout, isPaired) {
    const { left, right, top, height, at, ticks } = layout;
    const bottom = height - FOREST_FOOT;
    const line = (x, opacity, width = 1) => makeSvg("line", { x1: x, x2: x, y1: top, y2: bottom,
        stroke: "currentColor", "stroke-opacity": opacity, "stroke-width": width });
    return [
        ...ticks.map((tick) => line(at(tick), 0.15)),
        ...ticks.map((tick) => chartText(at(tick), bottom + 18, shortNumber(tick),
            { size: 12, "text-anchor": "middle" })),
        isPaired ? line(at(0), 0.9, 1.5) : null,
        makeSvg("line", { x1: left, x2: right, y1: bottom, y2: bottom, stroke: "currentColor" }),
        chartText((left + right) / 2, bottom + 38,
            isPaired ? "cell minus baseline" : "mean over the rounds", { "text-anchor": "middle" }),
    ];
}

function forestMark(row, y, { at }) {
    return [
        makeSvg("line", { x1: at(row.low), x2: at(row.high), y1: y, y2: y, stroke: FOREST_COLOUR,
            "stroke-width": 2.5 }),
        makeSvg("circle", { cx: at(row.value), cy: y, r: 5, stroke: FOREST_COLOUR, "stroke-width": 2,
            fill: row.isSure ? FOREST_COLOUR : "#ffffff" }),
    ];
}

function forestRow(row, index, layout, width) {
    const { left, right, top, rowHeight, isNarrow } = layout;
    const begin = top + index * rowHeight;
    const texts = isNarrow
        ? [chartText(left, begin + 14, row.label, { width: right - left, "font-weight": "bold" }),
            chartText(left, begin + 31, row.text, { width: right - left })]
        : [chartText(left - 12, begin + rowHeight / 2 + 4, row.label,
            { width: left - 16, "text-anchor": "end" }),
        chartText(right + 12, begin + rowHeight / 2 + 4, row.text, { width: width - right - 14 })];
    const middle = isNarrow ? begin + 46 : begin + rowHeight / 2;
    return makeSvg("g", {}, ...texts, ...forestMark(row, middle, layout));
}

// An <svg>.
export function forestChart(comparison, metric, width) {
    const { isPaired, rows } = forestOf(comparison, metric);
    const forest = { isPaired, rows: rows.slice(0, FOREST_ROWS_MAX) };
    if (forest.rows.length === 0) {
        return makeChart(width, 30, NO_PAIR, chartText(0, 20, NO_PAIR, { width }));
    }
    const layout = forestLayout(forest, width);
    const what = forest.isPaired ? `differences to ${baselineName(comparison)}` : "means of the cells";
    return makeChart(width, layout.height,
        `${metricLabel(comparison, metric)}: ${what} with intervals, ${forest.rows.length} rows; the ` +
        "table below the chart has the numbers",
        chartTitle((rows.length > FOREST_ROWS_MAX
            ? `The first ${FOREST_ROWS_MAX} of ${rows.length} cells (the table has all): ` : "") +
            metricLabel(comparison, metric), width),
        ...forestAxis(layout, forest.isPaired).filter((part) => part !== null),
        ...forest.rows.map((row, i) => forestRow(row, i, layout, width)));
}
