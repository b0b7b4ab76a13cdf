// SPDX-License-Identifier: GPL-3.0-or-later
// How stale the applied gradients were: of each cell what share of them fell into each bin, as in
// sim/report/figure_staleness.c.
import { OUTCOME } from "./log.js";

const BINS_MAX = 60;

function appliedValues(runs, column) {
    return runs.map(({ log }) => {
        const outcome = log.tables.gradients.get("outcome");
        return log.tables.gradients.get(column)
            .filter((value, i) => outcome[i] === OUTCOME.applied && value >= 0);
    });
}

function greatest(lists) {
    return lists.reduce((most, list) => list.reduce((a, b) => Math.max(a, b), most), 0);
}

// cells: [{runs}]; column: "staleness" or "staleness_gradients". Returns {width, cells: [{counts,
// total}]}: a bin holds "width" neighbouring values, from 0 on; the last bin of a cell is not empty.
export function stalenessBins(cells, column) {
    const lists = cells.map(({ runs }) => appliedValues(runs, column));
    const width = Math.floor(greatest(lists.flat()) / BINS_MAX) + 1;
    return {
        width,
        cells: lists.map((values) => {
            const total = values.reduce((sum, list) => sum + list.length, 0);
            const bins = total === 0 ? 0 : Math.floor(greatest(values) / width) + 1;
            const counts = new Array(bins).fill(0);
            values.forEach((list) => list.forEach((value) => counts[Math.floor(value / width)]++));
            return { counts, total };
        }),
    };
}

// The outline of a histogram: {x, y}: at x a step to y, in per cent, and from the last one on none.
export function stepsOf({ counts, total }, width) {
    const edges = counts.map((_, bin) => bin * width - 0.5);
    return counts.length === 0 ? { x: [], y: [] } : {
        x: [...edges, counts.length * width - 0.5],
        y: [...counts.map((count) => 100 * count / total), 0],
    };
}
