// SPDX-License-Identifier: GPL-3.0-or-later
// Where the page puts the cells of a comparison, whatever their values and numbers.
// Usage: node sweep_is_right.mjs
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import test from "node:test";
import { bestWords, comparedName } from "../../plots/page/comparison.js";
import { forestLayout, forestOf } from "../../plots/page/forest.js";
import { heatColour, heatLayout, inkOn, luminanceOf } from "../../plots/page/heat_map.js";
import { orderedValues, quantityOf } from "../../plots/page/key_values.js";
import { commandsOf, sealText, shellWord } from "../../plots/page/provenance.js";
import { filteredRows, sortedRows } from "../../plots/page/sortable.js";
import { gridOf, heldKeys, tileOf } from "../../plots/page/sweep_grid.js";
import { seriesOf } from "../../plots/page/sweep_lines.js";
import { fittedText, textWidth } from "../../plots/page/svg_file.js";

// A cell with the mean and the difference given, of 4 rounds.
function cellOf(keys, mean, { best = "not the best", difference = null, ...more } = {}) {
    return {
        keys, rounds: 4, is_baseline: difference === null,
        divergence: { diverged: 0, runs: 4, pairs: difference === null ? 0 : 4 },
        test_loss_final: {
            mean, std_dev: mean === null ? null : 2, rounds: 4, pairs: 4, difference, t_low: null,
            t_high: null, verdict: "no spread", which_is_best: best, best_low: -1, best_high: 1, ...more,
        },
    };
}

function comparisonOf(cells, settings = {}) {
    return { level: 0.95, primary: "test_loss_final", after_s: 0, cells, baseline: { settings } };
}

// Sorted as texts, 1 s would come before 250 ms, and 1000 before 20.
test("values__with_units__are_in_the_order_of_their_sizes", () => {
    assert.deepEqual(orderedValues(["1 s", "100 ms", "2 min", "250 us", "1 h", "0 s"]),
        ["0 s", "250 us", "100 ms", "1 s", "2 min", "1 h"]);
    assert.deepEqual(orderedValues(["1000", "5", "-3", "20", "1e-3", "0.5"]),
        ["-3", "1e-3", "0.5", "5", "20", "1000"]);
    assert.deepEqual(orderedValues(["10 Gbit/s", "1 MB/s", "100 Mbit/s"]),
        ["1 MB/s", "100 Mbit/s", "10 Gbit/s"]);
    assert.deepEqual(orderedValues(["1 MB", "10 kB", "1 MiB"]), ["10 kB", "1 MB", "1 MiB"]);
    assert.deepEqual(orderedValues(["10 %", "5 %", "0.07"]), ["5 %", "0.07", "10 %"]);
});

test("values__words_and_none__keep_their_order_behind_numbers", () => {
    assert.deepEqual(orderedValues(["sync", null, "async", "300", "sync", "40"]),
        ["40", "300", "sync", "async", "-"]);
    assert.equal(quantityOf("{law: normal, mean: 1 s}"), null);
    assert.equal(quantityOf("12 apples"), null);
    assert.equal(quantityOf(null), null);
});

const GRID = comparisonOf([
    cellOf({ every: "20", mean: "1 s" }, 7),
    cellOf({ every: "5", mean: "1 s" }, 3, { best: "may be the best" }),
    cellOf({ every: "5", mean: "10 ms" }, 4),
]);

// A tile with the number of another cell would be believed.
test("grid__cells_in_any_order__stand_at_their_values", () => {
    const { xs, ys, tiles } = gridOf(GRID, { x: "every", y: "mean", held: new Map() });
    assert.deepEqual([xs, ys], [["5", "20"], ["10 ms", "1 s"]]);
    assert.deepEqual(tiles.map((row) => row.map((cells) => tileOf(GRID, "test_loss_final", cells).mean)),
        [[4, NaN], [3, 7]]);
    const best = tileOf(GRID, "test_loss_final", tiles[1][0]);
    assert.deepEqual([best.isBest, best.count, best.verdict], [true, 1, "may be the best"]);
    assert.ok(Math.abs(best.half - 3.18244630528371) < 1e-12); // t of 3 degrees, sd 2, 4 rounds
    assert.equal(tileOf(GRID, "test_loss_final", tiles[0][1]).count, 0);
});

