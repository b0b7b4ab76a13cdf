// SPDX-License-Identifier: GPL-3.0-or-later
// When the updates of a log began, which no row tells: a span before its end each, unless the server
// was paused meanwhile (sim/runlog/updates_began.c).
import { firstAfter } from "./search.js";

// The server takes nothing else from the receipt that leads to an update until its end, so it began
// at the last receipt before, or so long after it as the row says.
export function updatesBegan(log) {
    const updates = log.tables.updates;
    const timeNs = updates.get("time_ns");
    const spanNs = updates.get("update_ns");
    const afterNs = updates.get("after_receipt_ns");
    const receivedNs = log.tables.incidents.count === 0 ? new Float64Array(0)
        : log.tables.gradients.get("received_ns").filter((time) => time >= 0).sort();
    const beganNs = new Float64Array(updates.count);
    for (let i = 0; i < updates.count; i++) {
        beganNs[i] = timeNs[i] - spanNs[i]; // at the latest
        // A receipt at the very end comes after it, where it takes no time and a pause held it up.
        const before = beganNs[i] < afterNs[i] ? 0 : firstAfter(receivedNs, beganNs[i] - afterNs[i]);
        if (before > 0) {
            beganNs[i] = receivedNs[before - 1] + afterNs[i];
        }
    }
    return beganNs;
}
