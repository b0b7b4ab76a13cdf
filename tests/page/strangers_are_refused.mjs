// SPDX-License-Identifier: GPL-3.0-or-later
// Files that are no logs, or no whole ones, are refused with a sentence, whatever they say that they
// have; what somebody wrote into the texts of one does not matter.
// Usage: node strangers_are_refused.mjs STRANGERS
import assert from "node:assert/strict";
import { join } from "node:path";
import { openLog } from "./open_log.mjs";

const folder = process.argv[2];

for (const [name, sentence] of Object.entries({
    foreign: /foreign\.h5 is no log of a run of desgd$/,
    huge: /\/gradients\/\w+ has 1000000000000 rows, by what the file says: too many for a page$/,
    uneven: /\/gradients\/worker has not as many rows as the columns before it$/,
    wrong_types: /\/gradients\/worker has another type than desgd writes$/,
    without_scenario: /\/scenario is missing, which every log has$/,
})) {
    assert.throws(() => openLog(join(folder, `${name}.h5`)), { message: sentence });
}
for (const name of ["changed", "hostile"]) {
    assert.equal(openLog(join(folder, `${name}.h5`)).tables.gradients.count, 87);
}
console.log("5 files of strangers were refused, 2 were read");
