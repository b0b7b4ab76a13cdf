// SPDX-License-Identifier: GPL-3.0-or-later
// The section "Curves": one measure of all runs, over time or over what they had done by then. The
// rounds of a cell are one line, their mean, with a band from the least to the greatest
// (curve_rounds.js says how they are joined), or each its own line.
import { chartFrame } from "./chart_frame.js";
import { pngOfSvg } from "./chart_png.js";
import { lineChartSvg } from "./chart_svg.js";
import { chooser } from "./chooser.js";
import { cellColour, cellDash } from "./colours.js";
import { stepsOf, stalenessBins } from "./curve_histogram.js";
import { axesOf, curvePoints, measuredMetrics, positionAt, titleWithUnit } from "./curve_metrics.js";
import { joinRounds, valueAt } from "./curve_rounds.js";
import { make, makeSvg } from "./dom.js";
import { lineChart } from "./line_chart.js";
import { watchLitRun } from "./lit_run.js";
import { shortNumber } from "./ticks.js";

// ---- what is drawn ----

// The cells in the order of their first runs: {index, label, runs}.
function cellsOfRuns(runs) {
    const cells = new Map();
    for (const run of runs) {
        if (!cells.has(run.cell)) {
            cells.set(run.cell, { index: run.cell, label: run.label, runs: [] });
        }
        cells.get(run.cell).runs.push(run);
    }
    return [...cells.values()];
}

const BANDS_MAX = 8; // more, one over the other, hide each other and the lines

function visibleCells(view) {
    const hidden = view.page.state.get("hidden");
    return view.cells.filter((cell) => !hidden.has(cell.index));
}

function look(cell) {
    return { colour: cellColour(cell.index), dash: cellDash(cell.index) };
}

// The run that stands out, if its cell is shown; else undefined.
function litRun(view) {
    const run = view.page.runs[view.page.state.get("lit")];
    return run !== undefined && view.page.state.get("hidden").has(run.cell) ? undefined : run;
}

// The lines of a cell: one of its rounds together, or one of each.
function linesOfCell(view, cell) {
    const lit = litRun(view);
    const points = cell.runs.map((run) => curvePoints(run.curves, view.metric, view.axis));
    if (!view.isSplit || cell.runs.length === 1) {
        const isPale = lit !== undefined && lit.cell !== cell.index;
        return [{ label: cell.label, ...look(cell), isPale, ...joinRounds(points) }];
    }
    return points.map((of, i) => ({
        label: `${cell.label}, round ${cell.runs[i].round}`, ...look(cell),
        isPale: lit !== undefined && lit !== cell.runs[i], ...joinRounds([of]),
    }));
}

function curveTitle(view) {
    return `${view.metric.title} over ${view.axis.title}`;
}

function curveChart(view) {
    return {
        title: `${view.page.title}: ${curveTitle(view)}`,
        label: `${curveTitle(view)}. The numbers are in the table below.`,
        xLabel: titleWithUnit(view.axis),
        yLabel: titleWithUnit(view.metric),
        fromZero: view.metric.fromZero,
        isLarge: view.page.state.get("large"),
        isCrowded: visibleCells(view).length > BANDS_MAX,
        series: visibleCells(view).flatMap((cell) => linesOfCell(view, cell)),
    };
}

function curveColumns(view) {
    return ["cell", titleWithUnit(view.axis), titleWithUnit(view.metric), "least", "greatest",
        "rounds"];
}

function curveRows(view) {
    return view.chart.series.flatMap(({ label, x, y, low, high, count }) => Array.from(x, (at, i) =>
        [label, at, y[i], low === null ? NaN : low[i], high === null ? NaN : high[i], count[i]])
        .filter((row) => Number.isFinite(row[2])));
}

// ---- what is said about it ----

function roundsNote(view) {
    if (view.isSplit || !view.cells.some((cell) => cell.runs.length > 1)) {
        return "";
    }
    return "Lines are means over the rounds of a cell, bands go from the least to the greatest. "
        + (view.axis.id === "time" ? ""
            : "Over this axis the points of the rounds lie at different places: a point of a line "
                + "is where they lie on average, and each round is read there by linear "
                + "interpolation. ");
}

// What a reader could take for something else.
const ABOUT_METRICS = {
    step_mean: "The effective step is the learning rate, times the gradients of an update where the "
        + "server adds them up; momentum and smaller weights of stale gradients are not in it. ",
    idle_share: "Idle is waiting and communicating, of the time in which workers are up. ",
    bytes: "Bytes count from when a message sets out: pushes, replies, and all-reduces over all links. ",
};

