// SPDX-License-Identifier: GPL-3.0-or-later
// What the curves can show: which column of a run's curves, over which other one.

// low, high: columns of what a value is the mean of. scale: of what is told in per cent.
// whole: a count since the beginning, which belongs to the end of its span; else to its middle.
export const CURVE_METRICS = [
    { id: "test_accuracy", title: "Test accuracy", unit: "%", scale: 100, table: "evaluations" },
    { id: "test_loss", title: "Test loss", table: "evaluations" },
    { id: "train_accuracy", title: "Training accuracy", unit: "%", scale: 100,
        table: "evaluations" },
    { id: "train_loss", title: "Training loss", table: "evaluations" },
    { id: "threshold_mean", title: "Threshold K", table: "spans", fromZero: true },
    { id: "staleness_mean", title: "Staleness in versions", table: "spans", fromZero: true,
        low: "staleness_least", high: "staleness_most", histogram: "staleness" },
    { id: "staleness_gradients_mean", title: "Staleness in gradients", table: "spans",
        fromZero: true, low: "staleness_gradients_least", high: "staleness_gradients_most",
        histogram: "staleness_gradients" },
    { id: "step_mean", title: "Effective step", table: "spans", fromZero: true },
    { id: "busy_share", title: "Workers' time in computing", unit: "%", scale: 100, table: "spans",
        fromZero: true },
    { id: "idle_share", title: "Workers' time idle", unit: "%", scale: 100, table: "spans",
        fromZero: true },
    { id: "waiting_share", title: "Workers' time in waiting", unit: "%", scale: 100,
        table: "spans", fromZero: true },
    { id: "communicating_share", title: "Workers' time in communicating", unit: "%", scale: 100,
        table: "spans", fromZero: true },
    { id: "server_load", title: "Load of the server", unit: "%", scale: 100, table: "spans",
        fromZero: true },
    { id: "bytes", title: "Bytes sent", unit: "B", table: "spans", fromZero: true, whole: true },
    { id: "updates", title: "Updates", table: "spans", fromZero: true, whole: true },
    { id: "gradients", title: "Gradients applied", table: "spans", fromZero: true, whole: true },
];

export const CURVE_AXES = [
    { id: "time", title: "cluster time", unit: "s" },
    { id: "updates", title: "updates" },
    { id: "gradients", title: "gradients applied" },
    { id: "samples", title: "training samples" },
    { id: "bytes", title: "bytes sent", unit: "B" },
];

export function titleWithUnit({ title, unit }) {
    return unit === undefined ? title : `${title} / ${unit}`;
}

// The column in which an axis is counted, in its unit.
function positions(table, axis) {
    if (axis.id !== "time") {
        return table.get(axis.id);
    }
    return table.get(table.has("time_ns") ? "time_ns" : "ended_ns").map((ns) => ns / 1e9);
}

function middles(ends) {
    return ends.map((end, i) => ((i === 0 ? 0 : ends[i - 1]) + end) / 2);
}

// The points of one run: {x, y, low, high}, low and high null where the metric has no range.
export function curvePoints(curves, metric, axis) {
    const table = curves[metric.table];
    const ends = positions(table, axis);
    const scaled = (column) => table.get(column).map((value) => value * (metric.scale ?? 1));
    return {
        x: metric.table === "spans" && !metric.whole ? middles(ends) : ends,
        y: scaled(metric.id),
        low: metric.low === undefined ? null : scaled(metric.low),
        high: metric.high === undefined ? null : scaled(metric.high),
    };
}

function hasNumbers(values) {
    return values.some((value) => Number.isFinite(value));
}

// Those that some run has measured.
export function measuredMetrics(runs) {
    return CURVE_METRICS.filter((metric) => runs.some((run) =>
        hasNumbers(run.curves[metric.table].get(metric.id))));
}

// Those along which some run goes on.
export function axesOf(runs) {
    return CURVE_AXES.filter((axis) => axis.id === "time" || runs.some((run) =>
        run.curves.spans.get(axis.id).some((value) => value > 0)));
}

// Where a run was at a moment, by its spans: between two ends in proportion.
export function positionAt(curves, axis, timeNs) {
    const endsNs = curves.spans.get("ended_ns");
    const ends = positions(curves.spans, axis);
    const at = endsNs.findIndex((end) => end >= timeNs);
    if (at < 0) {
        return NaN;
    }
    const [beganNs, began] = at === 0 ? [0, 0] : [endsNs[at - 1], ends[at - 1]];
    return began + (ends[at] - began) * (timeNs - beganNs) / (endsNs[at] - beganNs);
}
