#!/usr/bin/env node
// SPDX-License-Identifier: GPL-3.0-or-later
// The section "Curves" as a reader uses it: every number of every measure is what "desgd export"
// prints of the logs, over each axis; and choosers, legend, cursor and files do what they say.
import { readFileSync } from "node:fs";
import { DESGD, FOLDER, VIEWER, pages, reportOf } from "./pages.mjs";
import { openInViewer, reportIsReady, withBrowser, withPage } from "./browser.mjs";
import { csvOfChart, requireSameRows, savedBy, tableOfChart } from "./charts.mjs";
import { exported } from "./program.mjs";
import { conclude, require, requireEqual, test } from "./testing.mjs";

// How the page calls each measure: its table, its column, and by how much it is multiplied; a range.
const SHOWN = {
    "Test accuracy / %": ["curves_evaluations", "test_accuracy", 100],
    "Test loss": ["curves_evaluations", "test_loss", 1],
    "Training accuracy / %": ["curves_evaluations", "train_accuracy", 100],
    "Training loss": ["curves_evaluations", "train_loss", 1],
    "Threshold K": ["curves_spans", "threshold_mean", 1],
    "Staleness in versions": ["curves_spans", "staleness_mean", 1, "staleness_least",
        "staleness_most"],
    "Staleness in gradients": ["curves_spans", "staleness_gradients_mean", 1,
        "staleness_gradients_least", "staleness_gradients_most"],
    "Effective step": ["curves_spans", "step_mean", 1],
    "Workers' time in computing / %": ["curves_spans", "busy_share", 100],
    "Workers' time idle / %": ["curves_spans", "idle_share", 100],
    "Workers' time in waiting / %": ["curves_spans", "waiting_share", 100],
    "Workers' time in communicating / %": ["curves_spans", "communicating_share", 100],
    "Load of the server / %": ["curves_spans", "server_load", 100],
    "Bytes sent / B": ["curves_spans", "bytes", 1],
    "Updates": ["curves_spans", "updates", 1],
    "Gradients applied": ["curves_spans", "gradients", 1],
};
const AXES = {
    "cluster time / s": "time", "updates": "updates", "gradients applied": "gradients",
    "training samples": "samples", "bytes sent / B": "bytes",
};
const COUNTS = ["bytes", "updates", "gradients"];
const OVER_ALL_AXES = ["Test accuracy / %", "Workers' time idle / %", "Bytes sent / B"];

const tables = new Map();

// A column of a table that desgd exports, as numbers.
function columnOf(log, table, name) {
    const key = `${table} ${log}`;
    if (!tables.has(key)) {
        tables.set(key, exported(log, table));
    }
    const { names, rows } = tables.get(key);
    return rows.map((row) => Number(row[names.indexOf(name)])); // "nan" is none
}

// Where the points of a measure lie: evaluations at their place, counts at the end of their span, and
// means in its middle.
function placesOf(log, [table, column], axis) {
    const isSpan = table === "curves_spans";
    const ends = axis === "time"
        ? columnOf(log, table, isSpan ? "ended_ns" : "time_ns").map((ns) => ns / 1e9)
        : columnOf(log, table, axis);
    return !isSpan || COUNTS.includes(column) ? ends
        : ends.map((end, i) => ((ends[i - 1] ?? 0) + end) / 2);
}

function rangeOfPoint(log, [table, , scale, low, high], i) {
    return [low, high].map((name) =>
        (name === undefined ? NaN : columnOf(log, table, name)[i] * scale));
}

// The rows that the page must show of one run.
function rowsOfRun(log, cell, shown, axis) {
    const [table, column, scale] = shown;
    const places = placesOf(log, shown, axis);
    return columnOf(log, table, column)
        .map((value, i) => [cell, places[i], value * scale, ...rangeOfPoint(log, shown, i), 1])
        .filter((row) => Number.isFinite(row[2]));
}

// And of rounds that are evaluated at the same times.
function rowsOfRounds(logs, cell, shown) {
    const rounds = logs.map((log) => rowsOfRun(log, cell, shown, "time"));
    return rounds[0].map(([, place], i) => {
        const values = rounds.map((rows) => rows[i][2]);
        const isSame = values.every((value) => value === values[0]);
        const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
        return [cell, place, isSame ? values[0] : mean, Math.min(...values), Math.max(...values),
            logs.length];
    });
}

