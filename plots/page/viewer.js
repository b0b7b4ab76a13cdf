// SPDX-License-Identifier: GPL-3.0-or-later
// The page without data: logs are dropped into it.

export function startViewer(place, show) {
    show(place, { title: "Drop logs here", runs: [], comparison: null, notes: [], isViewer: true });
}
