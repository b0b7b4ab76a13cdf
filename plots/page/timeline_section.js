// SPDX-License-Identifier: GPL-3.0-or-later
// The section "Timeline": the run that is looked at, its lanes, and how to move through them.
import { runText } from "./cells.js";
import { make } from "./dom.js";
import { timelineControls } from "./timeline_controls.js";
import { timedRun, windowOf } from "./timeline_data.js";
import { watchHash } from "./timeline_hash.js";
import { keysHelp } from "./timeline_keys.js";
import { timelineView } from "./timeline_view.js";
import { clampWindow, firstWindow } from "./timeline_window.js";

function runChooser(page) {
    const { state } = page;
    const select = make("select", { "aria-label": "Run", onchange: () =>
        state.set({ run: Number(select.value), row: -1 }) },
    page.runs.map((run, i) => (run.timed
        ? make("option", { value: String(i) }, runText(run))
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
    watchHash(page);
    return element;
}

export const TIMELINE_SECTION = {
    id: "timeline",
    title: "Timeline",
    applies: (page) => timedRun(page, "run") !== null,
    build: buildTimeline,
};
