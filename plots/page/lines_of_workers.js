// SPDX-License-Identifier: GPL-3.0-or-later
// Which lines of a teller are about some workers: those that "desgd tell --worker N" prints of one
// of them, which are its own and those of the updates and averages with its gradients. Of schemes
// with local models every version is told of.
import { stepsLocally } from "./log_traits.js";
import { LINE_KINDS } from "./teller.js";

const ABOUT_ALL = ["change", "end"]; // of the scenario and of the run
const ABOUT_NOBODY = ["threshold", "evaluation"];

// Whether each update has a gradient of the workers, by its row.
function updatesWith(log, workers) {
    const { gradients, updates } = log.tables;
    const [worker, applied] = [gradients.get("worker"), gradients.get("version_applied")];
    const isWith = new Uint8Array(updates.count);
    for (let row = 0; row < gradients.count; row++) {
        if (applied[row] >= 0 && workers.has(worker[row])) {
            isWith[applied[row]] = 1;
        }
    }
    return isWith;
}

// Whether one of the workers takes part in each reduction.
function reductionsWith(log, workers) {
    const { reductions } = log.tables;
    const [first, members] = [reductions.get("worker"), reductions.get("members")];
    const isMember = (row) =>
        [...workers].some((worker) => worker >= first[row] && worker < first[row] + members[row]);
    return Uint8Array.from({ length: reductions.count }, (_, row) => Number(isMember(row)));
}

// (event, kind as a word) → whether the line of an event is about the workers.
function eventFilter(log, workers) {
    const { events } = log.tables;
    const [actor, gradient, version] =
        ["actor", "gradient", "version"].map((name) => events.get(name));
    const updates = stepsLocally(log) ? null : updatesWith(log, workers);
    const reductions = reductionsWith(log, workers);
    return (event, kind) => {
        switch (kind) {
        case "updated":
            return updates === null || updates[version[event] - 1] === 1;
        case "reducing":
        case "reduced":
            return reductions[gradient[event]] === 1;
        default: // all merge at once, too
            return actor[event] < 0 || workers.has(actor[event]);
        }
    };
}

// The numbers of the lines about a Set of workers; null (all workers): null, every line.
export function linesOfWorkers(log, teller, workers) {
    if (workers === null) {
        return null;
    }
    const ofEvent = eventFilter(log, workers);
    const isAbout = (line) => {
        const [event, kind] = [teller.eventOf(line), LINE_KINDS[teller.kindOf(line)]];
        return event >= 0 ? ofEvent(event, kind)
            : ABOUT_ALL.includes(kind)
                || (!ABOUT_NOBODY.includes(kind) && workers.has(teller.workerOf(line)));
    };
    const found = new Int32Array(teller.lineCount);
    let count = 0;
    for (let line = 0; line < teller.lineCount; line++) {
        if (isAbout(line)) {
            found[count++] = line;
        }
    }
    return found.subarray(0, count);
}
