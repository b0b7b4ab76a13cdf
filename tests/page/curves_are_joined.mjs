// SPDX-License-Identifier: GPL-3.0-or-later
// Usage: node curves_are_joined.mjs How rounds become one curve, where a curve's points lie, and the
// bins of staleness: by numbers that can be checked on paper.
import assert from "node:assert/strict";
import test from "node:test";
import { stalenessBins, stepsOf } from "../../plots/page/curve_histogram.js";
import { CURVE_AXES, CURVE_METRICS, axesOf, curvePoints, measuredMetrics, positionAt }
    from "../../plots/page/curve_metrics.js";
import { joinRounds, valueAt } from "../../plots/page/curve_rounds.js";
import { Log, Table } from "../../plots/page/log.js";

function round(x, y, low = null, high = null) {
    return { x, y, low, high };
}

function tableOf(name, columns) {
    const about = new Map(Object.keys(columns).map((column) => [column, {}]));
    const count = Object.values(columns)[0].length;
    return new Table(name, count, about, (column) => Float64Array.from(columns[column]));
}

const METRIC = Object.fromEntries(CURVE_METRICS.map((metric) => [metric.id, metric]));
const AXIS = Object.fromEntries(CURVE_AXES.map((axis) => [axis.id, axis]));

function spansWith(columns) {
    return { spans: tableOf("curves_spans",
        { began_ns: [0, 1e9, 2e9], ended_ns: [1e9, 2e9, 2.5e9], ...columns }) };
}

// If it failed, the mean of the demo's curves would not be that of its rounds at each evaluation.
test("rounds__at_the_same_times__are_mean_and_range", () => {
    const joined = joinRounds([round([0, 1, 2], [0.1, 0.2, NaN]), round([0, 1, 2], [0.3, 0.6, 0.5])]);
    assert.deepEqual(joined.x, [0, 1, 2]);
    assert.deepEqual(joined.y, [0.2, 0.4, 0.5]);
    assert.deepEqual(joined.low, [0.1, 0.2, 0.5]);
    assert.deepEqual(joined.high, [0.3, 0.6, 0.5]);
    assert.deepEqual(joined.count, [2, 2, 1]);
});

// If it failed, accuracies after different numbers of updates would be averaged as if they were not.
test("rounds__at_different_places__are_interpolated_at_the_mean_ones", () => {
    const joined = joinRounds([round([0, 10, 20], [0, 10, 20]), round([0, 20, 40], [100, 120, 140])]);
    assert.deepEqual(joined.x, [0, 15, 30]);
    assert.deepEqual(joined.y, [50, (15 + 115) / 2, 130]); // the first round ends at 20
    assert.deepEqual(joined.count, [2, 2, 1]);
});

test("rounds__one_that_ends_early__stops_counting", () => {
    const joined = joinRounds([round([0, 1], [1, 1]), round([0, 1, 2], [3, 3, 3])]);
    assert.deepEqual(joined.x, [0, 1, 2]);
    assert.deepEqual(joined.y, [2, 2, 3]);
});

test("rounds__places_that_would_fall__are_left_out", () => {
    const joined = joinRounds([round([0, 100], [1, 1]), round([0, 2, 4], [3, 3, 3])]);
    assert.deepEqual(joined.x, [0, 51]);
});

test("round__alone__keeps_its_points_and_its_range", () => {
    const joined = joinRounds([round([0, 0, 1], [1, 2, NaN], [0, 1, NaN], [2, 3, NaN])]);
    assert.deepEqual(joined, { x: [0, 0, 1], y: [1, 2, NaN], low: [0, 1, NaN], high: [2, 3, NaN],
        count: [1, 1, 0] });
    assert.equal(joinRounds([round([0], [1])]).low, null);
    assert.deepEqual(joinRounds([round([], [])]).x, []);
});

// The band of several rounds holds all gradients of all of them.
test("rounds__with_ranges_of_their_own__have_the_widest", () => {
    const joined = joinRounds([round([0], [5], [1], [9]), round([0], [6], [2], [20])]);
    assert.deepEqual([joined.y, joined.low, joined.high], [[5.5], [1], [20]]);
});