function crowdedNote({ chart }) {
    return !chart.isCrowded || chart.series.every(({ low }) => low === null) ? ""
        : `Of more than ${BANDS_MAX} cells the bands are not drawn: hide some; the table has all. `;
}

function spansNote({ metric }) {
    if (metric.table !== "spans") {
        return "";
    }
    const range = metric.low === undefined ? ""
        : "A band goes from the least to the greatest of the gradients of a span. ";
    return "The run is cut into a hundred spans or so. " + (ABOUT_METRICS[metric.id] ?? "")
        + (metric.whole ? "" : "A point is the mean of a span, in its middle. ") + range;
}

function markerNote({ page }) {
    return page.runs.some((run) => run.timed)
        ? "The upright line is the moment that the timeline shows." : "";
}

function litNote(view) {
    const lit = litRun(view);
    return lit === undefined ? "" : `The line of ${lit.label} stands out. `;
}

function readingOf(view, place) {
    if (Number.isNaN(place)) {
        return "Point at the chart, or go along it with ← and →, to read it. Drag across it to zoom in.";
    }
    const parts = view.chart.series.map(({ label, x, y, low, high }) => {
        const range = low === null ? "" : ` (${shortNumber(valueAt(x, low, place))} to `
            + `${shortNumber(valueAt(x, high, place))})`;
        return `${label} ${shortNumber(valueAt(x, y, place))}${range}`;
    });
    return `At ${shortNumber(place)} ${view.axis.unit ?? view.axis.title}: ${parts.join(" · ")}`;
}

// ---- controls ----

function swatch(cell) {
    const { colour, dash } = look(cell);
    return makeSvg("svg", { width: "26", height: "10", "aria-hidden": "true" },
        makeSvg("line", { x1: "1", x2: "25", y1: "5", y2: "5", stroke: colour, "stroke-width": "3",
            "stroke-dasharray": dash.join(" ") }));
}

function toggleCell(state, index) {
    const hidden = new Set(state.get("hidden"));
    if (!hidden.delete(index)) {
        hidden.add(index);
    }
    state.set({ hidden });
}

// What its label stands for: the varied keys with their values.
function keysOfCell({ runs: [run] }) {
    return Object.entries(run.keys ?? {}).map(([key, value]) => `${key}: ${value}`).join(", ");
}

function legendButton(view, cell) {
    const rounds = cell.runs.length > 1 ? ` (${cell.runs.length} rounds)` : "";
    return make("button", {
        type: "button", title: keysOfCell(cell), onclick: () => toggleCell(view.page.state, cell.index),
    }, swatch(cell), ` ${cell.label}${rounds}`);
}

// For more cells than one would hide one by one.
function allAndNone(view) {
    const { state } = view.page;
    const hide = (cells) => state.set({ hidden: new Set(cells.map((cell) => cell.index)) });
    return view.cells.length < 4 ? null : make("p", { class: "curve-controls" },
        make("button", { type: "button", onclick: () => hide([]) }, "Show all cells"),
        make("button", { type: "button", onclick: () => hide(view.cells) }, "Hide all cells"));
}

function legendOf(view) {
    const { state } = view.page;
    const buttons = view.cells.map((cell) => legendButton(view, cell));
    const show = () => view.cells.forEach((cell, i) => {
        buttons[i].setAttribute("aria-pressed", String(!state.get("hidden").has(cell.index)));
        buttons[i].classList.toggle("lit", litRun(view)?.cell === cell.index);
    });
    state.watch(["hidden", "lit"], show);
    show();
    return make("ul", { class: "curve-legend", "aria-label": "Cells that are shown" },
        buttons.map((button) => make("li", {}, button)));
}

function choicesOf(options) {
    return options.map((option) => ({ value: option.id, text: titleWithUnit(option) }));
}

function controlsOfCurves(view, showNow) {
    const { page } = view;
    const split = make("input", { type: "checkbox", onchange: (event) => {
        view.isSplit = event.target.checked;
        showNow();
    } });
    return make("p", { class: "curve-controls" },
        chooser("Show", choicesOf(view.metrics), view.metric.id, (id) => {
            view.metric = view.metrics.find((metric) => metric.id === id);
            showNow();
        }),
        chooser("over", choicesOf(view.axes), view.axis.id, (axis) => page.state.set({ axis })),
        view.cells.some((cell) => cell.runs.length > 1)
            ? make("label", {}, split, " each round by itself") : null,
        make("button", { type: "button", onclick: () => view.drawing.showAll() }, "Whole range"));
}

// ---- the histogram of staleness ----

