// SPDX-License-Identifier: GPL-3.0-or-later
// The window of the timelines: {fromNs, toNs}, whole nanoseconds within the run.

const LEAST_NS = 50;

// The nearest window to that one that lies within the run.
export function clampWindow(fromNs, toNs, endNs) {
    const whole = Math.max(endNs, 1);
    const spanNs = Math.min(whole, Math.max(Math.min(LEAST_NS, whole), Math.round(toNs - fromNs)));
    const startNs = Math.min(Math.max(0, Math.round(fromNs)), whole - spanNs);
    return { fromNs: startNs, toNs: startNs + spanNs };
}

// factor < 1 zooms in; the time at "share" of the window stays where it is.
export function zoomWindow(window, factor, share, endNs) {
    const spanNs = window.toNs - window.fromNs;
    const whole = Math.max(endNs, 1);
    const nextNs = Math.min(whole, Math.max(Math.min(LEAST_NS, whole), spanNs * factor));
    const atNs = window.fromNs + share * spanNs;
    return clampWindow(atNs - share * nextNs, atNs + (1 - share) * nextNs, endNs);
}

// byShare: of its own width; to the right if positive.
export function panWindow(window, byShare, endNs) {
    const byNs = byShare * (window.toNs - window.fromNs);
    return clampWindow(window.fromNs + byNs, window.toNs + byNs, endNs);
}

// The window itself if the time lies well within it; else one as wide with the time in its middle.
export function windowAround(window, timeNs, endNs) {
    const spanNs = window.toNs - window.fromNs;
    const edgeNs = spanNs / 50;
    return timeNs >= window.fromNs + edgeNs && timeNs <= window.toNs - edgeNs ? window
        : clampWindow(timeNs - spanNs / 2, timeNs + spanNs / 2, endNs);
}

const GRADIENTS_EACH = 10;
const GRADIENTS_MAX = 4000;

// The first one, as in the figures of "desgd figure": from the start of training on, until each
// worker has begun ten gradients or so; of many workers fewer.
export function firstWindow(log) {
    const dispatched = log.tables.gradients.get("dispatched_ns");
    const wanted = Math.min(GRADIENTS_EACH * log.workers, GRADIENTS_MAX);
    const fromNs = dispatched.length > 0 ? dispatched[0] : 0;
    const last = dispatched.findIndex((timeNs, i) => i >= wanted && timeNs > fromNs);
    return clampWindow(fromNs, last < 0 ? log.endNs : dispatched[last], log.endNs);
}