function textsOf(rows) {
    return rows.map((row) => row.map((value) => (Number.isNaN(value) ? "nan" : String(value))));
}

function partsOf(page) {
    const section = page.getByRole("region", { name: "Curves" });
    return {
        section,
        metric: section.getByRole("combobox").nth(0),
        axis: section.getByRole("combobox").nth(1),
        chart: section.locator("figure").first(),
        histogram: section.locator("figure").nth(1),
        legend: section.getByRole("list", { name: "Cells that are shown" }).getByRole("button"),
    };
}

async function checkChart(page, parts, metric, axis, expected) {
    const [names, ...rows] = await csvOfChart(page, parts.chart);
    requireEqual(names.slice(1, 3).join("; "), `${axis}; ${metric}`, "columns");
    requireSameRows(rows, textsOf(expected), `${metric} over ${axis}`);
    return rows.length;
}

// All that the page offers of one run, by itself in a cell.
async function checkRun(page, log) {
    const parts = partsOf(page);
    const metrics = await parts.metric.locator("option").allTextContents();
    const axes = await parts.axis.locator("option").allTextContents();
    const [label] = await parts.legend.allTextContents();
    let numbers = 0;
    for (const metric of metrics) {
        await parts.metric.selectOption(metric);
        for (const axis of OVER_ALL_AXES.includes(metric) ? axes : axes.slice(0, 1)) {
            await parts.axis.selectOption(axis);
            numbers += await checkChart(page, parts, metric, axis,
                rowsOfRun(log, label.trim(), SHOWN[metric], AXES[axis]));
        }
        await parts.axis.selectOption(axes[0]);
    }
    console.log(`${log.split("/").at(-1)}: ${metrics.length} measures, ${axes.length} axes, ${numbers} points`);
    require(numbers > 0, "no point was compared");
}

async function testRuns(browser) {
    for (const name of ["hier_avg", "timing_only", "one_worker", "without_events", "harm_sync"]) {
        const [log] = pages().find((page) => page.name === name).files;
        await test(`curves__of_${name}__are_those_of_the_log`, () =>
            withPage(browser, { file: reportOf(name) }, async (page) => {
                await reportIsReady(page);
                await checkRun(page, log);
            }));
    }
    await test("curves__in_the_viewer__are_those_of_the_log", () =>
        withPage(browser, { file: VIEWER }, async (page) => {
            const log = `${FOLDER}/logs/policy_easgd.h5`;
            await openInViewer(page, [log]);
            await checkRun(page, log);
        }));
}

// The logs of the demo by the policy in their scenario.
function roundsOfDemo() {
    const { files } = pages().find((page) => page.name === "demo");
    const cells = {};
    for (const file of files) {
        const kinds = columnOf(file, "updates", "threshold");
        const most = Math.max(...kinds);
        const policy = most === 1 ? "async" : Math.min(...kinds) === most ? "sync" : "hybrid";
        (cells[policy] ??= []).push(file);
    }
    return cells;
}

async function testRounds(browser) {
    await test("curves__of_rounds__are_their_mean_and_range", () =>
        withPage(browser, { file: reportOf("demo") }, async (page) => {
            await reportIsReady(page);
            const parts = partsOf(page);
            const cells = roundsOfDemo();
            const labels = (await parts.legend.allTextContents()).map((text) => text.trim().split(" ")[0]);
            requireEqual(labels.toSorted().join(), "async,hybrid,sync", "legend");
            for (const metric of ["Test accuracy / %", "Workers' time in computing / %"]) {
                await parts.metric.selectOption(metric);
                const [, ...rows] = await csvOfChart(page, parts.chart);
                requireSameRows(rows.map((row) => row.map(roundedText)),
                    textsOf(labels.flatMap((label) => rowsOfRounds(cells[label], label, SHOWN[metric])))
                        .map((row) => row.map(roundedText)), metric);
            }
        }));
}

// Rounds may be added up in another order.
function roundedText(text) {
    return Number.isFinite(Number(text)) ? Number(text).toPrecision(12) : text;
}

