// SPDX-License-Identifier: GPL-3.0-or-later
// Puts the page together. A section is {id, title, applies(page), build(page)}: build gives its
// element; the page has runs, state, comparison (or null), notes and isViewer.
import { make } from "./dom.js";
import { State } from "./state.js";

const SECTIONS = [];

function firstState(runs) {
    return new State({
        run: Math.max(0, runs.findIndex((run) => run.timed)),
        other: -1,
        fromNs: 0,
        toNs: 0,
        timeNs: 0,
        row: -1,
        workers: null,
        axis: "time",
        hidden: new Set(),
        large: false,
        collapsed: false,
    });
}

export function show(place, data) {
    const page = { ...data, state: firstState(data.runs) };
    const sections = SECTIONS.filter((section) => section.applies(page));
    place.replaceChildren(
        make("h1", {}, data.title),
        make("nav", { "aria-label": "Sections" }, sections.map((section) =>
            make("a", { href: `#${section.id}` }, section.title))),
        ...sections.map((section) => make("section", { id: section.id, "aria-label": section.title },
            make("h2", {}, section.title), section.build(page))));
}
