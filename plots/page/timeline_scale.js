// SPDX-License-Identifier: GPL-3.0-or-later
// Times of the timeline: the scale of a window, and times as people type them.
import { parseTime } from "./format.js";
import { ticksOf } from "./ticks.js";

const UNITS = { s: 1e9, ms: 1e6, us: 1e3, ns: 1 };

// "10.161 s", "10.161", "250 ms" to whole ns; null: that is no time of a run.
export function typedTime(text) {
    const words = text.trim();
    const timeNs = parseTime(/^[\d.]+$/.test(words) ? `${words} s` : words);
    return timeNs >= 0 ? timeNs : null;
}

// Seconds with as many decimals as are needed, as a number that a scenario or an address may have:
// exact, as a quotient of doubles may not be.
export function plainSeconds(timeNs) {
    const seconds = Math.floor(timeNs / 1e9);
    const rest = String(timeNs - seconds * 1e9).padStart(9, "0").replace(/0+$/, "");
    return rest === "" ? String(seconds) : `${seconds}.${rest}`;
}

// A span in the largest unit in which it is at least 1: to the last nanosecond.
export function spanText(spanNs) {
    const [unit, sizeNs] = Object.entries(UNITS).find(([, size]) => spanNs >= size) ?? ["ns", 1];
    return `${spanNs / sizeNs} ${unit.replace("us", "µs")}`;
}

// The scale of a window, with about "count" marks: {base, ticks: [{timeNs, text}]}. base: the text
// of the time from which the marks count, if they would be too long otherwise; else "".
export function timeScale(fromNs, toNs, count) {
    const spanNs = toNs - fromNs;
    const unit = spanNs / count >= 1e5 ? "s"
        : spanNs / count >= 500 ? "ms" : spanNs / count >= 0.5 ? "us" : "ns";
    const sizeNs = UNITS[unit];
    // Beside a base, marks count in smaller units from the last whole one that is a thousand times
    // as large.
    const baseNs = unit === "s" ? 0 : Math.floor(fromNs / (1000 * sizeNs)) * 1000 * sizeNs;
    const ticks = ticksOf((fromNs - baseNs) / sizeNs, (toNs - baseNs) / sizeNs, count);
    return {
        base: baseNs > 0 ? `${plainSeconds(baseNs)} s` : "",
        ticks: ticks.map((tick) => ({
            timeNs: baseNs + tick * sizeNs,
            text: `${baseNs > 0 ? "+" : ""}${tick} ${unit.replace("us", "µs")}`,
        })),
    };
}