async function testLegend(browser) {
    await test("curves__a_cell_that_is_hidden__is_in_no_number", () =>
        withPage(browser, { file: reportOf("demo") }, async (page) => {
            await reportIsReady(page);
            const { legend, chart } = partsOf(page);
            const label = (await legend.first().textContent()).trim().split(" ")[0];
            const cellsShown = async () =>
                new Set((await csvOfChart(page, chart)).slice(1).map(([cell]) => cell));
            require((await cellsShown()).has(label), `${label} is not shown at first`);
            await legend.first().focus();
            await page.keyboard.press("Enter");
            requireEqual(await legend.first().getAttribute("aria-pressed"), "false", "pressed");
            require(!(await cellsShown()).has(label), `${label} is still shown`);
            await legend.first().click();
            requireEqual((await cellsShown()).size, 3, "cells");
        }));
    await test("curves__each_round_by_itself__has_a_line_each", () =>
        withPage(browser, { file: reportOf("demo") }, async (page) => {
            await reportIsReady(page);
            const { section, chart } = partsOf(page);
            await section.getByLabel("each round by itself").check();
            const [, ...rows] = await csvOfChart(page, chart);
            requireEqual(new Set(rows.map(([line]) => line)).size, 15, "lines");
            require(rows.every((row) => row[5] === "1"), "a line has more than one round");
        }));
}

// The names of the runs of a report, in its order, with the number of the cell of each.
function runsOf(file) {
    const [, facts] = readFileSync(file, "utf8").match(/id="report">(.*?)<\/script>/s);
    return JSON.parse(facts).runs.map(({ name, cell }) => ({ name, cell }));
}

// The lines that the chart's file draws, how many are pale, and how many are not.
async function linesDrawn(page, chart) {
    const { bytes } = await savedBy(page, chart.getByRole("button", { name: /^SVG/ }));
    const text = bytes.toString("utf8");
    const strong = text.replace(/<g opacity.*?<\/g>/gs, "");
    return {
        pale: text.match(/<g opacity/g)?.length ?? 0,
        strong: strong.match(/<polyline/g)?.length ?? 0,
    };
}

// How much ink the canvas has: the sum of its opacity.
function inkOf(chart) {
    return chart.locator("canvas").evaluate((canvas) => {
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        return data.reduce((sum, value, i) => (i % 4 === 3 ? sum + value : sum), 0);
    });
}

async function testLit(browser) {
    const file = reportOf("forty_curves");
    const runs = runsOf(file);
    const run = runs.at(-1);
    await test("curves__a_run_in_the_address__stands_out_and_follows_it", () =>
        withPage(browser, { file }, async (page) => {
            await reportIsReady(page);
            const { section, chart, legend } = partsOf(page);
            const cells = await legend.count();
            const lit = () => legend.evaluateAll((all) =>
                all.flatMap((one, i) => (one.classList.contains("lit") ? [i] : [])).join());
            const go = (hash) => page.evaluate((to) => (location.hash = to), hash);
            const numbers = await csvOfChart(page, chart);
            const ink = await inkOf(chart);
            requireEqual(JSON.stringify(await linesDrawn(page, chart)),
                JSON.stringify({ pale: 0, strong: cells }), "lines without an address");
            await go(`#run=${encodeURIComponent(run.name)}`);
            const order = [...new Set(runs.map(({ cell }) => cell))];
            requireEqual(await lit(), String(order.indexOf(run.cell)), "the cell that stands out");
            requireEqual(JSON.stringify(await linesDrawn(page, chart)),
                JSON.stringify({ pale: cells - 1, strong: 1 }), "lines");
            require(await inkOf(chart) < ink, "no line on the canvas is pale");
            require(await section.getByText("stands out").isVisible(), "the note does not say which");
            requireEqual(JSON.stringify(await csvOfChart(page, chart)), JSON.stringify(numbers), "numbers");
            await section.getByLabel("each round by itself").check();
            requireEqual((await linesDrawn(page, chart)).strong, 1, "lines of rounds that stand out");
            await section.getByLabel("each round by itself").uncheck();
            await go(`#run=${encodeURIComponent(runs[0].name)}`);
            requireEqual(await lit(), "0", "the next one");
            await go("#curves");
            requireEqual(await lit(), "0", "after a link within the page");
            await legend.first().click();
            requireEqual(JSON.stringify(await linesDrawn(page, chart)),
                JSON.stringify({ pale: 0, strong: cells - 1 }), "lines when its cell is hidden");
            await go("#run=nobody");
            requireEqual(await lit(), "", "no run has the name");
        }));
    await test("curves__a_timed_run_in_the_address__leaves_all_curves_alike", () => {
        const timed = reportOf("forty");
        const hash = `#run=${encodeURIComponent(runsOf(timed)[0].name)}`;
        return withPage(browser, { file: timed, hash }, async (page) => {
            await reportIsReady(page);
            requireEqual((await linesDrawn(page, partsOf(page).chart)).pale, 0, "pale lines");
        });
    });
    // The sliders of a lesson name it so, beside its place in the timeline.
    await test("curves__a_timed_run_to_be_lit__stands_out", () => {
        const timed = reportOf("forty");
        const name = encodeURIComponent(runsOf(timed)[0].name);
        return withPage(browser, { file: timed, hash: `#run=${name}&lit=${name}` }, async (page) => {
            await reportIsReady(page);
            const { chart, legend } = partsOf(page);
            requireEqual((await linesDrawn(page, chart)).strong, 1, "lines that stand out");
            require(await legend.first().evaluate((one) => one.classList.contains("lit")), "another one");
            // Curves that are made only now, for they were not in sight, must find it as well.
            await page.evaluate(() => (location.hash += "&t=1"));
            await page.waitForFunction(() => location.hash.includes("from="));
            require((await page.evaluate(() => location.hash)).includes("lit="), "the address lacks it");
        });
    });
}

