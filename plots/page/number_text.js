// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers as desgd prints them in the tables of a comparison (sim/report/compare_put.c).
import { formatFixed, formatShort } from "./format.js";

function signed(text, sign) {
    return sign && !text.startsWith("-") ? `+${text}` : text;
}

// null: no number.
export function numberText(value, decimals, sign = false) {
    if (value === null || value === undefined || !Number.isFinite(value)) {
        return "-";
    }
    return signed(Math.abs(value) >= 1e6 ? formatShort(value, 4) : formatFixed(value, decimals), sign);
}

export function intervalText(low, high, decimals) {
    if (low === null || high === null || !Number.isFinite(low) || !Number.isFinite(high)) {
        return "-";
    }
    const isLarge = Math.abs(low) >= 1e6 || Math.abs(high) >= 1e6;
    const text = (value) => signed(isLarge ? formatShort(value, 4) : formatFixed(value, decimals), true);
    return `[${text(low)}, ${text(high)}]`;
}

// ".031", "<.001"; in parentheses where it could not be significant whatever the differences.
export function probabilityText(p, least = 0) {
    if (p === null || p === undefined) {
        return "-";
    }
    const text = p < 0.0005 ? "<.001" : formatFixed(p, 3).replace(/^0/, "");
    return least > 0.05 ? `(${text})` : text;
}
