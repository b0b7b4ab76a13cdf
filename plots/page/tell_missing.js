// SPDX-License-Identifier: GPL-3.0-or-later
// Who is counted out, and in again. No row says so: it follows from the incidents, from
// policy.missing and from what arrives at the server (sim/report/tell_missing.c).
import { parseTime } from "./format.js";
import { INCIDENT } from "./log.js";
import { startUpNs } from "./log_traits.js";
import { pastValue } from "./past_changes.js";
import { LINE_KIND, say } from "./teller.js";

const SILENCES = [INCIDENT.pause, INCIDENT.disconnect, INCIDENT.crash];

function isSilence({ incidents, log }, row) {
    return SILENCES.includes(incidents.kind[row]) && incidents.worker[row] >= 0 &&
        incidents.worker[row] < log.workers;
}

function endOf(incidents, row) {
    return incidents.ended_ns[row] < 0 ? Infinity : incidents.ended_ns[row];
}

// patience(beganNs): how long a worker may be silent from that time on. Each phase of the scenario is
// read once.
function patienceReader({ changes, log }) {
    const spansNs = new Map();
    return (beganNs) => {
        const phase = changes.findIndex((change) => change.timeNs > beganNs);
        if (!spansNs.has(phase)) {
            const value = pastValue(changes, log.scenario, beganNs, "policy.missing");
            const spanNs = value === "goes_on" ? 0 : parseTime(value);
            spansNs.set(phase, spanNs >= 0 ? spanNs : Infinity);
        }
        return spansNs.get(phase);
    };
}

// The marks of a stretch of time in which a worker is silent; nobody is missed before startNs.
function marksOf(teller, startNs, patience, { beganNs, endedNs, row }) {
    const { endNs } = teller.log;
    const missedNs = Math.max(beganNs + patience(beganNs), startNs);
    if (missedNs >= endedNs || missedNs > endNs) {
        return [];
    }
    const marks = [{ timeNs: missedNs, row, ends: false, countsOut: true, countsIn: false }];
    if (teller.isLocal && endedNs <= endNs) {
        marks.push({ timeNs: endedNs, row, ends: false, countsOut: false, countsIn: true });
    }
    return marks;
}

// The moments at which a silence of a worker has lasted so long that it is counted out, where it is
// not so already, and, without a server, at which it is over and the worker is counted in, with the
// row of the incident in which the silence began.
export function missingMarks(teller) {
    const { incidents } = teller;
    const [startNs, patience] = [startUpNs(teller.log), patienceReader(teller)];
    const silences = new Map();
    const marks = [];
    const add = (silence) => marks.push(...marksOf(teller, startNs, patience, silence));
    for (let row = 0; row < incidents.count; row++) { // in the order of their beginnings
        if (!isSilence(teller, row)) {
            continue;
        }
        const worker = incidents.worker[row];
        const endedNs = endOf(incidents, row);
        const silence = silences.get(worker);
        if (silence !== undefined && incidents.began_ns[row] <= silence.endedNs) {
            silence.endedNs = Math.max(silence.endedNs, endedNs);
            continue;
        }
        if (silence !== undefined) {
            add(silence);
        }
        silences.set(worker, { beganNs: incidents.began_ns[row], endedNs, row });
    }
    silences.forEach(add);
    return marks;
}

// Whether the worker is silent: to be asked in the order of time.
function isSilent(teller, timeNs, worker) {
    const { state, incidents } = teller;
    for (; state.silencesSeen < incidents.count &&
           incidents.began_ns[state.silencesSeen] <= timeNs; state.silencesSeen++) {
        const row = state.silencesSeen;
        if (isSilence(teller, row)) {
            const who = incidents.worker[row];
            state.silentUntilNs[who] = Math.max(state.silentUntilNs[who], endOf(incidents, row));
        }
    }
    return state.silentUntilNs[worker] > timeNs;
}

// The worker is counted out, unless it is.
export function tellCountedOut(teller, timeNs, worker) {
    if (worker < teller.log.workers && !teller.state.countedOut[worker]) {
        teller.state.countedOut[worker] = 1;
        say(teller, timeNs, LINE_KIND.counted_out, worker,
            () => `worker ${worker} is counted out: nobody waits for it`);
    }
}

// A gradient of the worker has come in, or it is back from a crash, or its silence is over.
export function tellHeardOf(teller, timeNs, worker) {
    if (!teller.state.countedOut[worker] || isSilent(teller, timeNs, worker)) {
        return; // what comes in had set out before
    }
    teller.state.countedOut[worker] = 0;
    say(teller, timeNs, LINE_KIND.counted_in, worker,
        () => `worker ${worker} is heard of again, and counted in`);
}
