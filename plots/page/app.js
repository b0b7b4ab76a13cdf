// SPDX-License-Identifier: GPL-3.0-or-later
// Puts the page together. A section is {id, title, applies(page), build(page)}: build gives its
// element; the page has runs, state, comparison (or null), notes and isViewer.
import { COMPARE } from "./compare_view.js";
import { CURVES_SECTION } from "./curves_view.js";
import { make } from "./dom.js";
import { MOMENT } from "./moment_view.js";
import { PROVENANCE } from "./provenance.js";
import { State } from "./state.js";
import { SWEEP } from "./sweep_view.js";
import { TIMELINE_SECTION } from "./timeline_section.js";
import { TWO_RUNS } from "./two_runs.js";

const SECTIONS = [
    TIMELINE_SECTION, MOMENT, CURVES_SECTION, TWO_RUNS, COMPARE, SWEEP, PROVENANCE,
];

// Of two timelines both are shown; of more, the reader chooses.
function firstState(runs) {
    const timed = runs.map((run, i) => (run.timed ? i : -1)).filter((i) => i >= 0);
    return new State({
        run: timed[0] ?? 0,
        other: timed.length === 2 ? timed[1] : -1,
        fromNs: 0,
        toNs: 0,
        timeNs: 0,
        row: -1,
        workers: null,
        worker: null,
        axis: "time",
        hidden: new Set(),
        lit: -1,
        large: false,
        collapsed: false,
        pointedLine: -1,
        isPlaying: false,
        speed: 1,
    });
}

// A section that fails leaves the others there; what is wrong is an error on the console, too.
function buildSection(section, page) {
    try {
        return section.build(page);
    } catch (error) {
        console.error(error);
        return make("p", { role: "alert" }, `This cannot be shown: ${error.message}`);
    }
}

function noteList(notes) {
    return notes.length === 0 ? null : make("details", { class: "notes" },
        make("summary", {}, notes.length === 1 ? "A note" : `${notes.length} notes`),
        make("ul", {}, notes.map((note) => make("li", {}, note))));
}

// Letters for projectors, wherever there are letters.
function followLetters(state) {
    const follow = () => document.documentElement.classList.toggle("large", state.get("large"));
    state.watch(["large"], follow);
    follow();
}

// Of each place what ends the page in it: the viewer puts another there when files are dropped, and
// what listens to the window would keep the old logs in memory. A page has the signal.
const SHOWN = new WeakMap();

export function show(place, data) {
    SHOWN.get(place)?.abort();
    const shown = new AbortController();
    SHOWN.set(place, shown);
    const page = { ...data, state: firstState(data.runs), signal: shown.signal };
    const sections = SECTIONS.filter((section) => section.applies(page));
    followLetters(page.state);
    document.title = `${data.title} – desgd`;
    place.replaceChildren(...[
        make(data.isViewer ? "h2" : "h1", { class: "title" }, data.title),
        noteList(data.notes),
        make("nav", { "aria-label": "Sections" }, sections.map((section) =>
            make("a", { href: `#${section.id}` }, section.title))),
        ...sections.map((section) => make("section", { id: section.id, "aria-label": section.title },
            make("h2", {}, section.title), buildSection(section, page))),
    ].filter((part) => part !== null));
}
