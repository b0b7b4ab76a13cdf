// SPDX-License-Identifier: GPL-3.0-or-later
// Round numbers for a scale.

// From least to most, about "count" of them, 1, 2 or 5 times a power of ten apart. One where all
// numbers are equal; none where they are not finite.
export function ticksOf(least, most, count) {
    if (!(Number.isFinite(least) && Number.isFinite(most) && least <= most)) {
        return [];
    }
    if (least === most) {
        return [least];
    }
    const rough = (most - least) / count;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough * 0.9999);
    const ticks = [];
    for (let i = Math.ceil(least / step - 1e-9); i * step <= most + step * 1e-9; i++) {
        ticks.push(Number((i * step).toPrecision(12)));
    }
    return ticks;
}

// A number of a scale or of a reading, in few characters.
export function shortNumber(value) {
    if (!Number.isFinite(value)) {
        return "–";
    }
    const size = Math.abs(value);
    if (size >= 1e6 || (size > 0 && size < 1e-3)) {
        return value.toExponential(3).replace(/\.?0+e/, "e").replace("e+", "e");
    }
    return String(Number(value.toPrecision(size >= 1000 ? 6 : 4)));
}
