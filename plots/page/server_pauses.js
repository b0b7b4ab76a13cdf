// SPDX-License-Identifier: GPL-3.0-or-later
// When the server was paused, and when a service of it began that is known by its end and its span
// (the first half of sim/report/server_pauses.c; spans of workers are in worker_spans.js).
import { INCIDENT } from "./log.js";
import { firstFrom } from "./search.js";

function pausesOf(incidents) {
    const kind = incidents.get("kind");
    const beganNs = incidents.get("began_ns");
    const endedNs = incidents.get("ended_ns");
    const pauses = [];
    for (let i = 0; i < incidents.count; i++) {
        if (kind[i] === INCIDENT.server_pause) {
            pauses.push([beganNs[i], endedNs[i] < 0 ? Infinity : endedNs[i]]);
        }
    }
    return pauses.sort((a, b) => a[0] - b[0]);
}

// Those that meet become one.
function joined(pauses) {
    const all = [];
    for (const [began, ended] of pauses) {
        const last = all[all.length - 1];
        if (last === undefined || last[1] < began) {
            all.push([began, ended]);
        } else {
            last[1] = Math.max(last[1], ended);
        }
    }
    return all;
}

// Returns {count, beganNs, endedNs, began(endNs, spanNs)}: the pauses in order of time, none within or
// at another (Infinity: it lasts to the end); began: when the server began what it ended then, after
// so long a span without its pauses.
export function serverPauses(log) {
    const pauses = joined(pausesOf(log.tables.incidents));
    const beganNs = Float64Array.from(pauses, (pause) => pause[0]);
    const endedNs = Float64Array.from(pauses, (pause) => pause[1]);
    const count = pauses.length;
    const began = (endNs, spanNs) => {
        let startNs = endNs - spanNs;
        for (let i = firstFrom(beganNs, endNs, 0, count) - 1; i >= 0; i--) {
            if (endedNs[i] <= startNs || endedNs[i] > endNs) {
                break;
            }
            startNs -= endedNs[i] - beganNs[i];
        }
        return startNs;
    };
    return { count, beganNs, endedNs, began };
}
