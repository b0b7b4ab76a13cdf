// SPDX-License-Identifier: GPL-3.0-or-later
// The section "Timeline": the run that is looked at, its lanes, and how to move through them.
import { make } from "./dom.js";
import { formatSeconds } from "./format.js";
import { timedRun, windowOf } from "./timeline_data.js";
import { watchHash } from "./timeline_hash.js";
import { keysHelp } from "./timeline_keys.js";
import { goToTime, panBy, showWhole, zoomBy } from "./timeline_moves.js";
import { typedTime } from "./timeline_scale.js";
import { timelineView } from "./timeline_view.js";
import { clampWindow, firstWindow } from "./timeline_window.js";
import { parseWorkers, workersText } from "./worker_sets.js";

// A field whose text is taken at Enter, or when it is left. take(text) says whether it fits.
function field(label, size, wrong, take) {
    const input = make("input", { type: "text", size: String(size), autocomplete: "off",
        "aria-label": label });
    const problem = make("span", { class: "timeline-problem", role: "alert" });
    input.addEventListener("change", () => {
        const fits = take(input.value);
        input.setAttribute("aria-invalid", String(!fits));
        problem.textContent = fits ? "" : wrong;
    });
    return { input, element: make("label", {}, `${label} `, input, problem) };
}

function timeField(page, runKeys) {
    const { input, element } = field("Go to", 12, " a time is like 10.161 s or 250 ms", (text) => {
        const timeNs = typedTime(text);
        if (timeNs !== null) {
            goToTime(page, runKeys, timeNs);
        }
        return timeNs !== null;
    });
    page.state.watch(["timeNs"], () => {
        input.value = formatSeconds(page.state.get("timeNs"));
    });
    return element;
}

function workersField(page, runKeys) {
    const { state } = page;
    const { input, element } = field("Workers", 10, " workers are like 0..4, 7", (text) => {
        const run = timedRun(page, runKeys[0]);
        const workers = run === null ? undefined : parseWorkers(text, run.log.workers);
        if (workers !== undefined) {
            state.set({ workers });
        }
        return workers !== undefined;
    });
    input.setAttribute("placeholder", "all");
    state.watch(["workers"], () => {
        input.value = workersText(state.get("workers"));
    });
    return element;
}

function toggle(page, key, label) {
    const box = make("input", { type: "checkbox", onchange: () =>
        page.state.set({ [key]: box.checked }) });
    page.state.watch([key], () => {
        box.checked = page.state.get(key);
    });
    return make("label", {}, box, ` ${label}`);
}

// Buttons and fields that move the timelines of some keys of the state.
export function timelineControls(page, runKeys) {
    const button = (text, label, act) =>
        make("button", { type: "button", "aria-label": label, onclick: act }, text);
    return make("div", { class: "timeline-controls" },
        button("←", "Pan left", () => panBy(page, runKeys, -0.2)),
        button("→", "Pan right", () => panBy(page, runKeys, 0.2)),
        button("+", "Zoom in", () => zoomBy(page, runKeys, 1 / 1.5)),
        button("−", "Zoom out", () => zoomBy(page, runKeys, 1.5)),
        button("Whole run", "Whole run", () => showWhole(page, runKeys)),
        timeField(page, runKeys), workersField(page, runKeys),
        toggle(page, "collapsed", "collapse waiting"), toggle(page, "large", "large letters"));
}

function runChooser(page) {
    const { state } = page;
    const select = make("select", { "aria-label": "Run", onchange: () =>
        state.set({ run: Number(select.value), row: -1 }) },
    page.runs.map((run, i) => (run.timed
        ? make("option", { value: String(i) }, `${run.label}, round ${run.round}: ${run.name}`)
        : null)));
    const follow = () => {
        select.value = String(state.get("run"));
    };
    follow();
    state.watch(["run"], follow);
    return page.runs.length < 2 ? null : make("label", {}, "Run ", select);
}

// Another run may be shorter, and have other workers.
function keepWithin(page) {
    const { state } = page;
    state.watch(["run"], () => {
        const log = timedRun(page, "run")?.log;
        if (log) {
            const { fromNs, toNs } = windowOf(state);
            const workers = [...(state.get("workers") ?? [])].filter((w) => w < log.workers);
            const worker = state.get("worker");
            state.set({
                ...clampWindow(fromNs, toNs, log.endNs),
                timeNs: Math.min(state.get("timeNs"), log.endNs),
                workers: workers.length > 0 ? new Set(workers) : null,
                worker: worker !== null && worker >= log.workers ? null : worker,
            });
        }
    });
}

function buildTimeline(page) {
    const first = firstWindow(timedRun(page, "run").log);
    page.state.set({ ...first, timeNs: first.fromNs });
    keepWithin(page);
    const element = make("div", { class: "timeline-section" },
        runChooser(page), timelineControls(page, ["run"]), timelineView(page), keysHelp());
    watchHash(page, element);
    return element;
}

export const TIMELINE_SECTION = {
    id: "timeline",
    title: "Timeline",
    applies: (page) => timedRun(page, "run") !== null,
    build: buildTimeline,
};