test("value__between_beside_and_at_points__is_on_the_line_or_none", () => {
    const [x, y] = [[0, 1, 3, 4], [0, 10, 30, NaN]];
    assert.equal(valueAt(x, y, 2), 20);
    assert.equal(valueAt(x, y, 3), 30);
    assert.ok([-1, 3.5, 5].every((place) => Number.isNaN(valueAt(x, y, place))));
    assert.ok(Number.isNaN(valueAt([], [], 0)));
});

// If it failed, the mean of a span would be drawn where the span ends, or shares as fractions.
test("points__of_spans__lie_in_the_middle_but_counts_at_the_end", () => {
    const curves = spansWith({ idle_share: [0.5, NaN, 0.25], bytes: [8, 8, 24], updates: [1, 3, 3] });
    assert.deepEqual(curvePoints(curves, METRIC.idle_share, AXIS.time),
        { x: Float64Array.of(0.5, 1.5, 2.25), y: Float64Array.of(50, NaN, 25), low: null, high: null });
    assert.deepEqual(curvePoints(curves, METRIC.idle_share, AXIS.updates).x,
        Float64Array.of(0.5, 2, 3));
    assert.deepEqual(curvePoints(curves, METRIC.bytes, AXIS.time).x, Float64Array.of(1, 2, 2.5));
});

test("points__of_evaluations__lie_at_them", () => {
    const curves = { evaluations: tableOf("curves_evaluations",
        { time_ns: [0, 5e8], test_accuracy: [0.1, 0.9], samples: [0, 64] }) };
    assert.deepEqual(curvePoints(curves, METRIC.test_accuracy, AXIS.samples),
        { x: Float64Array.of(0, 64), y: Float64Array.of(10, 90), low: null, high: null });
    assert.deepEqual(curvePoints(curves, METRIC.test_accuracy, AXIS.time).x, Float64Array.of(0, 0.5));
});

// The mark of the moment that the timeline shows.
test("position__of_a_moment__is_between_the_ends_of_its_span", () => {
    const curves = spansWith({ updates: [2, 6, 7] });
    assert.equal(positionAt(curves, AXIS.time, 1.5e9), 1.5);
    assert.equal(positionAt(curves, AXIS.updates, 0.5e9), 1);
    assert.equal(positionAt(curves, AXIS.updates, 1.5e9), 4);
    assert.ok(Number.isNaN(positionAt(curves, AXIS.updates, 3e9)));
});

// If it failed, the choosers would offer charts without a line.
test("metrics_and_axes__without_numbers__are_not_offered", () => {
    const none = [NaN, NaN, NaN];
    const columns = Object.fromEntries(CURVE_METRICS.filter(({ table }) => table === "spans")
        .flatMap(({ id, low, high }) => [id, low, high]).filter(Boolean).map((id) => [id, none]));
    const evaluations = new Table("curves_evaluations", 0, new Map(), () => []); // as in a report
    const run = { curves: { evaluations,
        ...spansWith({ ...columns, samples: none, idle_share: [0, 0.1, 0], updates: [0, 1, 1] }) } };
    assert.deepEqual(measuredMetrics([run]).map(({ id }) => id), ["idle_share", "updates"]);
    assert.deepEqual(axesOf([run]).map(({ id }) => id), ["time", "updates"]);
});

function runWith(staleness, outcome) {
    return { log: new Log({ attributes: {}, tables: {
        gradients: tableOf("gradients", { staleness, outcome }) } }) };
}

// If it failed, the histogram would count gradients that were never applied, or lose some.
test("bins__of_applied_gradients__hold_each_once", () => {
    const bins = stalenessBins([{ runs: [runWith([0, 2, 2, 119], [0, 0, 0, 0])] },
        { runs: [runWith([5, 7], [0, 1]), runWith([1], [0])] }, { runs: [runWith([], [])] }],
    "staleness");
    assert.equal(bins.width, 2);
    assert.deepEqual(bins.cells[1], { counts: [1, 0, 1], total: 2 });
    assert.equal(bins.cells[0].counts.length, 60);
    assert.deepEqual(bins.cells[0].counts.slice(0, 3), [1, 2, 0]);
    assert.deepEqual(bins.cells[2], { counts: [], total: 0 });
    assert.deepEqual(stepsOf(bins.cells[1], 2), { x: [-0.5, 1.5, 3.5, 5.5], y: [50, 0, 50, 0] });
    assert.deepEqual(stepsOf(bins.cells[2], 2), { x: [], y: [] });
});
