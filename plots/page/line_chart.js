// SPDX-License-Identifier: GPL-3.0-or-later
// Lines and bands on a canvas, by uPlot, which the page has as a global. Follows the width of its
// place, and the inks; a cursor follows the pointer, or the arrow keys.
import { make } from "./dom.js";
import { inksNow, watchInks } from "./inks.js";
import { shortNumber } from "./ticks.js";

/* global uPlot */

const LINE_CHART_HEIGHT = 380;
const PALE = 0.2; // how much of its colour a pale line has

// A gap is null to uPlot; undefined would be drawn over.
function gapsOf(values) {
    return Array.from(values, (value) => (Number.isFinite(value) ? value : null));
}

// [x, y, low, high] without positions that are not numbers; of several points at one only the last.
function alignedOf({ x, y, low, high }) {
    const kept = Array.from(x, (_, i) => i)
        .filter((i) => Number.isFinite(x[i]) && !(i + 1 < x.length && x[i + 1] === x[i]));
    return [kept.map((i) => x[i]),
        ...[y, low ?? y, high ?? y].map((values) => gapsOf(kept.map((i) => values[i])))];
}

function plotData(series) {
    return series.length === 0 ? [[], []] : uPlot.join(series.map(alignedOf));
}

// The points that no line reaches: gaps are on both sides. Of what is undefined there is another
// series' point.
function lonePoints(values) {
    const own = values.flatMap((value, i) => (value === undefined ? [] : [i]));
    const isGap = (n) => n < 0 || n >= own.length || values[own[n]] === null;
    return own.filter((_, n) => !isGap(n) && isGap(n - 1) && isGap(n + 1));
}

// All points where there is room for them, else those that would not be seen.
function shownPoints(plot, index, isRoomy) {
    return isRoomy ? null : lonePoints(plot.data[index]);
}

function plotSeries(series) {
    const bare = { width: 0, points: { show: false } };
    return series.flatMap(({ label, colour, dash, isStepped, isPale }) => [
        { label, stroke: colour, width: 2, dash: dash ?? [], alpha: isPale ? PALE : 1,
            points: { size: 5, fill: colour, filter: shownPoints },
            ...(isStepped ? { points: { show: false }, paths: uPlot.paths.stepped({ align: 1 }) } : {}) },
        { label: `${label}, least`, ...bare },
        { label: `${label}, greatest`, ...bare },
    ]);
}

function plotBands({ series, isCrowded }) {
    return isCrowded ? [] : series.flatMap(({ colour, low, isPale }, i) => (low && !isPale
        ? [{ series: [3 * i + 3, 3 * i + 2], fill: `${colour}2e` }] : []));
}

// size: of the place for its numbers, with letters of the usual size.
function plotAxis(label, inks, size, isLarge) {
    const letters = isLarge ? 20 : 12;
    return {
        label, stroke: inks.ink,
        size: size * letters / 12, labelSize: 2.5 * letters,
        font: `${letters}px system-ui, sans-serif`,
        labelFont: `bold ${letters}px system-ui, sans-serif`,
        grid: { stroke: inks.grid, width: 1 },
        ticks: { stroke: inks.grid, width: 1 },
        values: (_, ticks) => ticks.map(shortNumber),
    };
}

function drawMarker(plot, x, inks) {
    const left = plot.valToPos(x, "x", true);
    const { bbox, ctx } = plot;
    if (left >= bbox.left && left <= bbox.left + bbox.width) {
        ctx.save();
        ctx.strokeStyle = inks.accent;
        ctx.lineWidth = 2 * devicePixelRatio;
        ctx.beginPath();
        ctx.moveTo(left, bbox.top);
        ctx.lineTo(left, bbox.top + bbox.height);
        ctx.stroke();
        ctx.restore();
    }
}

function plotOptions(chart, width, hooks) {
    const inks = inksNow();
    const yRange = chart.fromZero ? { range: { min: { pad: 0, soft: 0, mode: 1 },
        max: { pad: 0.08, soft: 0, mode: 2 } } } : {};
    return {
        width, height: LINE_CHART_HEIGHT,
        legend: { show: false },
        scales: { x: { time: false }, y: yRange },
        series: [{ label: chart.xLabel }, ...plotSeries(chart.series)],
        bands: plotBands(chart),
        axes: [plotAxis(chart.xLabel, inks, 46, chart.isLarge),
            plotAxis(chart.yLabel, inks, 64, chart.isLarge)],
        cursor: { y: false, points: { show: false }, drag: { x: true, y: false } },
        hooks: {
            draw: [(plot) => drawMarker(plot, hooks.marker(), inks)],
            setCursor: [(plot) => hooks.read(plot.cursor.left < 0 ? NaN
                : plot.posToVal(plot.cursor.left, "x"))],
        },
    };
}

// The arrow keys move the cursor from point to point.
function moveCursor(plot, event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const xs = plot.data[0];
    if (step === undefined || xs.length === 0) {
        return;
    }
    event.preventDefault();
    const from = plot.cursor.idx ?? (step > 0 ? -1 : xs.length);
    const at = Math.min(Math.max(from + step, 0), xs.length - 1);
    plot.setCursor({ left: plot.valToPos(xs[at], "x"), top: plot.over.clientHeight / 2 });
}

// marker: () => where a line marks a moment, NaN: nowhere. read: called with the position of the
// cursor, NaN: it is away. signal: of the page, when it is replaced. Returns {element, show,
// redraw, showAll}: show(chart) draws {label, xLabel, yLabel, fromZero, isLarge (letters for
// projectors), isCrowded (no bands), series: [{label, colour, dash, isStepped, isPale (behind one that
// stands out, without its band), x, y, low, high}]};
// redraw: when the marker has moved; showAll: after a part was chosen by dragging.
export function lineChart({ marker, read, signal }) {
    const element = make("div", { class: "line-chart", tabindex: "0", role: "img" });
    let plot = null;
    let shown = null;
    const draw = () => {
        plot?.destroy();
        plot = null;
        if (shown !== null && element.clientWidth > 0) {
            plot = new uPlot(plotOptions(shown, element.clientWidth, { marker, read }),
                plotData(shown.series), element);
        }
    };
    const fit = () => {
        if (plot === null) {
            draw();
        } else if (plot.width !== element.clientWidth && element.clientWidth > 0) {
            plot.setSize({ width: element.clientWidth, height: LINE_CHART_HEIGHT });
        }
    };
    element.addEventListener("keydown", (event) => plot !== null && moveCursor(plot, event));
    new ResizeObserver(fit).observe(element);
    watchInks(signal, draw);
    signal.addEventListener("abort", () => plot?.destroy()); // it listens to the window
    return {
        element,
        show(chart) {
            shown = chart;
            element.setAttribute("aria-label", chart.label);
            draw();
        },
        redraw: () => plot?.redraw(false, false),
        showAll: () => plot?.setData(plot.data),
    };
}
