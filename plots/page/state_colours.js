// SPDX-License-Identifier: GPL-3.0-or-later
// The colours of the states of pixels (lane_index.js): that of the kind that takes most of a pixel,
// paler the less of it anything takes.
import { laneColour } from "./colours.js";
import { LEVELS, stateOf } from "./lane_index.js";

const FAINTEST = 0.35;

function channelsOf(colour) {
    return [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16));
}

// kinds: the words of the kinds. theme: {paper, isDark}. Returns [red, green, blue] by state.
export function coloursOfStates(kinds, theme) {
    const paper = channelsOf(theme.paper);
    const colours = [paper];
    kinds.forEach((name, kind) => {
        const full = channelsOf(laneColour(name, theme.isDark));
        for (let level = 1; level <= LEVELS; level++) {
            const share = FAINTEST + (1 - FAINTEST) * (level / LEVELS);
            colours[stateOf(kind, level)] =
                full.map((value, i) => Math.round(paper[i] + (value - paper[i]) * share));
        }
    });
    return colours;
}
