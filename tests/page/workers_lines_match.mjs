// SPDX-License-Identifier: GPL-3.0-or-later
// Usage: node workers_lines_match.mjs LOG...
// The lines that the page lists for a worker must be those of $DESGD tell --worker N, for the second
// and the last worker of each log.
import { linesOfWorkers } from "../../plots/page/lines_of_workers.js";
import { createTeller } from "../../plots/page/tell.js";
import { openLog } from "./open_log.mjs";
import { desgd } from "./program.mjs";

function told(path, worker) {
    return desgd("tell", path, "--worker", String(worker)).split("\n").slice(0, -1);
}

// Times stand in a column of the width of all lines that are printed.
function withoutColumn(line) {
    return line.replace(/^ *([0-9]+\.[0-9]{3}[0-9]*?)0* s {2}/, "$1 s  ").replace(/^ +/, "");
}

let count = 0;
let faults = 0;
for (const path of process.argv.slice(2)) {
    const log = openLog(path);
    const teller = createTeller(log);
    for (const worker of new Set([Math.min(1, log.workers - 1), log.workers - 1])) {
        const expected = teller.lineCount > 0 ? told(path, worker).map(withoutColumn) : [];
        const found = [...linesOfWorkers(log, teller, new Set([worker]))]
            .map((line) => withoutColumn(teller.lineAt(line).text));
        const i = expected.findIndex((line, at) => line !== found[at]);
        if (i >= 0 || found.length !== expected.length) {
            faults++;
            console.log(`${path}: worker ${worker}, line ${i}:\n  ${found.at(i)}\n`
                + `expected:\n  ${expected.at(i)}`);
        }
        count += found.length;
    }
}
console.log(`${process.argv.length - 2} logs, ${count} lines of single workers, ${faults} faults`);
process.exit(faults > 0 ? 1 : 0);