test("grid__a_third_key__is_held_where_tiles_would_have_two_cells", () => {
    const cells = ["a", "b", "b"].map((word, i) =>
        cellOf({ every: String(i % 2), mean: "1 s", name: word }, i));
    const open = comparisonOf(cells.slice(0, 2));
    assert.deepEqual([...heldKeys(open, "every", "mean")], [["name", null]]);
    const crowded = comparisonOf(cells);
    const held = heldKeys(crowded, "every", "mean");
    assert.deepEqual([...held], [["name", "b"]]);
    assert.deepEqual(gridOf(crowded, { x: "every", y: "mean", held }).tiles[0].map((tile) => tile.length),
        [1, 1]);
    assert.equal(tileOf(crowded, "test_loss_final", cells).mean.toString(), "NaN");
});

// Under sync there is no threshold: held at 5 or at 20, sync must not vanish.
test("grid__a_held_key_that_does_not_apply__keeps_the_cell", () => {
    const cells = [["sync", null], ["hybrid", "20"], ["hybrid", "5"], ["async", null]]
        .map(([name, every], i) => cellOf({ name, mean: "1 s", every }, i));
    const comparison = comparisonOf(cells);
    const held = heldKeys(comparison, "name", "mean");
    assert.deepEqual([...held], [["every", "5"]]);
    const meansAt = (value) => gridOf(comparison, { x: "name", y: "mean", held: new Map([["every", value]]) })
        .tiles[0].map(([cell]) => cell.test_loss_final.mean);
    assert.deepEqual([meansAt("5"), meansAt("20"), meansAt("-")], [[0, 2, 3], [0, 1, 3], [0, 3]]);
});

test("lines__one_key__are_one_series_in_order", () => {
    const grid = gridOf(GRID, { x: "every", y: "mean", held: new Map() });
    const series = seriesOf(GRID, "test_loss_final", grid);
    assert.deepEqual(series.map((one) => [one.label, one.points.map((point) => [point.column, point.mean])]),
        [["10 ms", [[0, 4]]], ["1 s", [[0, 3], [1, 7]]]]);
    const alone = gridOf(GRID, { x: "mean", y: null, held: new Map([["every", "5"]]) });
    assert.deepEqual(seriesOf(GRID, "test_loss_final", alone)[0].points.map((point) => point.mean), [4, 3]);
});

// An interval that misses the line at zero in the picture and not in the numbers, or the reverse.
test("forest__differences__lie_where_their_numbers_are", () => {
    const comparison = comparisonOf([
        cellOf({ name: "a" }, 1),
        cellOf({ name: "b" }, 3, { difference: 2, t_low: -1, t_high: 5, verdict: "significant" }),
        cellOf({ name: "c" }, 0, { difference: -1 }),
        cellOf({ name: "d" }, null, { difference: null }),
    ], { name: "a" });
    const forest = forestOf(comparison, "test_loss_final");
    assert.deepEqual(forest.rows.map((row) => [row.label, row.low, row.value, row.high, row.isSure]),
        [["b", -1, 2, 5, true], ["c", -1, -1, -1, false]]);
    assert.equal(forest.rows[1].text, "-1.0000 (no spread)");
    for (const width of [300, 390, 1200]) {
        const { at, left, right, ticks, least, most } = forestLayout(forest, width);
        assert.ok(left < at(-1) && at(-1) < at(0) && at(0) < at(5) && at(5) < right && right < width);
        assert.ok(Math.abs((at(5) - at(-1)) / 6 - (at(2) - at(0)) / 2) < 1e-9);
        assert.ok(ticks.length > 1 && ticks.every((tick) => least <= tick && tick <= most));
    }
});

test("forest__without_a_baseline__has_means_and_no_zero", () => {
    const { isPaired, rows } = forestOf(comparisonOf([cellOf({ name: "a" }, 50)]), "test_loss_final");
    assert.equal(isPaired, false);
    assert.ok(Math.abs(rows[0].high - 53.18244630528371) < 1e-9);
    assert.ok(forestLayout({ isPaired, rows }, 800).least > 40);
});

// WCAG 2: small letters need 4.5 : 1.
test("heat_map__any_share__has_ink_that_can_be_read", () => {
    let before = Infinity;
    for (let share = 0; share <= 1; share += 0.01) {
        const colour = heatColour(share);
        const [paper, ink] = [luminanceOf(colour), inkOn(colour) === "#ffffff" ? 1 : 0];
        const contrast = (Math.max(paper, ink) + 0.05) / (Math.min(paper, ink) + 0.05);
        assert.ok(contrast >= 4.5, `${share}: ${contrast}`);
        assert.ok(paper < before, `${share} is not darker than the share before`);
        before = paper;
    }
    assert.deepEqual(heatColour(0), [253, 240, 160]);
    assert.deepEqual(heatColour(7), [70, 50, 120]);
});

