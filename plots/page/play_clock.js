// SPDX-License-Identifier: GPL-3.0-or-later
// Plays a run: the moment moves on by itself, at so much cluster time a second. Nothing plays
// before one asks for it; who wants less motion gets four steps a second.
import { goTo, logOfTimeline } from "./moment.js";
import { clampWindow } from "./timeline_window.js";

const CALM_MS = 250; // between two steps

// Turns a page on, rather than moving at every step, when the moment leaves the window.
function pageOn(page, timeNs) {
    const [fromNs, toNs] = [page.state.get("fromNs"), page.state.get("toNs")];
    if (timeNs >= fromNs && timeNs <= toNs) {
        return {};
    }
    const startNs = timeNs - (toNs - fromNs) / 20;
    return clampWindow(startNs, startNs + toNs - fromNs, logOfTimeline(page).endNs);
}

function step(page, elapsedMs) {
    const { endNs } = logOfTimeline(page);
    const nextNs = page.state.get("timeNs") + Math.round(elapsedMs * 1e6 * page.state.get("speed"));
    const timeNs = Math.min(nextNs, endNs);
    page.state.set({ timeNs, ...pageOn(page, timeNs), isPlaying: timeNs < endNs });
}

// While state.isPlaying is true the moment moves; it ends with the run, and with the element.
export function runClock(page, element) {
    let isRunning = false;
    let lastMs = -1; // of the step before; -1: there was none
    const isCalm = matchMedia("(prefers-reduced-motion: reduce)");
    const tick = (nowMs) => {
        if (!page.state.get("isPlaying") || !element.isConnected || logOfTimeline(page) === null) {
            isRunning = false;
            return;
        }
        if (lastMs < 0) {
            lastMs = nowMs;
        } else if (!isCalm.matches || nowMs - lastMs >= CALM_MS) {
            // A page in the background stands still.
            step(page, Math.min(nowMs - lastMs, 2 * CALM_MS));
            lastMs = nowMs;
        }
        requestAnimationFrame(tick);
    };
    page.state.watch(["isPlaying"], () => {
        if (page.state.get("isPlaying") && !isRunning) {
            isRunning = true;
            lastMs = -1;
            requestAnimationFrame(tick);
        }
    });
}

export function playOrPause(page) {
    const { state } = page;
    if (!state.get("isPlaying") && state.get("timeNs") >= logOfTimeline(page).endNs) {
        goTo(page, 0);
    }
    state.set({ isPlaying: !state.get("isPlaying") });
}
