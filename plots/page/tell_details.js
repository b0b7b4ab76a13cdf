// SPDX-License-Identifier: GPL-3.0-or-later
// What a teller adds to the events: what the rows say and no event does (sim/report/tell_details.c).
// row: of /gradients, -1: there is none.
import { formatFixed, formatSeconds } from "./format.js";
import { describeChange } from "./past_changes.js";
import { LINE_KIND, say } from "./teller.js";

const RESULTS_SIZE = 159; // C cuts what does not fit

// ", delayed by 0.050 s", or "".
export function delayWords({ gradients }, row) {
    return row >= 0 && gradients.delay_ns[row] > 0
        ? `, delayed by ${formatSeconds(gradients.delay_ns[row])}` : "";
}

// ", after 0.012 s in the queue", or "".
export function waitWords({ gradients, serverPauses }, row) {
    if (serverPauses || row < 0 || gradients.received_ns[row] < 0 || gradients.arrived_ns[row] < 0) {
        return "";
    }
    const waitedNs =
        gradients.received_ns[row] - gradients.receive_ns[row] - gradients.arrived_ns[row];
    return waitedNs > 0 ? `, after ${formatSeconds(waitedNs)} in the queue` : "";
}

// "; it arrives at attempt 3" of a message that is lost and sent again, or "".
export function attemptsWords(attempts, row) {
    return row >= 0 && attempts[row] > 1 ? `; it arrives at attempt ${attempts[row]}` : "";
}

// "; incidents held it up for 0.080 s", or "".
export function stalledWords({ gradients }, row) {
    return row >= 0 && gradients.stalled_ns[row] > 0
        ? `; incidents held it up for ${formatSeconds(gradients.stalled_ns[row])}` : "";
}

// " after 0.080 s at the port", or "".
export function portWords(waitsNs, row) {
    return row >= 0 && waitsNs[row] > 0 ? ` after ${formatSeconds(waitsNs[row])} at the port` : "";
}

// K as a row of this time has it: a line if it was another before. -1: it has none.
export function tellThreshold(teller, timeNs, threshold) {
    const before = teller.state.threshold;
    if (!teller.isLocal && threshold >= 0 && before >= 0 && threshold !== before) {
        say(teller, timeNs, LINE_KIND.threshold, -1, () => `K changes from ${before} to ${threshold}`);
    }
    teller.state.threshold = threshold >= 0 ? threshold : before;
}

// ---- evaluations ----

// ": test loss 2.3012, test accuracy 11.20 %"; nothing where no samples were asked for.
function resultsWords(evaluations, row) {
    const parts = [];
    for (const [set, column] of [["test", "test"], ["training", "train"]]) {
        const loss = evaluations[`${column}_loss`][row];
        const accuracy = evaluations[`${column}_accuracy`][row];
        if (!Number.isNaN(loss)) {
            parts.push(`${set} loss ${formatFixed(loss, 4)}`);
        }
        if (!Number.isNaN(accuracy)) {
            parts.push(`${set} accuracy ${formatFixed(100 * accuracy, 2)} %`);
        }
    }
    return (parts.length === 0 ? "" : `: ${parts.join(", ")}`).slice(0, RESULTS_SIZE);
}

// Evaluations of earlier times that are not yet told: one sees all events of its own time.
export function tellEvaluations(teller, beforeNs) {
    const { state, evaluations } = teller;
    while (state.evaluationsTold < evaluations.count &&
           evaluations.time_ns[state.evaluationsTold] < beforeNs) {
        const row = state.evaluationsTold++;
        say(teller, evaluations.time_ns[row], LINE_KIND.evaluation, -1, () =>
            `evaluation of version ${evaluations.version[row]}${resultsWords(evaluations, row)}`);
    }
}

// ---- changes of the scenario ----

function changeWords(teller, index) {
    const text = describeChange(teller.changes, teller.log.scenario, index);
    return `the scenario changes${text === "" ? "" : `: ${text}`}`;
}

// The changes of the scenario up to this time that are not yet told, each behind the evaluations of
// earlier times; they come before the events of their own.
export function tellChanges(teller, timeNs) {
    const { state, changes } = teller;
    while (state.changesTold < changes.length && changes[state.changesTold].timeNs <= timeNs) {
        const index = state.changesTold++;
        tellEvaluations(teller, changes[index].timeNs);
        say(teller, changes[index].timeNs, LINE_KIND.change, -1, () => changeWords(teller, index));
    }
}
