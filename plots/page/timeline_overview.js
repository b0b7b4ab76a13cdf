// SPDX-License-Identifier: GPL-3.0-or-later
// The strip above a timeline: the whole run, what share of the workers does what, and the window in
// it, which can be dragged.
import { laneColour } from "./colours.js";
import { make } from "./dom.js";
import { timesOf } from "./lane_index.js";
import { clockEndNs, laneIndexOf, timedRun, windowOf } from "./timeline_data.js";
import { formatSeconds } from "./format.js";
import { kindsShown, timelineTheme } from "./timeline_theme.js";
import { clampWindow } from "./timeline_window.js";

const STRIP_HEIGHT = 34;

// The shares of all workers' time in each column, as a picture of stacked bars: made once for a
// run, a width and a choice of workers.
function paintShares(context, index, workers, columns, theme) {
    const kindCount = index.lanes.kindNames.length;
    const times = new Float64Array(columns * kindCount);
    const tracks = index.workers.filter((track) => workers === null || workers.has(track.lane));
    tracks.forEach((track) => timesOf(track, 0, Math.max(index.endNs, 1), columns, times));
    const whole = (tracks.length * index.endNs) / columns;
    context.fillStyle = theme.paper;
    context.fillRect(0, 0, columns, STRIP_HEIGHT);
    const bottoms = new Float64Array(columns).fill(STRIP_HEIGHT);
    for (const name of kindsShown(index)) {
        const kind = index.lanes.kindNames.indexOf(name);
        context.fillStyle = laneColour(name, theme.isDark);
        for (let x = 0; x < columns; x++) {
            const height = (times[x * kindCount + kind] / whole) * STRIP_HEIGHT;
            if (height > 0) {
                bottoms[x] -= height;
                context.fillRect(x, bottoms[x], 1, height);
            }
        }
    }
}

function paintWindow(strip, scale, theme) {
    const { context, canvas } = strip;
    const { fromNs, toNs } = windowOf(strip.page.state);
    const [left, right] = [fromNs * scale, Math.max(toNs * scale, fromNs * scale + 2)];
    context.globalAlpha = 0.6;
    context.fillStyle = theme.paper;
    context.fillRect(0, 0, left, STRIP_HEIGHT);
    context.fillRect(right, 0, canvas.width - right, STRIP_HEIGHT);
    context.globalAlpha = 1;
    context.strokeStyle = theme.accent;
    context.lineWidth = 2;
    context.strokeRect(Math.max(1, left), 1, Math.min(canvas.width - 1, right) - Math.max(1, left),
        STRIP_HEIGHT - 2);
    const x = strip.page.state.get("timeNs") * scale;
    context.fillStyle = theme.ink;
    context.fillRect(x - 0.5, 0, 1, STRIP_HEIGHT);
}

function drawStrip(strip, width) {
    const run = timedRun(strip.page, strip.runKey);
    if (run === null || width < 1) {
        return;
    }
    const { state } = strip.page;
    const endNs = clockEndNs(strip.page, strip.runKeys);
    const columns = Math.max(1, Math.round((width * run.log.endNs) / endNs));
    const theme = timelineTheme(false, false);
    const drawn = [run.log, width, state.get("workers"), theme.isDark];
    if (drawn.some((value, i) => value !== strip.drawn[i])) {
        strip.drawn = drawn;
        [strip.shares.width, strip.shares.height] = [columns, STRIP_HEIGHT];
        paintShares(strip.shares.getContext("2d"), laneIndexOf(run.log), state.get("workers"),
            columns, theme);
        [strip.canvas.width, strip.canvas.height] = [width, STRIP_HEIGHT];
    }
    strip.context.fillStyle = theme.paper;
    strip.context.fillRect(0, 0, width, STRIP_HEIGHT);
    strip.context.drawImage(strip.shares, 0, 0);
    paintWindow(strip, width / endNs, theme);
    const { fromNs, toNs } = windowOf(state);
    strip.canvas.setAttribute("aria-label", `The whole run, ${formatSeconds(run.log.endNs)}; ` +
        `the window is from ${formatSeconds(fromNs)} to ${formatSeconds(toNs)}`);
}

// Drags the window; a press beside it brings it there first.
function dragStrip(strip) {
    const { state } = strip.page;
    let grippedNs = null; // from the window's beginning
    const timeAt = (event) => (event.offsetX / strip.canvas.clientWidth) *
        clockEndNs(strip.page, strip.runKeys);
    const move = (event) => {
        const { fromNs, toNs } = windowOf(state);
        const startNs = timeAt(event) - grippedNs;
        state.set(clampWindow(startNs, startNs + toNs - fromNs,
            clockEndNs(strip.page, strip.runKeys)));
    };
    strip.canvas.addEventListener("pointerdown", (event) => {
        const { fromNs, toNs } = windowOf(state);
        const timeNs = timeAt(event);
        grippedNs = timeNs >= fromNs && timeNs <= toNs ? timeNs - fromNs : (toNs - fromNs) / 2;
        strip.canvas.setPointerCapture(event.pointerId);
        move(event);
    });
    strip.canvas.addEventListener("pointermove", (event) => grippedNs !== null && move(event));
    ["pointerup", "pointercancel"].forEach((name) =>
        strip.canvas.addEventListener(name, () => {
            grippedNs = null;
        }));
}

// Returns {element, draw}: draw(width) when anything changed.
export function timelineOverview(page, runKey, runKeys) {
    const canvas = make("canvas", { class: "timeline-strip", role: "img" });
    const strip = { page, runKey, runKeys, canvas, context: canvas.getContext("2d"),
        shares: make("canvas"), drawn: [] };
    dragStrip(strip);
    return { element: canvas, draw: (width) => drawStrip(strip, width) };
}
