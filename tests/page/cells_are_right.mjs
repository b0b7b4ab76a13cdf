// SPDX-License-Identifier: GPL-3.0-or-later
// How the viewer groups runs and names them. Usage: node cells_are_right.mjs
import assert from "node:assert/strict";
import test from "node:test";
import { cellsOf, titleOfScenario } from "../../plots/page/cells.js";

function log(seed, every, title = "A run") {
    return {
        scenario: `title: ${title}\nseed: ${seed}\nend: 5 s\npolicy:\n  name: hybrid\n  threshold:\n` +
            `    schedule: step\n    every: ${every}\n`,
    };
}

// Rounds that were taken for cells would be curves without a mean.
test("cells__runs_of_other_seeds_and_titles__are_rounds_of_one", () => {
    const cells = cellsOf([log(1, 10), log(1, 20), log(2, 10, "Another"), log(2, 20)]);
    assert.deepEqual(cells.map(({ cell }) => cell), [0, 1, 0, 1]);
    assert.deepEqual(cells[1].keys, { "policy.threshold.every": "20" });
    assert.deepEqual(cells.map(({ label }) => label), ["every=10", "every=20", "every=10", "every=20"]);
});

test("cells__of_one_scenario__are_named_by_the_policy", () => {
    assert.deepEqual(cellsOf([log(1, 10), log(2, 10)]).map(({ label }) => label), ["hybrid", "hybrid"]);
});

// A key that does not apply to a cell has no value there.
test("cells__a_key_of_some__is_absent_in_the_others", () => {
    const sync = { scenario: "title: A run\nseed: 1\nend: 5 s\npolicy:\n  name: sync\n" };
    const [first, second] = cellsOf([log(1, 10), sync]);
    assert.equal(first.keys["policy.threshold.every"], "10");
    assert.equal(second.keys["policy.threshold.every"], undefined);
    assert.equal(first.label, "name=hybrid schedule=step every=10");
    assert.equal(second.label, "name=sync");
});

// Cells with one name would be one line of a table, and nobody could tell their curves apart.
test("cells__that_differ_in_many_keys__have_names_of_their_own", () => {
    const of = (name, digits) => ({ name, scenario: [..."abcdef"].map((key, i) => `${key}: ${digits[i]}\n`).join("") });
    const cells = cellsOf([of("x.h5", "111111"), of("y.h5", "111122"), of("z.h5", "222211")]);
    assert.deepEqual(cells.map(({ label }) => label), ["a=1 b=1 c=1 d=1 … (x.h5)",
        "a=1 b=1 c=1 d=1 … (y.h5)", "a=2 b=2 c=2 d=2 …"]);
});

test("title__in_quotes__is_as_it_was_written", () => {
    assert.equal(titleOfScenario(log(1, 10).scenario), "A run");
    assert.equal(titleOfScenario('title: "it: \\"a\\" \\\\ b\\x07c"\n'), 'it: "a" \\ b c');
    assert.equal(titleOfScenario("seed: 1\n"), "");
});
