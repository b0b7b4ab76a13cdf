// SPDX-License-Identifier: GPL-3.0-or-later
// Times and numbers as the program writes them (sim/base/sim_time.c, and C's printf), and times as
// it reads them. Times are doubles of whole nanoseconds.

const NS_PER_SECOND = 1e9;
const DECIMALS_LEAST = 3;
export const DECIMALS_MOST = 9; // of a time
const TIME_UNITS = [["s", 1e9], ["ms", 1e6], ["us", 1e3], ["ns", 1]];
const UNITS_READ = {
    h: 3600e9, min: 60e9, s: 1e9, ms: 1e6, us: 1e3, "\u00b5s": 1e3, "\u03bcs": 1e3, ns: 1,
};
const LONGEST_NS = 4000000000000000000n;

// How many decimals a time in seconds has: as many as it needs, at least three.
export function secondsDecimals(timeNs) {
    let decimals = DECIMALS_LEAST;
    for (let rest = timeNs % 1e6; rest !== 0 && decimals < DECIMALS_MOST; decimals++) {
        rest = timeNs % 10 ** (DECIMALS_MOST - decimals - 1);
    }
    return decimals;
}

// "3.214": seconds without their unit.
export function secondsText(timeNs) {
    const magnitude = Math.abs(timeNs);
    const rest = magnitude % NS_PER_SECOND; // exact, as a quotient would not be
    const whole = (magnitude - rest) / NS_PER_SECOND;
    const decimals = String(rest).padStart(DECIMALS_MOST, "0").slice(0, secondsDecimals(timeNs));
    return `${timeNs < 0 ? "-" : ""}${whole}.${decimals}`;
}

// For people: "3.214 s", "3.2140005 s".
export function formatSeconds(timeNs) {
    return `${secondsText(timeNs)} s`;
}

// The shortest exact form: "220 ms", "1500 us", "0 s".
export function formatTime(spanNs) {
    const [name, ns] = TIME_UNITS.find(([, unitNs]) => spanNs % unitNs === 0);
    return `${spanNs / ns} ${name}`;
}

// "220 ms", "-0.5 s", "1.5 min" in whole nanoseconds; NaN: it is no time.
export function parseTime(text) {
    const match = text.match(/^([-+]?)(\d*)(?:\.(\d*))?(?:[eE]([-+]?\d{1,3}))? *([^\d\s.]+)$/);
    if (match === null || !Object.hasOwn(UNITS_READ, match[5])) {
        return NaN;
    }
    const [, sign, whole, fraction = "", exponent = "0", unit] = match;
    if (whole + fraction === "") {
        return NaN;
    }
    const power = Number(exponent) - fraction.length;
    const units = BigInt(whole + fraction) * BigInt(UNITS_READ[unit]);
    const divisor = 10n ** BigInt(Math.max(-power, 0));
    if (units % divisor !== 0n) {
        return NaN; // a fraction of a nanosecond
    }
    const ns = units / divisor * 10n ** BigInt(Math.max(power, 0));
    return ns > LONGEST_NS ? NaN : Number(sign === "-" ? -ns : ns);
}

// "1 gradient", "2 gradients".
export function howMany(count, noun) {
    return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

// C's "inf" and "nan"; null: the value is finite.
function unusual(value) {
    if (Number.isFinite(value)) {
        return null;
    }
    return Number.isNaN(value) ? "nan" : `${value < 0 ? "-" : ""}inf`;
}

// C's "%.4f": a value in the middle is rounded to the even digit, where toFixed rounds it up.
export function formatFixed(value, decimals) {
    const ENOUGH = 40; // a double that is not in the middle shows it within so many decimals
    if (!Number.isFinite(value)) {
        return unusual(value);
    }
    const sign = value < 0 || Object.is(value, -0) ? "-" : "";
    const magnitude = Math.abs(value);
    if (magnitude >= 1e21) {
        return `${sign}${BigInt(magnitude)}${decimals > 0 ? "." : ""}${"0".repeat(decimals)}`;
    }
    const exact = magnitude.toFixed(decimals + ENOUGH);
    const kept = exact.slice(0, exact.length - ENOUGH).replace(/\.$/, "");
    const isMiddle = /^50*$/.test(exact.slice(exact.length - ENOUGH));
    return sign + (isMiddle && "02468".includes(kept.at(-1)) ? kept : magnitude.toFixed(decimals));
}

// C's "%.15g", or with fewer digits.
export function formatShort(value, digits = 15) {
    if (!Number.isFinite(value)) {
        return unusual(value);
    }
    const [mantissa, power] = value.toExponential(digits - 1).split("e");
    const exponent = Number(power);
    if (value !== 0 && (exponent < -4 || exponent >= digits)) {
        const kept = mantissa.includes(".") ? mantissa.replace(/\.?0+$/, "") : mantissa;
        return `${kept}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
    }
    const text = value.toFixed(Math.max(0, digits - 1 - exponent));
    return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}
