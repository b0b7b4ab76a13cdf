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

// How many of these values, which rise, are not above the limit.
export function countUpTo(values, limit) {
    return countLeading(values.length, (i) => values[i] <= limit);
}
