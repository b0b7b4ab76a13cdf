// SPDX-License-Identifier: GPL-3.0-or-later
// Buttons and fields that move timelines, for those who do not use keys.
import { make } from "./dom.js";
import { formatSeconds } from "./format.js";
import { timedRun } from "./timeline_data.js";
import { goToTime, panBy, showWhole, zoomBy } from "./timeline_moves.js";
import { typedTime } from "./timeline_scale.js";
import { parseWorkers, workersText } from "./worker_sets.js";

// Calls show with the value of a key, now and whenever it changes.
function followValue({ state }, key, show) {
    show(state.get(key));
    state.watch([key], () => show(state.get(key)));
}

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
    followValue(page, "timeNs", (timeNs) => {
        input.value = formatSeconds(timeNs);
    });
    // Or what one types would be gone at the next step.
    input.addEventListener("focus", () => page.state.set({ isPlaying: false }));
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
    followValue(page, "workers", (workers) => {
        input.value = workersText(workers);
    });
    return element;
}

function toggle(page, key, label) {
    const box = make("input", { type: "checkbox", onchange: () =>
        page.state.set({ [key]: box.checked }) });
    followValue(page, key, (isOn) => {
        box.checked = isOn;
    });
    return make("label", {}, box, ` ${label}`);
}

// runKeys: of the state, whose runs share the clock.
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
