// SPDX-License-Identifier: GPL-3.0-or-later
// The gradient that is followed, beside the timeline: what became of it in words, ways to what it
// hangs together with, and its row of /gradients.
import { make, makeTable, refill } from "./dom.js";
import { fateOf, gradientAt, gradientTable, joiningOf } from "./gradient_words.js";
import { gradientRows } from "./gradient_rows.js";
import { linksOf } from "./links.js";
import { goTo, logOfTimeline } from "./moment.js";

// A form that follows a gradient by its name, for who has no pointer.
function followForm(page) {
    const number = (max) =>
        make("input", { type: "number", min: "0", max: String(max), value: "0", required: true });
    const log = logOfTimeline(page);
    const worker = number(log.workers - 1);
    const gradient = number(log.tables.gradients.count);
    const answer = make("span", { role: "status" });
    const follow = (event) => {
        event.preventDefault();
        const row = gradientRows(log).find(Number(worker.value), Number(gradient.value));
        answer.textContent = row < 0 ? "The run has no such gradient." : "";
        if (row >= 0) {
            followRow(page, row);
        }
    };
    return make("form", { class: "follow", onsubmit: follow },
        make("label", {}, "Worker ", worker), make("label", {}, "Gradient ", gradient),
        make("button", { type: "submit" }, "Follow"), answer);
}

function followRow(page, row) {
    goTo(page, logOfTimeline(page).tables.gradients.column("dispatched_ns")[row], { row });
}

function wayButton(text, go) {
    return make("button",
        { type: "button", disabled: go === null, onclick: go ?? (() => {}) }, text);
}

// The ways from a gradient: null where there is nothing.
function waysOf(page, log, row, gradient) {
    const read = linksOf(log, row).find((link) => link.what === "read");
    const { before, after } = gradientRows(log);
    const to = (timeNs) => (timeNs >= 0 ? () => goTo(page, timeNs) : null);
    const follow = (other) => (other >= 0 ? () => followRow(page, other) : null);
    return [
        ["Its read", read === undefined ? null : to(read.fromNs)],
        ["Its start", to(gradient.dispatched_ns)],
        ["Its push", to(gradient.ready_ns)],
        ["Its update", to(gradient.applied_ns)],
        ["Previous of this worker", follow(before[row])],
        ["Next of this worker", follow(after[row])],
        ["Stop following", () => page.state.set({ row: -1 })],
    ];
}

// Each button shows where its way leads now.
function wayBar(page) {
    const bar = make("p", { class: "ways" });
    return { bar, show: (ways) => refill(bar, ...ways.map(([text, go]) => wayButton(text, go))) };
}

function noGradient(page) {
    const log = logOfTimeline(page);
    return log === null || log.tables.gradients.count === 0
        ? [make("p", {}, "The page has no gradients of this run.")]
        : [make("p", {},
            "None is followed. Choose one in the timeline, in the events, or by name:"),
            followForm(page)];
}

function ofGradient(page, log, row, gradient) {
    const sentences = [fateOf(log, gradient), ...joiningOf(log, row, gradient)];
    const name = `Gradient ${gradient.number} of worker ${gradient.worker}`;
    return {
        name,
        words: make("ul", {}, sentences.map((text) => make("li", {}, text))),
        table: makeTable(`${name}: row ${row} of /gradients`,
            ["column", "value", "unit", "in seconds", "meaning"], gradientTable(log, row)),
    };
}

export function inspector(page) {
    const name = make("p", { class: "inspected", role: "status" });
    const words = make("div");
    const { bar, show: showWays } = wayBar(page);
    const table = make("div", { class: "inspected-table", tabindex: "0", role: "region",
        "aria-label": "All columns of the gradient" });
    const details = make("details", { open: true }, make("summary", {}, "All columns"), table);
    const show = () => {
        const log = logOfTimeline(page);
        const row = page.state.get("row");
        const isNone = log === null || row < 0 || row >= log.tables.gradients.count;
        bar.hidden = details.hidden = isNone;
        if (isNone) {
            name.textContent = "";
            words.replaceChildren(...noGradient(page));
            return;
        }
        const gradient = gradientAt(log, row);
        const parts = ofGradient(page, log, row, gradient);
        name.textContent = parts.name;
        words.replaceChildren(parts.words);
        table.replaceChildren(parts.table);
        showWays(waysOf(page, log, row, gradient));
    };
    page.state.watch(["row", "run"], show);
    show();
    return make("div", { class: "inspector", role: "group", "aria-label": "Gradient" },
        make("h3", {}, "Gradient"), name, words, bar, details);
}
