// SPDX-License-Identifier: GPL-3.0-or-later
// The page writes times and numbers as C does, and reads a scenario's canonical text as the program
// does. Usage: node texts_are_right.mjs
import assert from "node:assert/strict";

import { canonicalValue } from "../../plots/page/canonical_text.js";
import {
    formatFixed, formatSeconds, formatShort, formatTime, parseTime,
} from "../../plots/page/format.js";
import { gradientIndex } from "../../plots/page/gradient_index.js";
import { Log, Table } from "../../plots/page/log.js";
import { startUpNs, stepsLocally } from "../../plots/page/log_traits.js";
import { describeChange, pastChanges, pastValue } from "../../plots/page/past_changes.js";

function same(call, cases) {
    for (const [input, expected] of cases) {
        assert.deepEqual(call(input), expected, `${call.name} of ${input}`);
    }
}

// The last but one: a quotient of doubles would round it up to 9000000.
same(formatSeconds, [[0, "0.000 s"], [3214e6, "3.214 s"], [3214000500, "3.2140005 s"], [1, "0.000000001 s"],
    [1234567800, "1.2345678 s"], [8999999999999999, "8999999.999999999 s"], [-1500000, "-0.0015 s"]]);
same(formatTime, [[22e7, "220 ms"], [1500000, "1500 us"], [0, "0 s"], [60e9, "60 s"], [1500, "1500 ns"]]);
same(parseTime, [["220 ms", 22e7], ["-0.5 s", -5e8], ["1.5 min", 90e9], ["1 h", 3600e9], ["1e-3 s", 1e6],
    [".5 s", 5e8], ["1", NaN], ["0.1 ns", NaN], [". s", NaN], ["200000 h", 720e15], ["2000000 h", NaN],
    ["goes_on", NaN]]);
// As printf("%.2f") and so on print them: what is in the middle goes to the even digit.
same((value) => formatFixed(value, 2), [[3.125, "3.12"], [3.375, "3.38"], [12.005, "12.01"], [0, "0.00"],
    [-0.001, "-0.00"], [1e22, "10000000000000000000000.00"], [Infinity, "inf"]]);
same((value) => formatFixed(value, 4), [[0.03125, "0.0312"], [0.09375, "0.0938"], [2.30258509, "2.3026"]]);
same(formatShort, [[0.1, "0.1"], [1.5, "1.5"], [100, "100"], [1e15, "1e+15"], [1e-5, "1e-05"],
    [0.00012, "0.00012"], [1 / 3, "0.333333333333333"], [123456789012345, "123456789012345"]]);

const SCENARIO = `title: "a: b, {c"
model: mnist_ray
policy:
  name: ssp
  missing: 500 ms
past: [{until: 1 s, policy.name: async, cluster.delay: {law: normal, mean: 0 s, std: 2 s}}, {until: 2 s}]
cluster:
  delay: {law: normal, mean: 0 s, std: 1 s}
  compute: 100 ms
  start_up: 22.5 s
`;
same((key) => canonicalValue(SCENARIO, key), [["model.name", "mnist_ray"], ["model", "mnist_ray"],
    ["policy.name", "ssp"], ["cluster.delay.std", "1 s"], ["cluster.compute.law", "constant"],
    ["cluster.compute.value", "100 ms"], ["cluster.delay.cv", null], ["name", null]]);
const changes = pastChanges(SCENARIO);
assert.deepEqual(changes.map((change) => change.timeNs), [1e9, 2e9]);
assert.equal(pastValue(changes, SCENARIO, 0, "policy.name"), "async");
assert.equal(pastValue(changes, SCENARIO, 1e9, "policy.name"), "ssp");
assert.equal(describeChange(changes, SCENARIO, 0), "policy.name from async to ssp, cluster.delay from " +
    "{law: normal, mean: 0 s, std: 2 s} to {law: normal, mean: 0 s, std: 1 s}");
assert.equal(describeChange(changes, SCENARIO, 1), "");

const COLUMNS = { worker: [1, 0, 1, 2, 1], number: [0, 0, 1, 0, 7] };
const gradients = new Table("gradients", 5, new Map(Object.keys(COLUMNS).map((name) => [name, {}])),
    (name) => Float64Array.from(COLUMNS[name]));
const log = new Log({ name: "a", attributes: { workers: 2, policy: "ssp" }, provenance: {},
    scenario: SCENARIO, tables: { gradients }, parameters: 0 });
const index = gradientIndex(log);
assert.deepEqual([index.find(1, 1), index.find(1, 2), index.find(2, 0), index.find(0, 0), index.find(1, -1)],
    [2, -1, -1, 1, -1]);
assert.deepEqual([index.count(1), index.count(2), [...index.rows]], [3, 0, [1, 0, 2, 4]]);
assert.equal(startUpNs(log), 22.5e9);
assert.equal(stepsLocally(log), false);
console.log("texts of the page are those of the program");
