// SPDX-License-Identifier: GPL-3.0-or-later
// Incidents in words: when they begin and when they end, between the events of a run
// (sim/report/tell_incident.c).
import { formatShort } from "./format.js";
import { INCIDENT_KINDS } from "./log.js";
import { tellChanges, tellEvaluations } from "./tell_details.js";
import { missingMarks, tellCountedOut, tellHeardOf } from "./tell_missing.js";
import { LINE_KIND, say } from "./teller.js";

// How an incident begins and ends.
const INCIDENT_WORDS = {
    slowdown: ["takes", "no longer takes"],
    pause: ["falls silent: it is paused", "wakes"],
    disconnect: ["falls silent: it is disconnected", "is connected again"],
    server_pause: ["pauses", "goes on"],
    link: ["has another link", "has its link as it was"],
};

// At one instant ends come first, and who is counted in and out last.
function compareMarks(a, b) {
    return a.timeNs - b.timeNs || a.countsOut - b.countsOut || a.countsIn - b.countsIn ||
        b.ends - a.ends || a.row - b.row;
}

// The beginnings and ends of the incidents of a log in the order in which they are told. One that
// ends as it begins is nothing to tell of, and crashes have events of their own.
export function incidentMarks(teller) {
    const { incidents, log } = teller;
    const marks = missingMarks(teller);
    for (let row = 0; row < incidents.count; row++) {
        const beganNs = incidents.began_ns[row];
        const endedNs = incidents.ended_ns[row];
        if (beganNs === endedNs || !Object.hasOwn(INCIDENT_WORDS, INCIDENT_KINDS[incidents.kind[row]])) {
            continue;
        }
        marks.push({ timeNs: beganNs, row, ends: false, countsOut: false, countsIn: false });
        if (endedNs >= 0 && endedNs <= log.endNs) {
            marks.push({ timeNs: endedNs, row, ends: true, countsOut: false, countsIn: false });
        }
    }
    return marks.sort(compareMarks);
}

// ": 0.5 times the bandwidth, 5 times the latency"
function linkWords(incidents, row) {
    const parts = ["bandwidth", "latency", "loss"]
        .map((name) => [incidents[`${name}_factor`][row], name])
        .filter(([factor]) => factor !== 1)
        .map(([factor, name]) => `${formatShort(factor)} times the ${name}`);
    return parts.length === 0 ? "" : `: ${parts.join(", ")}`;
}

function markWords({ incidents }, { row, ends }) {
    const kind = INCIDENT_KINDS[incidents.kind[row]];
    const worker = incidents.worker[row];
    const words = `${worker < 0 ? "server" : `worker ${worker}`} ${INCIDENT_WORDS[kind][Number(ends)]}`;
    if (worker >= 0 && kind === "slowdown") {
        return `${words} ${formatShort(incidents.factor[row])} times as long to compute`;
    }
    return worker >= 0 && kind === "link" && !ends ? words + linkWords(incidents, row) : words;
}

function tellMark(teller, mark) {
    const worker = teller.incidents.worker[mark.row];
    if (mark.countsOut) {
        tellCountedOut(teller, mark.timeNs, worker);
    } else if (!mark.countsIn) {
        const kind = LINE_KIND[INCIDENT_KINDS[teller.incidents.kind[mark.row]]];
        say(teller, mark.timeNs, kind, worker, () => markWords(teller, mark));
    } else if (!teller.state.down[worker]) { // else the return from the crash says it itself
        tellHeardOf(teller, mark.timeNs, worker);
    }
}

// Those up to this time that are not told yet, each behind the changes up to its own time and the
// evaluations before it; what else happens at the same instant comes behind them, but for who is
// counted out: unless the roll has been called.
export function tellIncidents(teller, timeNs, rollCalled) {
    const { state, marks } = teller;
    for (; state.marksTold < marks.length; state.marksTold++) {
        const mark = marks[state.marksTold];
        const isDue = mark.timeNs < timeNs ||
            (mark.timeNs === timeNs && (!mark.countsOut || rollCalled));
        if (!isDue) {
            return;
        }
        tellChanges(teller, mark.timeNs);
        tellEvaluations(teller, mark.timeNs);
        tellMark(teller, mark);
    }
}
