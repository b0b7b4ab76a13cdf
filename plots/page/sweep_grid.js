// SPDX-License-Identifier: GPL-3.0-or-later
// The cells of a comparison as a grid over two of the keys that vary, the other keys held at one
// value each, or left open.
import { comparedKeys, meanHalfInterval, mayBeBest } from "./comparison.js";
import { orderedValues, shownValue } from "./key_values.js";

export const ANY_VALUE = null; // of a key that is left open

// The values of a key, in order.
export function valuesOfKey(comparison, key) {
    return orderedValues(comparison.cells.map((cell) => cell.keys[key]));
}

// A cell to which a held key does not apply is there whatever the key is held at.
function isHeldAt(cell, key, value) {
    return value === ANY_VALUE || [value, "-"].includes(shownValue(cell.keys[key]));
}

function gridCells(comparison, held) {
    return comparison.cells.filter((cell) =>
        [...held].every(([key, value]) => isHeldAt(cell, key, value)));
}

// x and y: keys; y: null for a grid of one row. held: a Map from the other keys to a value or
// ANY_VALUE. {xs, ys, tiles: [row][column] of lists of cells}.
export function gridOf(comparison, { x, y, held }) {
    const cells = gridCells(comparison, held);
    const valueOf = (cell, key) => (key === null ? "" : shownValue(cell.keys[key]));
    const xs = orderedValues(cells.map((cell) => valueOf(cell, x)));
    const ys = orderedValues(cells.map((cell) => valueOf(cell, y)));
    const [column, row] = [xs, ys].map((values) => new Map(values.map((value, i) => [value, i])));
    const tiles = ys.map(() => xs.map(() => []));
    for (const cell of cells) {
        tiles[row.get(valueOf(cell, y))][column.get(valueOf(cell, x))].push(cell);
    }
    return { xs, ys, tiles };
}

// Keys that are held: the others than x and y. Each is left open as long as no tile has two cells,
// and else held at the value that most cells have.
export function heldKeys(comparison, x, y) {
    const others = comparedKeys(comparison).filter((key) => key !== x && key !== y);
    const held = new Map(others.map((key) => [key, ANY_VALUE]));
    const isCrowded = () => gridOf(comparison, { x, y, held }).tiles.flat().some((cells) => cells.length > 1);
    for (const key of others) {
        if (isCrowded()) {
            const cells = gridCells(comparison, held);
            const share = (value) => cells.filter((cell) => isHeldAt(cell, key, value)).length;
            const values = valuesOfKey(comparison, key);
            held.set(key, values.reduce((best, value) => (share(value) > share(best) ? value : best)));
        }
    }
    return held;
}

// What a tile shows: {count, mean, half (of its interval, NaN: none), isBest, verdict, cell}; mean is
// NaN where there is no cell, more than one, or no number.
export function tileOf(comparison, metric, cells) {
    if (cells.length !== 1) {
        return { count: cells.length, mean: NaN, half: NaN, isBest: false, verdict: "", cell: null };
    }
    const numbers = cells[0][metric];
    return {
        count: 1,
        mean: numbers.mean ?? NaN,
        half: meanHalfInterval(comparison, numbers),
        isBest: mayBeBest(numbers),
        verdict: numbers.which_is_best,
        cell: cells[0],
    };
}
