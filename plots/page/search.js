// SPDX-License-Identifier: GPL-3.0-or-later
// Looking up in what is in order.

// Of the indices 0 to count - 1, the first so many are before something: how many?
export function countLeading(count, isBefore) {
    let low = 0;
    for (let high = count; low < high;) {
        const middle = Math.floor((low + high) / 2);
        if (isBefore(middle)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

// The first index whose value is not below the limit, of values that rise; from "first" to "end",
// which it is if there is none. It calls no function for a value, as the next one: lanes and curves
// look up millions of times.
export function firstFrom(values, limit, first = 0, end = values.length) {
    let low = first;
    for (let high = end; low < high;) {
        const middle = (low + high) >>> 1;
        if (values[middle] < limit) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

// The first index whose value is above the limit.
export function firstAfter(values, limit, first = 0, end = values.length) {
    let low = first;
    for (let high = end; low < high;) {
        const middle = (low + high) >>> 1;
        if (values[middle] <= limit) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}
