// SPDX-License-Identifier: GPL-3.0-or-later
// The section "Two runs": the timelines of two runs, one above the other, with one clock; where the
// runs part; and the keys in which their scenarios differ.
import { runText } from "./cells.js";
import { make, makeTable } from "./dom.js";
import { formatSeconds } from "./format.js";
import { wordsOf } from "./log.js";
import { endingDifferences, runDifferences, scenarioDifferences } from "./run_diff.js";
import { timelineControls } from "./timeline_controls.js";
import { tellerOf } from "./timeline_data.js";
import { goToTime } from "./timeline_moves.js";
import { timelineView } from "./timeline_view.js";

const NONE = "(none)";
const LINES_MAX = 1000; // that are the same at the moment at which runs part
const ONE_CLOCK = ["run", "other"];
const PARTING_COLUMNS = ["table", "row", "time", "column", "first run", "second run"];

// ---- which runs ----

function pairChooser(page, key, label) {
    const others = key === "other" ? [make("option", { value: "-1" }, "choose one")] : [];
    const select = make("select", {
        onchange: () => page.state.set(
            { [key]: Number(select.value), ...(key === "run" ? { row: -1 } : {}) }),
    }, others, page.runs.map((run, i) => (run.timed
        ? make("option", { value: String(i) }, runText(run)) : null)));
    const show = () => { select.value = String(page.state.get(key)); };
    page.state.watch([key], show);
    show();
    return make("label", {}, `${label} `, select);
}

// ---- where they part ----

function valueWords(table, column, value) {
    if (value === undefined) {
        return NONE;
    }
    const words = wordsOf(table, column);
    return words === undefined ? String(value) : words[value] ?? String(value);
}

function goButton(page, timeNs) {
    return timeNs < 0 ? "–" : make("button",
        { type: "button", onclick: () => goToTime(page, ONE_CLOCK, timeNs) },
        formatSeconds(timeNs));
}

// A line of the table for each column in which the rows differ; one where a run has the row alone.
function differenceRows(page, one) {
    const head = (text) => [text, String(one.row), goButton(page, one.timeNs)];
    if (one.onlyIn >= 0) {
        const cells = one.rows.map((row, side) =>
            (row === null ? `no such row: ${one.counts[side]} rows` : `${one.counts[side]} rows`));
        return [[...head(one.table), "–", ...cells]];
    }
    return one.columns.map((column, i) => [
        ...(i === 0 ? head(one.table) : ["", "", ""]), column,
        ...one.rows.map((row) => valueWords(one.table, column, row[column])),
    ]);
}

function partingTable(page, differences, endings) {
    const ended = endings.map(({ what, values }) =>
        ["ending", "", "", what, ...values.map((value) => String(value ?? NONE))]);
    return make("table", {},
        make("caption", {}, "The first row of each table in which the runs differ"),
        make("thead", {}, make("tr", {}, PARTING_COLUMNS.map((text) =>
            make("th", { scope: "col" }, text)))),
        make("tbody", {}, [...differences.flatMap((one) => differenceRows(page, one)), ...ended]
            .map((cells) => make("tr", {}, cells.map((cell) => make("td", {}, cell))))));
}

function partingWords(differences) {
    const [first] = differences.filter((one) => one.timeNs >= 0)
        .sort((a, b) => a.timeNs - b.timeNs);
    return first === undefined ? "They differ in no row that has a time."
        : `They part at ${formatSeconds(first.timeNs)}: row ${first.row} of /${first.table} `
        + (first.onlyIn >= 0 ? "is in one of them only."
            : `differs in ${first.columns.join(", ")}.`);
}

// What tell says of each run from that time on, where they first say different things; null: they
// say nothing else.
function partingLines(logs, timeNs) {
    const tellers = logs.map((log) => tellerOf(log));
    const from = tellers.map((teller) => teller.firstAt(timeNs));
    for (let i = 0; i < LINES_MAX; i++) {
        const texts = tellers.map((teller, side) => (from[side] + i < teller.lineCount
            ? teller.lineAt(from[side] + i).text.trim() : NONE));
        if (texts[0] !== texts[1]) {
            return texts;
        }
    }
    return null;
}

function partingEvents(logs, differences) {
    const times = differences.map(({ timeNs }) => timeNs).filter((timeNs) => timeNs >= 0);
    const lines = times.length === 0 || !logs.every((log) => log.hasEvents) ? null
        : partingLines(logs, Math.min(...times));
    return lines === null ? null : make("ul", { "aria-label": "What happens then" },
        ["First run", "Second run"].map((name, side) =>
            make("li", {}, `${name}: `, make("code", {}, lines[side]))));
}

function partingOf(page, logs) {
    const differences = runDifferences(...logs);
    const endings = endingDifferences(...logs);
    if (differences.length === 0 && endings.length === 0) {
        return [make("p", {}, "The runs are the same in every row.")];
    }
    const isUnlike = logs[0].hasEvents !== logs[1].hasEvents;
    return [
        make("p", {}, partingWords(differences)),
        partingEvents(logs, differences),
        ...(isUnlike ? [make("p", {}, "One of the logs has no events: they are not compared.")]
            : []),
        make("div",
            { class: "wide", tabindex: "0", role: "region", "aria-label": "Where the runs part" },
            partingTable(page, differences, endings)),
    ].filter((part) => part !== null);
}

function scenariosOf(logs) {
    const keys = scenarioDifferences(...logs);
    return keys.length === 0 ? make("p", {}, "Their scenarios are the same.")
        : make("div", { class: "wide", tabindex: "0", role: "region", "aria-label": "Scenarios" },
            makeTable("Keys in which the scenarios differ", ["key", "first run", "second run"],
                keys.map(({ key, values }) => [key, ...values.map((value) => value ?? NONE)])));
}

// ---- the section ----

// The timeline of the run that a key of the state names, under that run's name.
function titledTimeline(page, key, label) {
    const title = make("h3");
    const show = () => {
        const run = page.runs[page.state.get(key)];
        title.textContent = run === undefined ? "" : `${label}: ${runText(run)}`;
    };
    page.state.watch([key], show);
    show();
    return make("div", {}, title,
        timelineView(page, { runKey: key, runKeys: ONE_CLOCK, title: label }));
}

function chosenLogs(page) {
    return ONE_CLOCK.map((key) => page.runs[page.state.get(key)])
        .map((run) => (run?.timed ? run.log : null));
}

function buildTwoRuns(page) {
    const place = make("div");
    const timelines = make("div", { hidden: true });
    const show = () => {
        const logs = chosenLogs(page);
        timelines.hidden = logs.includes(null);
        if (timelines.hidden) {
            place.replaceChildren(make("p", {}, "Choose a second run."));
            return;
        }
        if (timelines.children.length === 0) { // two canvases are made when they are wanted
            timelines.append(timelineControls(page, ONE_CLOCK),
                titledTimeline(page, "run", "First run"),
                titledTimeline(page, "other", "Second run"));
        }
        place.replaceChildren(...partingOf(page, logs), scenariosOf(logs));
    };
    page.state.watch(["run", "other"], show);
    show();
    return make("div", { class: "two-runs" },
        make("p", {}, pairChooser(page, "run", "First run"), " ",
            pairChooser(page, "other", "Second run")),
        timelines, place);
}

export const TWO_RUNS = {
    id: "two-runs",
    title: "Two runs",
    applies: (page) => page.runs.filter((run) => run.timed).length > 1,
    build: buildTwoRuns,
};
