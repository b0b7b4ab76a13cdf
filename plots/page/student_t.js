// SPDX-License-Identifier: GPL-3.0-or-later
// Student's t for whole degrees of freedom, as finite sums (Abramowitz and Stegun, Handbook of
// Mathematical Functions, 26.7.3 and 26.7.4).

// The probability that |t| is at most tan(angle) * sqrt(freedom).
function studentWithin(angle, freedom) {
    const cosine = Math.cos(angle);
    const isOdd = freedom % 2 === 1;
    let term = isOdd ? cosine : 1;
    let sum = freedom === 1 ? 0 : term;
    for (let i = isOdd ? 3 : 2; i < freedom; i += 2) {
        term *= cosine * cosine * (i - 1) / i;
        sum += term;
    }
    const part = Math.sin(angle) * sum;
    return isOdd ? 2 / Math.PI * (angle + part) : part;
}

// The t within whose two signs lies the share "level", 0 < level < 1. NaN: no degree of freedom.
export function studentQuantile(level, freedom) {
    if (!(freedom >= 1)) {
        return NaN;
    }
    let below = 0;
    let above = Math.PI / 2;
    for (let i = 0; i < 60; i++) { // each halves the error; a double has 53 bits
        const middle = (below + above) / 2;
        if (studentWithin(middle, freedom) < level) {
            below = middle;
        } else {
            above = middle;
        }
    }
    return Math.tan((below + above) / 2) * Math.sqrt(freedom);
}
