// SPDX-License-Identifier: GPL-3.0-or-later
// The section "Provenance": where a run comes from, whether its file is as desgd wrote it, and the
// commands that repeat and check it.
import { runText } from "./cells.js";
import { chooser } from "./chooser.js";
import { copyButton } from "./copy.js";
import { make, refill } from "./dom.js";
import { formatSeconds, formatShort, howMany } from "./format.js";
import { saveBlob } from "./save.js";

const FINGERPRINTS = ["timeline_fingerprint", "parameter_fingerprint", "data_hash"];
const NO_HASH = /^0+$/;
const FINGERPRINT_NAMES = {
    timeline_fingerprint: "timeline fingerprint",
    parameter_fingerprint: "parameter fingerprint",
    data_hash: "hash of the data",
};

// A word as a shell takes it, whatever is in it; a file's name that begins with "-" is no option.
export function shellWord(text) {
    const word = text.startsWith("-") ? `./${text}` : text;
    return /^[\w./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

// {what, text} of each command that repeats or checks the run whose log is the file "name".
export function commandsOf(name) {
    const file = shellWord(name);
    return [
        { what: "repeats the run from its file alone, and compares every event and bit",
            text: `desgd replay ${file}` },
        { what: "checks that nobody changed the file, that its times are those of its scenario, and its " +
            "data, and repeats the run",
            text: `desgd verify ${file}` },
        { what: "runs the scenario anew",
            text: `desgd info --scenario ${file} >scenario.yaml && desgd run scenario.yaml -o again.h5` },
    ];
}

// altered: as the reader of the log found it; undefined: nobody looked.
export function sealText(altered) {
    if (altered === undefined) {
        return "the page does not check this: desgd verify does";
    }
    return altered ? "changed since desgd wrote it, by another program" : "whole: as desgd wrote it";
}

function factTable(caption, entries) {
    return make("table", { class: "facts" },
        make("caption", {}, caption),
        make("tbody", {}, entries.map(([name, value]) =>
            make("tr", {}, make("th", { scope: "row" }, name), make("td", {}, String(value))))));
}

function fingerprintEntries(log) {
    return FINGERPRINTS.filter((name) => log.attributes[name] !== undefined).map((name) =>
        [FINGERPRINT_NAMES[name], NO_HASH.test(log.attributes[name])
            ? (name === "data_hash" ? "none: no data" : "none: timing only") : log.attributes[name]]);
}

function runEntries(run) {
    const { log } = run;
    const made = log.provenance;
    return [
        ["file", run.name],
        ["the file is", sealText(run.altered)],
        ["status", `${log.attributes.status} at ${formatSeconds(log.endNs)} of cluster time`],
        ["policy", log.policy],
        ["workers", log.workers],
        ["seed", log.attributes.seed],
        ...fingerprintEntries(log),
        ["made by", `desgd ${made.program_version} (${made.commit}) on ${made.date}`],
        ["on", `${made.cpu}, ${howMany(made.threads, "thread")}` +
            (made.isa ? `, kernels for ${made.isa}` : "")],
        ["wall time", `${formatShort(made.wall_seconds, 4)} s`],
    ];
}

function commandList(name) {
    return make("dl", { class: "commands" }, commandsOf(name).flatMap(({ what, text }) => [
        make("dt", {}, what),
        make("dd", {}, make("code", {}, text), " ", copyButton(`the command that ${what}`, text)),
    ]));
}

function scenarioOf(log) {
    const save = () => saveBlob("scenario.yaml", new Blob([log.scenario], { type: "application/yaml" }));
    return make("details", { open: true },
        make("summary", {}, "Scenario, in its canonical form"),
        make("p", { class: "chart-buttons" }, copyButton("the scenario", log.scenario), " ",
            make("button", { type: "button", onclick: save }, "Save as scenario.yaml")),
        make("pre", { class: "scenario", tabindex: "0", role: "region", "aria-label": "Scenario" },
            log.scenario));
}

function contentOf(run) {
    return [
        factTable("The run", runEntries(run)),
        make("h3", {}, "Commands"),
        commandList(run.name),
        scenarioOf(run.log),
        make("details", {},
            make("summary", {}, "All attributes of the file"),
            factTable("Attributes", Object.entries(run.log.attributes)),
            factTable("Attributes of /provenance", Object.entries(run.log.provenance))),
    ];
}

// The run of the timeline, until another one is chosen here.
function buildProvenance(page) {
    const place = make("div", {});
    const head = make("p", {});
    const show = (index) => {
        const entries = page.runs.map((run, i) => ({ value: i, text: runText(run) }));
        refill(head, chooser("Run", entries, index, show));
        place.replaceChildren(...contentOf(page.runs[index]));
    };
    page.state.watch(["run"], () => show(page.state.get("run")));
    show(Math.max(0, page.state.get("run")));
    return make("div", {}, head, place);
}

export const PROVENANCE = {
    id: "provenance",
    title: "Provenance",
    applies: (page) => page.runs.length > 0,
    build: buildProvenance,
};