async function testHistogram(browser) {
    await test("curves__histogram_of_staleness__counts_each_applied_gradient", () =>
        withPage(browser, { file: reportOf("one_worker") }, async (page) => {
            await reportIsReady(page);
            const [log] = pages().find(({ name }) => name === "one_worker").files;
            const { metric, histogram } = partsOf(page);
            require(!await histogram.isVisible(), "it is shown without staleness");
            await metric.selectOption("Staleness in versions");
            const [, ...rows] = await csvOfChart(page, histogram);
            const counts = columnOf(log, "gradients", "staleness").filter((value) => value >= 0);
            requireEqual(rows.reduce((sum, row) => sum + Number(row[3]), 0), counts.length, "gradients");
        }));
}

async function testReading(browser) {
    await test("curves__arrow_keys__read_the_points", () =>
        withPage(browser, { file: reportOf("one_worker") }, async (page) => {
            await reportIsReady(page);
            const [log] = pages().find(({ name }) => name === "one_worker").files;
            const { section } = partsOf(page);
            await section.getByRole("img").first().focus();
            await page.keyboard.press("ArrowRight");
            await page.keyboard.press("ArrowRight");
            const reading = await section.getByRole("status").first().textContent();
            const [, second] = columnOf(log, "curves_evaluations", "test_accuracy");
            const [, place] = columnOf(log, "curves_evaluations", "time_ns");
            require(reading.startsWith(`At ${place / 1e9} s:`), reading);
            require(reading.endsWith(` ${Number((100 * second).toPrecision(4))}`), reading);
        }));
}

async function testFiles(browser) {
    await test("curves__table_and_files__have_the_chart", () =>
        withPage(browser, { file: reportOf("two_runs") }, async (page) => {
            await reportIsReady(page);
            const { chart } = partsOf(page);
            const [names, ...rows] = await csvOfChart(page, chart);
            const dashed = rows.map((row) => row.map((text) => (text === "nan" ? "–" : text)));
            requireSameRows(await tableOfChart(chart), [names, ...dashed], "table");
            const svg = await savedBy(page, chart.getByRole("button", { name: /^SVG/ }));
            requireEqual(svg.name, "desgd-test_accuracy-over-time.svg", "name");
            requireEqual(svg.bytes.toString("utf8").match(/<polyline/g).length, 2, "lines");
            const png = await savedBy(page, chart.getByRole("button", { name: /^PNG/ }));
            requireEqual(png.bytes.subarray(1, 4).toString(), "PNG", "format");
            requireEqual(png.bytes.readUInt32BE(16), 1600, "pixels"); // the width
        }));
}

require(DESGD !== undefined, "$DESGD is the program");
await withBrowser(async (browser) => {
    await testRuns(browser);
    await testRounds(browser);
    await testLegend(browser);
    await testLit(browser);
    await testHistogram(browser);
    await testReading(browser);
    await testFiles(browser);
});
conclude();
