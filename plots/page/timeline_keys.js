// SPDX-License-Identifier: GPL-3.0-or-later
// The keys of the timelines, and the line that lists them.
import { make } from "./dom.js";
import { playOrPause } from "./play_clock.js";
import { followGradient, goToEvent, goToTime, panBy, showWhole, zoomBy } from "./timeline_moves.js";
import { clockEndNs } from "./timeline_data.js";

const PAN = 0.2;
const ZOOM = 1.5;

// keys: as events name them; act(page, runKeys, rowAtHand).
const TIMELINE_KEYS = [
    { keys: ["ArrowLeft"], act: (page, runKeys) => panBy(page, runKeys, -PAN) },
    { keys: ["ArrowRight"], act: (page, runKeys) => panBy(page, runKeys, PAN) },
    { keys: ["+", "="], act: (page, runKeys) => zoomBy(page, runKeys, 1 / ZOOM) },
    { keys: ["-"], act: (page, runKeys) => zoomBy(page, runKeys, ZOOM) },
    { keys: ["0"], act: showWhole },
    { keys: ["Home"], act: (page, runKeys) => goToTime(page, runKeys, 0) },
    { keys: ["End"], act: (page, runKeys) => goToTime(page, runKeys, clockEndNs(page, runKeys)) },
    { keys: ["n"], act: (page, runKeys) => goToEvent(page, runKeys, 1) },
    { keys: ["p"], act: (page, runKeys) => goToEvent(page, runKeys, -1) },
    { keys: [" "], act: playOrPause },
    { keys: ["g"], act: followGradient },
    { keys: ["f"], act: ({ state }) => state.set({ large: !state.get("large") }) },
    { keys: ["w"], act: ({ state }) => state.set({ collapsed: !state.get("collapsed") }) },
];

const HELP = [
    ["← →", "pan"], ["+ −", "zoom"], ["0", "whole run"], ["Home End", "first, last moment"],
    ["n p", "next, previous event"], ["space", "play, pause"],
    ["g", "follow the gradient, then to its next station"],
    ["w", "collapse waiting to thin lines"], ["f", "large letters"],
];

function isTyping(event) {
    return event.target.matches("input, select, textarea, [contenteditable]");
}

// rowAtHand: () => the row of the gradient that keys mean, -1: none.
export function listenToKeys(element, page, runKeys, rowAtHand) {
    element.addEventListener("keydown", (event) => {
        const key = TIMELINE_KEYS.find(({ keys }) => keys.includes(event.key));
        const isOthers = isTyping(event) || event.ctrlKey || event.metaKey || event.altKey;
        if (key === undefined || isOthers) {
            return;
        }
        event.preventDefault();
        key.act(page, runKeys, rowAtHand());
    });
}

export function keysHelp() {
    return make("p", { class: "timeline-keys" }, "Keys, in the timeline: ",
        HELP.flatMap(([keys, text], i) =>
            [i > 0 ? " · " : "", make("kbd", {}, keys), ` ${text}`]),
        ". The wheel zooms with Ctrl, or once the timeline has the focus; drag to pan, " +
        "double-click to zoom in, click to follow a gradient.");
}
