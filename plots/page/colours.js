// SPDX-License-Identifier: GPL-3.0-or-later
// The colours of the page, apart for colour-blind readers (Okabe and Ito), as in the figures of
// sim/report: of what lanes do, each for light and for dark paper, and of the cells of a
// comparison.

const LANE_COLOURS = {
    computing: ["#3b7fb6", "#5b9fd6"],
    delayed: ["#e69f00", "#e69f00"],
    queued: ["#c2407f", "#d9649b"],
    waiting: ["#d5d5d5", "#4b5058"],
    receiving: ["#4a4a4a", "#b9bec6"],
    updating: ["#009e73", "#00b383"],
    replying: ["#f0e442", "#f0e442"],
    resending: ["#7a5195", "#a983c4"],
    sending: ["#8fd3c1", "#8fd3c1"],
    stalled: ["#a6761d", "#b5852c"],
    down: ["#222222", "#f4f4f4"],
    reducing: ["#009e73", "#00b383"],
};

// kind: a word of LANE_KINDS.
export function laneColour(kind, dark) {
    return LANE_COLOURS[kind][dark ? 1 : 0];
}

const CELL_COLOURS = [
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7a5195", "#888888",
];
// More cells than colours: the next ones are dashed, in another manner each time.
const CELL_DASHES = [[], [8, 4], [2, 3], [8, 3, 2, 3], [14, 4], [5, 5]];

export function cellColour(index) {
    return CELL_COLOURS[index % CELL_COLOURS.length];
}

// Lengths of strokes and gaps, in pixels, for setLineDash or stroke-dasharray; []: a whole line.
export function cellDash(index) {
    return CELL_DASHES[Math.floor(index / CELL_COLOURS.length) % CELL_DASHES.length];
}

// Whether the page is dark now.
export function isDark() {
    return matchMedia("(prefers-color-scheme: dark)").matches;
}