function histogramChart(view) {
    const cells = visibleCells(view)
        .map((cell) => ({ ...cell, runs: cell.runs.filter((run) => run.timed) }));
    const bins = stalenessBins(cells, view.metric.histogram ?? "staleness");
    const unit = view.metric.id === "staleness_mean" ? "versions" : "gradients";
    return {
        title: `${view.page.title}: staleness of the applied gradients`,
        label: "How stale the applied gradients were. The numbers are in the table below.",
        xLabel: `staleness in ${unit}`,
        yLabel: "applied gradients / %",
        fromZero: true,
        isLarge: view.page.state.get("large"),
        bins,
        series: cells.map((cell, i) => ({ label: cell.label, ...look(cell), low: null, high: null,
            isStepped: true, ...stepsOf(bins.cells[i], bins.width) })),
    };
}

function histogramRows({ bins, series }) {
    return series.flatMap(({ label }, i) => bins.cells[i].counts.map((count, bin) => [label,
        bin * bins.width, (bin + 1) * bins.width - 1, count, 100 * count / bins.cells[i].total]));
}

function histogramNote(view) {
    const timed = view.page.runs.filter((run) => run.timed).length;
    return timed === view.page.runs.length ? ""
        : `Of the ${timed} of ${view.page.runs.length} runs whose timelines are here.`;
}

function histogramPart(view) {
    const drawing = lineChart({ marker: () => NaN, read: () => {}, signal: view.page.signal });
    const part = { chart: null };
    const svg = () => lineChartSvg(part.chart);
    const frame = chartFrame({
        id: () => view.metric.histogram,
        title: () => `${view.metric.title}: how many gradients`,
        note: histogramNote(view),
        columns: ["cell", "from", "to", "gradients", "share / %"],
        rows: () => histogramRows(part.chart),
        svg, png: () => pngOfSvg(svg()),
    });
    frame.body.append(drawing.element);
    return {
        element: frame.element,
        show() {
            frame.element.hidden = view.metric.histogram === undefined
                || !view.page.runs.some((run) => run.timed);
            if (!frame.element.hidden) {
                part.chart = histogramChart(view);
                drawing.show(part.chart);
                frame.refresh();
            }
        },
    };
}

// ---- all of it ----

// Where the moment that is looked at lies on the axis; NaN: nowhere.
function markedPlace(view) {
    const { state, runs } = view.page;
    const run = runs[state.get("run")];
    const timeNs = state.get("timeNs");
    return run === undefined || !run.timed || !(timeNs > 0) ? NaN
        : positionAt(run.curves, view.axis, timeNs);
}

function viewOf(page) {
    const metrics = measuredMetrics(page.runs);
    const axes = axesOf(page.runs);
    return {
        page, metrics, axes,
        cells: cellsOfRuns(page.runs),
        metric: metrics[0],
        axis: axes.find((axis) => axis.id === page.state.get("axis")) ?? axes[0],
        isSplit: false,
        chart: null,
        drawing: null,
    };
}

function curvePart(view, note) {
    const reading = make("p", { class: "curve-reading", role: "status" }, readingOf(view, NaN));
    view.drawing = lineChart({
        marker: () => markedPlace(view),
        read: (place) => (reading.textContent = readingOf(view, place)),
        signal: view.page.signal,
    });
    const svg = () => lineChartSvg(view.chart);
    const frame = chartFrame({
        id: () => `${view.metric.id}-over-${view.axis.id}`,
        title: () => curveTitle(view),
        note,
        columns: () => curveColumns(view),
        rows: () => curveRows(view),
        svg, png: () => pngOfSvg(svg()),
    });
    frame.body.append(view.drawing.element, reading);
    return frame;
}

function buildCurves(page) {
    const view = viewOf(page);
    const note = make("span");
    const frame = curvePart(view, note);
    const histogram = histogramPart(view);
    const showNow = () => {
        view.axis = view.axes.find((axis) => axis.id === page.state.get("axis")) ?? view.axis;
        view.chart = curveChart(view);
        note.textContent = litNote(view) + roundsNote(view) + spansNote(view)
            + crowdedNote(view) + markerNote(view);
        view.drawing.show(view.chart);
        frame.refresh();
        histogram.show();
    };
    watchLitRun(page);
    page.state.watch(["axis", "hidden", "lit", "large"], showNow);
    page.state.watch(["timeNs", "run"], () => view.drawing.redraw());
    showNow();
    return make("div", {}, controlsOfCurves(view, showNow), allAndNone(view), legendOf(view),
        frame.element, histogram.element);
}

export const CURVES_SECTION = {
    id: "curves",
    title: "Curves",
    applies: (page) => measuredMetrics(page.runs).length > 0,
    build: buildCurves,
};