test("heat_map__little_room__keeps_tiles_that_can_be_read", () => {
    const grid = { xs: ["1", "2", "3", "4", "5", "6", "7", "8"], ys: ["x".repeat(500)] };
    assert.ok(heatLayout(grid, 350).tileWidth >= 80);
    assert.ok(heatLayout(grid, 350).left <= 105);
    assert.ok(heatLayout(grid, 1200).width <= 1200);
});

test("table__sorted_by_a_column__has_what_lacks_a_value_last", () => {
    const rows = [3, null, 1, NaN, 2].map((value, i) => ({ values: [value], texts: [`Row ${i} of five`] }));
    const by = { index: 0, compare: (a, b) => a - b };
    assert.deepEqual(sortedRows(rows, by, false).map((row) => row.values[0]), [1, 2, 3, null, NaN]);
    assert.deepEqual(sortedRows(rows, by, true).map((row) => row.values[0]), [3, 2, 1, null, NaN]);
    assert.deepEqual(sortedRows(rows, null, true), rows);
    assert.deepEqual(filteredRows(rows, " FIVE row  2"), [rows[2]]);
    assert.equal(filteredRows(rows, "ive").length, 0);
    assert.equal(filteredRows(rows, "").length, 5);
});

// Who pastes a command runs it: a file's name must never become one.
test("shell_word__any_name__is_one_word_to_a_shell", () => {
    const names = ["a.h5", "results/demo 1/a.h5", "it's.h5", "$(touch x);`y`\"&|<>*?~#!.h5", "a\nb", "-rf",
        "'", ""];
    for (const name of names) {
        const said = execFileSync("sh", ["-c", `printf %s ${shellWord(name)}`], { encoding: "utf8" });
        assert.equal(said, name.startsWith("-") ? `./${name}` : name);
    }
    assert.equal(shellWord("results/a.h5"), "results/a.h5");
    assert.equal(commandsOf("a b.h5")[0].text, "desgd replay 'a b.h5'");
});

test("seal__not_looked_at__is_not_called_whole", () => {
    assert.match(sealText(undefined), /does not check/);
    assert.match(sealText(false), /^whole/);
    assert.match(sealText(true), /^changed/);
});

test("fitted_text__any_letters__is_no_wider_than_its_room", () => {
    for (const text of ["short", "x".repeat(1000), "漢字".repeat(50), "👩‍🔬 of cell"]) {
        assert.ok(textWidth(fittedText(text, 80, 13), 13) <= 80 || fittedText(text, 80, 13) === "…");
    }
    assert.equal(fittedText("short", 80, 13), "short");
});

// A reader of a sweep asks which cell is best, and whether that is certain.
test("best_words__of_cells__say_which_is_best_and_how_sure", () => {
    const words = (...cells) => bestWords(comparisonOf(cells), "test_loss_final");
    const [low, high] = [cellOf({ every: "5" }, 2, { best: "may be the best" }), cellOf({ every: "9" }, 3)];
    assert.equal(words(high, low, low), "The best mean is 2.0000, of every=5. That is not certain: " +
        "2 of 3 cells may be the best (95 %).");
    assert.match(words(high, cellOf({ every: "5" }, 2, { best: "the best" })), /of every=5. It is the best for/);
    assert.match(words(cellOf({ every: "5" }, 2), high), /every=5. How certain that is cannot be told/);
    assert.equal(words(low), "");
});

test("compared_name__keys_that_do_not_apply__are_left_out", () => {
    const name = (keys) => comparedName(comparisonOf([cellOf(keys, 1)]), cellOf(keys, 1));
    assert.equal(name({ "policy.name": "sync", every: null }), "name=sync");
    assert.equal(name({ "policy.name": "sync", "model.name": "cnn" }), "policy.name=sync model.name=cnn");
    assert.equal(name({ "policy.name": "sync" }), "sync");
    assert.equal(name({ momentum: null }), "momentum=-");
    assert.equal(name({ "policy.threshold.every": "100" }), "every=100");
    assert.equal(name({}), "all runs");
});
