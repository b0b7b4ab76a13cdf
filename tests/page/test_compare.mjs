#!/usr/bin/env node
// SPDX-License-Identifier: GPL-3.0-or-later
// The sections Compare, Sweep and Provenance as readers use them: all numbers of all metrics are those
// of "desgd compare", a table is sorted and searched, a map has the cells where their values are, and
// each run says where it comes from.
import { join } from "node:path";
import { reportIsReady, openInViewer, withBrowser, withPage } from "./browser.mjs";
import { chartOf, csvOfChart, requireSameRows, savedBy, tableOfChart } from "./charts.mjs";
import { FOLDER, VIEWER, reportOf } from "./pages.mjs";
import { desgd } from "./program.mjs";
import { conclude, require, requireEqual, test } from "./testing.mjs";
import { exactNumbers, meanHalfInterval, metricsOf } from "../../plots/page/comparison.js";
import { pairedColumns } from "../../plots/page/paired_table.js";

function comparisonOf(name) {
    return JSON.parse(desgd("compare", join(FOLDER, name), "--metric", "all", "--format", "json"));
}

function inSection(page, title) {
    return page.getByRole("region", { name: title, exact: true });
}

function textsOf(table) {
    return table.evaluate((one) => [...one.rows].map((row) => [...row.cells].map((cell) => cell.textContent)));
}

function inCsv(value) {
    return Number.isNaN(value) ? "nan" : String(value);
}

function inTable(value) {
    return Number.isNaN(value) ? "–" : String(value);
}

function withReport(browser, name, call) {
    return withPage(browser, { file: reportOf(name) }, async (page) => {
        await reportIsReady(page);
        await call(page);
    });
}

// Of the metric that is chosen: the paired table, and what lies below the forest plot.
async function requireCompared(section, comparison, metric) {
    const columns = pairedColumns(comparison, metric);
    requireSameRows(await textsOf(section.locator("table.paired")), [columns.map(({ name }) => name),
        ...comparison.cells.map((cell) => columns.map(({ textOf }) => textOf(cell)))], metric);
    const exact = exactNumbers(comparison, metric);
    const chart = chartOf(section.page(), /Differences to the baseline/);
    requireSameRows(await csvOfChart(section.page(), chart),
        [exact.columns, ...exact.rows.map((row) => row.map(inCsv))], `CSV of ${metric}`);
    requireSameRows(await tableOfChart(chart),
        [exact.columns, ...exact.rows.map((row) => row.map(inTable))], `table of ${metric}`);
}

// The CSV of the heat map: a row for each tile, whose cell has these values of the two keys.
async function requireMapped(section, comparison, metric, x, y) {
    const [names, ...rows] = await csvOfChart(section.page(), chartOf(section.page(), /Heat map/));
    requireEqual(names.join(), [x, y, "cells", "mean", "low", "high", "which_is_best"].join(), "columns");
    requireEqual(rows.length, comparison.cells.length, "tiles");
    for (const row of rows) {
        const [cell] = comparison.cells.filter(({ keys }) => keys[x] === row[0] && keys[y] === row[1]);
        const { mean, which_is_best } = cell[metric];
        const half = meanHalfInterval(comparison, cell[metric]);
        requireEqual(row.slice(2).join(), ["1", mean, mean - half, mean + half, which_is_best].join(),
            `tile ${row[0]}, ${row[1]} of ${metric}`);
    }
}

