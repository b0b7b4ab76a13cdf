#!/usr/bin/env node
// SPDX-License-Identifier: GPL-3.0-or-later
// One way through everything that there is to show, as report and in the viewer: jump to a time, point
// at a gradient and read its staleness, follow it to its update, zoom, scrub, hide a cell, switch the
// axis, and save the window as CSV, against the program.
import { basename } from "node:path";
import { openInViewer, reportIsReady, withBrowser, withPage } from "./browser.mjs";
import { chartOf, csvOfChart, requireSameRows } from "./charts.mjs";
import { VIEWER, pages, reportOf } from "./pages.mjs";
import { exported } from "./program.mjs";
import { conclude, require, requireEqual, test } from "./testing.mjs";

const SETTLED_MS = 700; // the address is written
const [NAMES, RIGHT, SCALE] = [68, 8, 36]; // pixels beside and above the lanes

function region(page, name) {
    return page.getByRole("region", { name, exact: true });
}

async function readingOf(page, name) {
    const term = region(page, "Moment").locator("dt").filter({ hasText: name }).first();
    return term.evaluate((one) => one.nextElementSibling.textContent);
}

// The log of the run that the timeline shows.
async function shownLog(page, files) {
    const chooser = region(page, "Timeline").getByRole("combobox", { name: "Run" });
    const text = files.length === 1 ? "" : await chooser.locator("option:checked").textContent();
    return files.find((file) => files.length === 1 || text.includes(basename(file)));
}

// A gradient in the middle of the run that was applied, with the interval in which it is computed.
function gradientToFollow(log) {
    const { names, rows } = exported(log, "gradients");
    const gradients = rows.map((row) => Object.fromEntries(names.map((name, i) => [name, row[i]])));
    const intervals = exported(log, "timeline").rows.map((row, i) => ({ i, lane: Number(row[0]), kind: row[1],
        start: Number(row[2]), end: Number(row[3]), row: Number(row[4]) }));
    const computed = intervals.filter(({ kind, row }) => kind === "computing"
        && Number(gradients[row].applied_ns) > 0);
    const interval = computed[computed.length >> 1];
    return { interval, intervals, gradient: gradients[interval.row] };
}

function windowOf({ start, end }) {
    const span = end - start;
    return { from: Math.max(0, start - 3 * span), to: end + 3 * span };
}

async function pointAt(page, { lane, start, end }, window, workers) {
    const canvas = region(page, "Timeline").locator("canvas").last();
    await canvas.scrollIntoViewIfNeeded();
    const box = await canvas.boundingBox();
    const share = ((start + end) / 2 - window.from) / (window.to - window.from);
    const place = [box.x + NAMES + share * (box.width - NAMES - RIGHT),
        box.y + SCALE + (lane + 0.4) * (workers <= 8 ? 24 : 15)];
    await page.mouse.move(...place);
    await page.waitForTimeout(200);
    return place;
}

async function goThroughTimeline(page, log) {
    const { interval, intervals, gradient } = gradientToFollow(log);
    const window = windowOf(interval);
    const workers = new Set(exported(log, "gradients").rows.map(([worker]) => worker)).size;
    const [from, to] = [window.from, window.to].map((ns) => (ns / 1e9).toFixed(9));
    await page.evaluate((hash) => { location.hash = hash; }, `#t=${from}&from=${from}&to=${to}`);
    await page.waitForTimeout(SETTLED_MS);
    requireEqual(Math.round(parseFloat(await readingOf(page, "Time")) * 1e9), window.from, "the jump");
    const place = await pointAt(page, interval, window, workers);
    const text = await region(page, "Timeline").innerText();
    require(text.includes(`worker ${interval.lane}: computing from `), `no interval is read: ${text}`);
    require(text.includes(`staleness ${gradient.staleness}`), `staleness ${gradient.staleness}? ${text}`);
    await page.mouse.click(...place);
    await region(page, "Moment").getByRole("button", { name: "Its update" }).click();
    requireEqual(Math.round(parseFloat(await readingOf(page, "Time")) * 1e9), Number(gradient.applied_ns),
        "the time of its update");
    await page.waitForTimeout(SETTLED_MS); // else the page writes its own address over this one
    await page.evaluate((hash) => { location.hash = hash; }, `#t=${from}&from=${from}&to=${to}`);
    await page.waitForTimeout(SETTLED_MS);
    const saved = (await csvOfChart(page, chartOf(page, "Timeline"))).slice(1);
    const rows = exported(log, "timeline").rows;
    requireSameRows(saved, intervals.filter(({ start, end }) => (start < window.to && end > window.from)
        || (start === end && start >= window.from && start <= window.to)).map(({ i }) => rows[i]), "the window");
    await region(page, "Timeline").getByRole("button", { name: "+" }).or(
        region(page, "Timeline").getByRole("button", { name: "Zoom in" })).first().click();
    await page.waitForTimeout(SETTLED_MS);
    const zoomed = new URLSearchParams(new URL(page.url()).hash.slice(1));
    require(zoomed.get("to") - zoomed.get("from") < (window.to - window.from) / 1e9, "it does not zoom");
}

async function goThroughCurves(page) {
    const slider = region(page, "Moment").getByRole("slider", { name: "Moment" });
    await slider.fill("1000000000");
    requireEqual(await readingOf(page, "Time"), "1.000 s", "the scrubbed time");
    const curves = region(page, "Curves");
    await curves.getByRole("combobox").nth(1).selectOption("updates");
    const cell = curves.getByRole("list", { name: "Cells that are shown" }).getByRole("button").first();
    const before = await csvOfChart(page, curves.locator("figure").first());
    require(before[0].join().includes("updates") && before.length > 1, `over updates: ${before[0]}`);
    await cell.click();
    requireEqual(await cell.getAttribute("aria-pressed"), "false", "the cell is hidden");
    const after = await csvOfChart(page, curves.locator("figure").first());
    require(after.length < before.length, "the hidden cell has numbers");
    await cell.click();
}

await withBrowser(async (browser) => {
    for (const { name, files } of pages().filter((page) => page.name !== "hostile")) {
        const tour = async (page) => {
            await goThroughTimeline(page, await shownLog(page, files));
            await goThroughCurves(page);
        };
        await test(`report__of_${name}__is_gone_through`, () =>
            withPage(browser, { file: reportOf(name) }, async (page) => {
                await reportIsReady(page);
                await tour(page);
            }));
        await test(`viewer__of_${name}__is_gone_through`, () =>
            withPage(browser, { file: VIEWER }, async (page) => {
                await openInViewer(page, files);
                await tour(page);
            }));
    }
});
conclude();
