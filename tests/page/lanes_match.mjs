// SPDX-License-Identifier: GPL-3.0-or-later
// Usage: node lanes_match.mjs LOG... The lanes that the page derives from each log are those of
// "desgd export --table timeline": all intervals, in the same order, to the nanosecond.
import { lanesOf } from "../../plots/page/lanes.js";
import { openLog } from "./open_log.mjs";
import { desgd } from "./program.mjs";

function expectedLines(file) {
    return desgd("export", file, "--table", "timeline").trimEnd().split("\n").slice(1);
}

function linesOf(lanes) {
    return Array.from({ length: lanes.count }, (_, i) => [lanes.lane[i],
        lanes.kindNames[lanes.kind[i]], lanes.startNs[i], lanes.endNs[i], lanes.row[i]].join(","));
}

// Returns how many intervals the log has; -1: some are not the same.
function check(path) {
    const found = linesOf(lanesOf(openLog(path)));
    const expected = expectedLines(path);
    const length = Math.max(found.length, expected.length);
    for (let i = 0; i < length; i++) {
        if (found[i] !== expected[i]) {
            console.log(`${path}: interval ${i} is ${found[i]}, and in C ${expected[i]}`);
            return -1;
        }
    }
    return length;
}

const paths = process.argv.slice(2);
const counts = paths.map(check);
const wrong = counts.filter((count) => count < 0).length;
const intervals = counts.reduce((sum, count) => sum + Math.max(count, 0), 0);
console.log(`${paths.length} logs, ${intervals} intervals${wrong > 0 ? `, ${wrong} logs differ` : ""}`);
process.exit(wrong > 0 || paths.length === 0 ? 1 : 0);