await withBrowser(async (browser) => {
    for (const name of ["demo", "forty"]) {
        await test(`compare__of_${name}__shows_every_number_of_the_program`, () =>
            withReport(browser, name, async (page) => {
                const comparison = comparisonOf(name);
                const section = inSection(page, "Compare");
                const metrics = metricsOf(comparison);
                require(metrics.length > 3, "there are metrics");
                for (const [i, metric] of metrics.entries()) {
                    await section.getByLabel("Metric").selectOption({ index: i });
                    await requireCompared(section, comparison, metric);
                }
            }));
    }

    await test("sweep__of_forty__has_each_cell_where_its_values_are", () =>
        withReport(browser, "forty", async (page) => {
            const comparison = comparisonOf("forty");
            const section = inSection(page, "Sweep");
            const [x, y] = Object.keys(comparison.cells[0].keys);
            for (const [i, metric] of metricsOf(comparison).entries()) {
                await section.getByLabel("Metric").selectOption({ index: i });
                await requireMapped(section, comparison, metric, x, y);
            }
            await section.getByLabel("Across").selectOption(y);
            await requireMapped(section, comparison, metricsOf(comparison).at(-1), y, x);
        }));

    await test("sweep__of_forty__has_its_values_in_order", () =>
        withReport(browser, "forty", async (page) => {
            const rows = await csvOfChart(page, chartOf(page, /Heat map/));
            requireEqual([...new Set(rows.slice(1).map((row) => row[0]))].join(),
                "5,10,20,40,80,160,320,640", "across");
            requireEqual([...new Set(rows.slice(1).map((row) => row[1]))].join(),
                "20 ms,50 ms,100 ms,500 ms,1 s", "down");
        }));

    await test("sweep__of_forty__is_sorted_and_searched_by_keyboard", () =>
        withReport(browser, "forty", async (page) => {
            const section = inSection(page, "Sweep");
            const head = section.getByRole("columnheader", { name: "mean" }).last();
            const means = async () => {
                const [names, ...rows] = await textsOf(section.locator("table.sortable"));
                const at = names.findIndex((name) => /^mean/.test(name));
                return rows.map((row) => Number(row[at]));
            };
            await head.getByRole("button").focus();
            for (const [direction, sign] of [["ascending", 1], ["descending", -1]]) {
                await page.keyboard.press("Enter");
                requireEqual(await head.getAttribute("aria-sort"), direction, "aria-sort");
                const found = await means();
                require(found.every((mean, i) => i === 0 || sign * (mean - found[i - 1]) >= 0),
                    `${direction}: ${found}`);
                requireEqual(found.length, 40, "rows");
            }
            await section.getByLabel("Only rows with").fill("500 ms");
            requireEqual((await means()).length, 8, "rows with 500 ms");
            requireEqual(await section.locator("output").textContent(), "8 of 40 rows", "what is said");
        }));

    // By keys the values are gone through one by one.
    await test("lists__that_are_made_anew_by_a_choice__keep_the_focus", () =>
        withReport(browser, "forty", async (page) => {
            for (const [title, label] of [["Sweep", "Across"], ["Provenance", "Run"]]) {
                const list = inSection(page, title).getByRole("combobox", { name: label });
                const before = await list.evaluate((one) => one.selectedIndex);
                await list.focus();
                await page.keyboard.press("ArrowDown");
                requireEqual(await list.evaluate((one) => one.selectedIndex), before + 1, `${label} by a key`);
                require(await list.evaluate((one) => one === document.activeElement), `${label} has the focus`);
            }
        }));

    await test("charts__of_forty__are_saved_as_pictures", () =>
        withReport(browser, "forty", async (page) => {
            for (const title of [/Differences to the baseline/, /Heat map/, /Lines/]) {
                const chart = chartOf(page, title);
                const svg = await savedBy(page, chart.getByRole("button", { name: /^SVG/ }));
                require(/^<svg .*<\/svg>$/s.test(svg.bytes.toString("utf8")), `${title}: an SVG`);
                const png = await savedBy(page, chart.getByRole("button", { name: /^PNG/ }));
                requireEqual(png.bytes.subarray(1, 4).toString("latin1"), "PNG", `${title}: a PNG`);
                require(png.bytes.length > 5000, `${title}: a PNG of ${png.bytes.length} bytes`);
            }
        }));

    await test("provenance__of_demo__is_that_of_each_run", () =>
        withReport(browser, "demo", async (page) => {
            const section = inSection(page, "Provenance");
            const list = section.getByRole("combobox");
            const names = await list.locator("option").allTextContents();
            requireEqual(names.length, 15, "runs");
            for (const [i, text] of names.entries()) {
                await list.selectOption({ index: i });
                const file = text.slice(text.indexOf(": ") + 2);
                const facts = new Map(await textsOf(section.locator("table.facts").first()));
                requireEqual(facts.get("file"), file, "file");
                requireEqual(facts.get("the file is"), "whole: as desgd wrote it", "seal");
                const told = JSON.parse(desgd("info", "--json", join(FOLDER, file)));
                requireEqual(facts.get("seed"), String(told.seed), "seed");
                requireEqual(facts.get("policy"), told.policy, "policy");
                const printed = desgd("info", join(FOLDER, file));
                for (const name of ["timeline", "parameter"]) {
                    const fingerprint = facts.get(`${name} fingerprint`);
                    require(printed.includes(fingerprint), `${name} fingerprint ${fingerprint}`);
                }
                requireEqual(await section.locator("pre").textContent(),
                    desgd("info", "--scenario", join(FOLDER, file)), "scenario");
                require((await section.locator("code").allTextContents()).includes(`desgd replay ${file}`),
                    "the command that repeats it");
            }
        }));

    await test("provenance__of_a_changed_log__says_so_in_the_viewer", () =>
        withPage(browser, { file: VIEWER }, async (page) => {
            const section = inSection(page, "Provenance");
            await openInViewer(page, join(FOLDER, "logs", "first_run.h5"));
            await section.getByText("whole: as desgd wrote it").waitFor();
            await page.reload();
            await openInViewer(page, join(FOLDER, "strangers", "changed.h5"));
            await section.getByText("changed since desgd wrote it").waitFor();
        }));
});
conclude();
