// SPDX-License-Identifier: GPL-3.0-or-later
// Means over the values of one key, a line for each value of another, with their intervals. The
// values stand at equal distances, in order and not to scale.
import { cellColour, cellDash } from "./colours.js";
import { makeSvg } from "./dom.js";
import { tileOf } from "./sweep_grid.js";
import { CHART_TITLE_HEIGHT, chartText, chartTitle, makeChart, textWidth } from "./svg_file.js";
import { shortNumber, ticksOf } from "./ticks.js";

const LINES_PLOT_HEIGHT = 300;
const LINES_LEGEND_ROW = 22;

// A series for each row of the grid: {label, points: [{column, mean, low, high}]}.
export function seriesOf(comparison, metric, grid) {
    return grid.tiles.map((row, r) => ({
        label: grid.ys[r],
        points: row.map((cells, column) => {
            const { mean, half } = tileOf(comparison, metric, cells);
            const reach = Number.isFinite(half) ? half : 0;
            return { column, mean, low: mean - reach, high: mean + reach };
        }).filter((point) => Number.isFinite(point.mean)),
    })).map((one, index) => ({ ...one, index })).filter((one) => one.points.length > 0);
}

// The places of the entries of a legend: {x, y} each, and the rows that they take.
function legendPlaces(labels, left, width) {
    const places = [];
    let [x, row] = [left, 0];
    for (const label of labels) {
        const wide = Math.min(width - left, 44 + textWidth(label, 13));
        if (x + wide > width && x > left) {
            [x, row] = [left, row + 1];
        }
        places.push({ x, y: CHART_TITLE_HEIGHT + row * LINES_LEGEND_ROW + 14, width: wide - 40 });
        x += wide;
    }
    return { places, rows: row + 1 };
}

function linesLegend(series, { places }) {
    return series.flatMap(({ label, index }, i) => {
        const { x, y, width } = places[i];
        return [
            makeSvg("line", { x1: x, x2: x + 26, y1: y, y2: y, stroke: cellColour(index),
                "stroke-width": 2.5, "stroke-dasharray": cellDash(index).join(" ") || null }),
            chartText(x + 32, y + 4, label, { width }),
        ];
    });
}

function drawSeries({ index, points }, count, at) {
    const colour = cellColour(index);
    const shift = count > 1 ? 14 * (index / (count - 1) - 0.5) : 0; // so that intervals lie side by side
    const x = (point) => at.x(point.column) + shift;
    const path = points.map((point) => `${x(point).toFixed(1)},${at.y(point.mean).toFixed(1)}`).join(" ");
    return [
        makeSvg("polyline", { points: path, fill: "none", stroke: colour, "stroke-width": 2,
            "stroke-dasharray": cellDash(index).join(" ") || null }),
        ...points.map((point) => makeSvg("line", { x1: x(point), x2: x(point), y1: at.y(point.low),
            y2: at.y(point.high), stroke: colour, "stroke-width": 1.5 })),
        ...points.map((point) => makeSvg("circle", { cx: x(point), cy: at.y(point.mean), r: 3.5,
            fill: colour })),
    ];
}

function linesAxes(grid, box, at, ticks, xKey) {
    const step = (box.right - box.left) / grid.xs.length;
    const every = Math.ceil(48 / step); // where there is no room for each value's text
    return [
        ...ticks.map((tick) => makeSvg("line", { x1: box.left, x2: box.right, y1: at.y(tick),
            y2: at.y(tick), stroke: "currentColor", "stroke-opacity": 0.15 })),
        ...ticks.map((tick) => chartText(box.left - 8, at.y(tick) + 4, shortNumber(tick),
            { size: 12, "text-anchor": "end" })),
        makeSvg("line", { x1: box.left, x2: box.right, y1: box.bottom, y2: box.bottom,
            stroke: "currentColor" }),
        ...grid.xs.map((text, i) => (i % every === 0 ? chartText(at.x(i), box.bottom + 18, text,
            { width: step * every - 4, size: 12, "text-anchor": "middle" }) : null)),
        chartText((box.left + box.right) / 2, box.bottom + 40, xKey,
            { width: box.right - box.left, "text-anchor": "middle", "font-weight": "bold" }),
    ];
}

// title: what the means are of. An <svg>.
export function linesChart(comparison, metric, grid, { x, y, title }, width) {
    const series = seriesOf(comparison, metric, grid);
    const labels = y === null ? [] : series.map((one) => one.label);
    const legend = legendPlaces(labels, 8, width);
    const top = (labels.length > 0 ? legend.rows * LINES_LEGEND_ROW : 0) + CHART_TITLE_HEIGHT + 14;
    const box = { left: 64, right: width - 8, top, bottom: top + LINES_PLOT_HEIGHT };
    const edges = series.flatMap((one) => one.points.flatMap((point) => [point.low, point.high]));
    const [low, high] = [Math.min(...edges), Math.max(...edges)];
    const room = low === high ? Math.abs(low) * 0.1 || 1 : (high - low) * 0.05;
    const at = {
        x: (column) => box.left + (column + 0.5) * (box.right - box.left) / grid.xs.length,
        y: (value) => box.bottom - (value - low + room) / (high - low + 2 * room) * LINES_PLOT_HEIGHT,
    };
    return makeChart(width, box.bottom + 52,
        `${title} over ${x}` +
        `${y === null ? "" : `, ${series.length} lines by ${y}`}; the table below has the numbers`,
        chartTitle(title, width),
        ...linesAxes(grid, box, at, ticksOf(low - room, high + room, 6), x).filter((part) => part !== null),
        ...(labels.length > 0 ? linesLegend(series, legend) : []),
        ...series.flatMap((one) => drawSeries(one, grid.ys.length, at)));
}
