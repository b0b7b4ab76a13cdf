// SPDX-License-Identifier: GPL-3.0-or-later
// Usage: node log_check_matches.mjs STRANGERS. Of a log in which somebody changed one value or took
// away one column, the viewer refuses what desgd refuses, and reads what desgd reads.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { openLog } from "./open_log.mjs";
import { endOf } from "./program.mjs";

const folder = join(process.argv[2], "columns");

// The sentence with which it is refused; "": it is read.
function complaintOf(path) {
    try {
        openLog(path);
        return "";
    } catch (error) {
        return error.message;
    }
}

// What both say: of a value where it is and what it is, of a column that it is missing.
function gist(sentence) {
    return sentence.match(/\/\w+\/\w+: row \d+ is -?\d+, allowed is -?\d+|\/\w+\/\w+ is missing/)?.[0];
}

const counts = { read: 0, refused: 0, alike: 0 };
for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name);
    const { status, stderr } = endOf(["info", path]);
    const complaint = complaintOf(path);
    assert.equal(complaint !== "", status !== 0, `${name}: "${complaint}", and desgd: ${stderr}`);
    assert.equal(gist(complaint), gist(status === 0 ? "" : stderr), name);
    counts[status === 0 ? "read" : "refused"]++;
    counts.alike += Number(gist(complaint) !== undefined);
}
console.log(`${counts.read} changed logs were read, ${counts.refused} refused, ${counts.alike} in the same words`);
assert.ok(counts.read > 3 && counts.alike > 120, "too little was looked at");
