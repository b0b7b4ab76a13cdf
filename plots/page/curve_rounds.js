// SPDX-License-Identifier: GPL-3.0-or-later
// Rounds of a cell as one curve: their mean, and the range from the least to the greatest. Rounds are
// evaluated at the same times, but at different counts of updates, gradients, samples or bytes. So a
// point of the curve lies where the i-th points of the rounds lie on average, and there each round is
// read by linear interpolation between its neighbouring points. A round has no value before its first
// point, behind its last, or next to a gap.
import { firstAfter } from "./search.js";

// Whether all of them are the same number.
function areSame(values) {
    return values.every((value) => value === values[0]);
}

function meanOf(values) {
    return values.reduce((sum, value) => sum + value, 0) / values.length;
}

// Where the points of a curve lie; in rising order, whatever the ends of short rounds do to means.
function meanPositions(rounds) {
    const places = [];
    for (let i = 0; rounds.some(({ x }) => i < x.length); i++) {
        const there = rounds.filter(({ x }) => i < x.length).map(({ x }) => x[i]);
        const place = areSame(there) ? there[0] : meanOf(there);
        if (Number.isFinite(place) && !(place < places[places.length - 1])) {
            places.push(place);
        }
    }
    return places;
}

// The value of a round at a place; NaN: none.
export function valueAt(x, values, place) {
    const i = firstAfter(x, place) - 1;
    if (i < 0 || x[i] === place) {
        return i < 0 ? NaN : values[i];
    }
    return i + 1 === x.length ? NaN
        : values[i] + (values[i + 1] - values[i]) * (place - x[i]) / (x[i + 1] - x[i]);
}

function finiteOf(rounds, which, place) {
    return rounds.map((round) => valueAt(round.x, round[which] ?? round.y, place))
        .filter((value) => Number.isFinite(value));
}

// rounds: [{x, y, low, high}] of the runs of a cell (curvePoints). Returns {x, y, low, high, count}:
// count: of the rounds that a point is the mean of. low and high are null where a single round has no
// range of its own.
export function joinRounds(rounds) {
    const x = rounds.length === 1 ? Array.from(rounds[0].x) : meanPositions(rounds);
    const points = x.map((place, i) => (rounds.length === 1
        ? { y: [rounds[0].y[i]], low: [rounds[0].low?.[i]], high: [rounds[0].high?.[i]] }
        : { y: finiteOf(rounds, "y", place), low: finiteOf(rounds, "low", place),
            high: finiteOf(rounds, "high", place) }));
    const hasRange = rounds.length > 1 || rounds[0].low !== null;
    const extreme = (values, choose) => (values.length === 0 ? NaN : choose(...values));
    return {
        x,
        y: points.map(({ y }) => (areSame(y) ? y[0] ?? NaN : meanOf(y))),
        low: hasRange ? points.map(({ low }) => extreme(low, Math.min)) : null,
        high: hasRange ? points.map(({ high }) => extreme(high, Math.max)) : null,
        count: points.map(({ y }) => (Number.isFinite(y[0]) ? y.length : 0)),
    };
}
