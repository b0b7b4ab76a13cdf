// SPDX-License-Identifier: GPL-3.0-or-later
// Sorts many rows by a column of numbers: a merge sort of typed arrays, which calls no function for
// two rows, since millions of rows would call it a hundred million times.

function isSorted(rows, keys) {
    for (let i = 1; i < rows.length; i++) {
        if (keys[rows[i - 1]] > keys[rows[i]]) {
            return false;
        }
    }
    return true;
}

// Two sorted stretches, of "from" up to middle and up to end, become one of "to".
function merge(from, to, keys, first, middle, end) {
    let left = first;
    let right = middle;
    for (let i = first; i < end; i++) {
        const takesLeft =
            left < middle && (right >= end || keys[from[left]] <= keys[from[right]]);
        to[i] = takesLeft ? from[left++] : from[right++];
    }
}

// rows: an Int32Array, which stays as it is. Returns it in order of keys[row]; equal ones keep
// theirs.
export function sortedBy(rows, keys) {
    let from = rows.slice();
    if (isSorted(from, keys)) {
        return from;
    }
    let to = new Int32Array(rows.length);
    for (let width = 1; width < rows.length; width *= 2) {
        for (let first = 0; first < rows.length; first += 2 * width) {
            const middle = Math.min(first + width, rows.length);
            merge(from, to, keys, first, middle, Math.min(first + 2 * width, rows.length));
        }
        [from, to] = [to, from];
    }
    return from;
}
