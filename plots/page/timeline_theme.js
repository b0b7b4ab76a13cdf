// SPDX-License-Identifier: GPL-3.0-or-later
// What a timeline looks like: the inks of page.css as a canvas needs them, the size of letters, and
// what is drawn thin; and its legend.
import { laneColour } from "./colours.js";
import { make, makeSvg } from "./dom.js";
import { inksNow, isDarkNow } from "./inks.js";

// What is left out when waiting is collapsed.
const IDLE = new Set(["waiting", "stalled", "down", "queued", "reducing"]);

export function timelineTheme(isLarge, isCollapsed) {
    return {
        ...inksNow(),
        isDark: isDarkNow(),
        fontSize: isLarge ? 20 : 12,
        thin: isCollapsed ? IDLE : new Set(),
    };
}

// In the order of sim/report/figure_timeline.c: what workers do comes first.
const LABELS = {
    computing: "computing",
    delayed: "delayed",
    sending: "on the way",
    resending: "lost and sent again",
    queued: "in line at the server",
    waiting: "waiting for others",
    stalled: "paused",
    down: "down",
    reducing: "averaging models",
    receiving: "server: receiving",
    updating: "server: updating",
    replying: "server: replying",
};

const LAST_LABEL = "the last gradient that an update waited for";

export function laneLabel(kind) {
    return LABELS[kind];
}

// Kinds of an index in the order of the legend, those that the run has.
export function kindsShown(index) {
    return Object.keys(LABELS).filter((name) => index.kindsThere.has(name));
}

// The legend as a picture that is saved has it.
export function legendOfPicture(index, theme, hasHoldUps) {
    const entries = kindsShown(index).map((kind) =>
        ({ label: LABELS[kind], colour: laneColour(kind, theme.isDark) }));
    const mark = { label: LAST_LABEL, colour: theme.ink, isMark: true };
    return hasHoldUps ? [...entries, mark] : entries;
}

function legendEntry(label, ...shapes) {
    return make("li", {},
        makeSvg("svg", { width: "14", height: "14", "aria-hidden": "true" }, ...shapes), label);
}

export function timelineLegend(index, hasHoldUps) {
    const dark = isDarkNow();
    const entries = kindsShown(index).map((kind) => legendEntry(LABELS[kind], makeSvg("rect",
        { width: "14", height: "14", fill: laneColour(kind, dark) })));
    const mark = legendEntry(LAST_LABEL,
        makeSvg("polygon", { points: "2,2 12,2 7,11", fill: "currentColor" }));
    return make("ul", { class: "timeline-legend", "aria-label": "Legend" },
        entries, hasHoldUps ? mark : null);
}
