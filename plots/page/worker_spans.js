// SPDX-License-Identifier: GPL-3.0-or-later
// When something happened to each worker: its pauses, and when it was down (the second half of
// sim/report/server_pauses.c).
//
// Spans are {first, end, beganNs, endedNs}: those of worker w are first[w] to end[w] - 1, in order of
// time; Infinity: it lasts to the end of the run.
import { EVENT, INCIDENT } from "./log.js";
import { firstAfter } from "./search.js";

// The first span of the worker that ends later than that, or end[worker].
export function spanAfter(spans, worker, timeNs) {
    return firstAfter(spans.endedNs, timeNs, spans.first[worker], spans.end[worker]);
}

// One that meets the span before becomes a part of it.
function appendSpan(spans, worker, began, ended) {
    const last = spans.end[worker] - 1;
    if (last >= spans.first[worker] && spans.endedNs[last] >= began) {
        spans.endedNs[last] = Math.max(spans.endedNs[last], ended);
        return;
    }
    spans.beganNs[last + 1] = began;
    spans.endedNs[last + 1] = ended;
    spans.end[worker]++;
}

// The rows of incidents of that kind which concern a worker of the log.
function rowsOfKind(log, kindName) {
    const incidents = log.tables.incidents;
    const kind = incidents.get("kind");
    const worker = incidents.get("worker");
    const code = INCIDENT[kindName];
    const rows = [];
    for (let i = 0; i < incidents.count; i++) {
        if (kind[i] === code && worker[i] >= 0 && worker[i] < log.workers) {
            rows.push(i);
        }
    }
    return rows;
}

// Incidents of one kind; those that meet are one.
export function workerSpans(log, kindName) {
    const incidents = log.tables.incidents;
    const rows = rowsOfKind(log, kindName);
    const worker = incidents.get("worker");
    const beganNs = incidents.get("began_ns");
    const endedNs = incidents.get("ended_ns");
    const first = new Int32Array(log.workers + 1);
    for (const row of rows) {
        first[worker[row] + 1]++;
    }
    for (let w = 0; w < log.workers; w++) {
        first[w + 1] += first[w];
    }
    const spans = {
        first,
        end: first.slice(0, log.workers),
        beganNs: new Float64Array(rows.length),
        endedNs: new Float64Array(rows.length),
    };
    for (const row of rows) {
        const ended = endedNs[row] < 0 ? Infinity : Math.max(endedNs[row], beganNs[row]);
        appendSpan(spans, worker[row], beganNs[row], ended);
    }
    return spans;
}

// Until when the worker is silent for that reason, too, if it is so at that time; else the time.
function prolonged(spans, worker, timeNs) {
    const i = spanAfter(spans, worker, timeNs);
    return i < spans.end[worker] && spans.beganNs[i] <= timeNs ? spans.endedNs[i] : timeNs;
}

// By the events, which tell it of who had to wait for a centre, too, perhaps until it crashed again.
// A stranger's log may have more of them than incidents.
function takeEvents(spans, log) {
    const events = log.tables.events;
    const timeNs = events.get("time_ns");
    const kind = events.get("kind");
    const actor = events.get("actor");
    spans.end.set(spans.first.subarray(0, log.workers));
    for (let i = 0; i < events.count; i++) {
        if (kind[i] !== EVENT.crashed && kind[i] !== EVENT.returned) {
            continue;
        }
        const w = actor[i];
        if (w < 0 || w >= log.workers) {
            continue;
        }
        if (kind[i] === EVENT.crashed && spans.end[w] < spans.first[w + 1]) {
            spans.beganNs[spans.end[w]] = timeNs[i];
            spans.endedNs[spans.end[w]++] = Infinity;
        } else if (kind[i] === EVENT.returned && spans.end[w] > spans.first[w]) {
            spans.endedNs[spans.end[w] - 1] = timeNs[i];
        }
    }
}

// When a worker that has crashed is back: when the crash and what keeps it silent besides are over.
function backAt(reasons, worker, endedNs, startUp) {
    let backNs = endedNs;
    for (let k = 0; backNs > startUp && k < reasons.length;) { // until none prolongs it
        const laterNs = prolonged(reasons[k], worker, backNs);
        k = laterNs > backNs ? 0 : k + 1;
        backNs = laterNs;
    }
    return backNs;
}

// By the incidents.
function prolong(spans, log, startUp) {
    const reasons = ["crash", "pause", "disconnect"].map((kind) => workerSpans(log, kind));
    for (let w = 0; w < log.workers; w++) {
        let end = spans.first[w];
        for (let i = end; i < spans.end[w]; i++) {
            const began = spans.beganNs[i];
            const ended = backAt(reasons, w, spans.endedNs[i], startUp);
            if (end === spans.first[w] || spans.endedNs[end - 1] < began) {
                spans.beganNs[end] = began;
                spans.endedNs[end++] = ended;
            }
        }
        spans.end[w] = end;
    }
}

// How long each was down: from a crash until it was back, which it is only when it is neither paused
// nor disconnected. A crash that is over at the start-up keeps nobody down.
export function downSpans(log, startUp) {
    const spans = workerSpans(log, "crash");
    if (log.tables.events.count > 0) {
        takeEvents(spans, log);
    } else {
        prolong(spans, log, startUp);
    }
    return spans;
}
