// SPDX-License-Identifier: GPL-3.0-or-later
// Reads what charts of an open page show: by their frames, which all charts share.
import { readFileSync } from "node:fs";
import { rowsOfCsv } from "./program.mjs";
import { requireEqual } from "./testing.mjs";

// The chart in whose caption the words are.
export function chartOf(page, words) {
    return page.getByRole("figure", { name: words }).or(page.locator("figure", {
        has: page.locator("figcaption", { hasText: words }),
    })).first();
}

// Chromium silently drops what a page saves after ten files within a second.
const SAVED_IN_A_SECOND = 9;
const savedAt = [];

async function waitForItsTurn(page) {
    const earlier = savedAt.at(-SAVED_IN_A_SECOND) ?? 0;
    await page.waitForTimeout(Math.max(0, earlier + 1100 - Date.now()));
    savedAt.push(Date.now());
}

// The file that a button saves: {name, bytes}.
export async function savedBy(page, button) {
    await waitForItsTurn(page);
    const [download] = await Promise.all([page.waitForEvent("download"), button.click()]);
    return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
}

// The numbers of a chart as its CSV has them: [names, ...rows].
export async function csvOfChart(page, chart) {
    const { bytes } = await savedBy(page, chart.getByRole("button", { name: /^CSV/ }));
    return rowsOfCsv(bytes.toString("utf8"));
}

// The numbers of a chart as its table has them: [names, ...rows].
export async function tableOfChart(chart) {
    const details = chart.locator("details", { has: chart.page().getByText("Table", { exact: true }) });
    if (await details.getAttribute("open") === null) {
        await details.locator("summary").click();
    }
    await details.locator("table").waitFor();
    return details.locator("table").evaluate((table) => [...table.rows].map((row) =>
        [...row.cells].map((cell) => cell.textContent)));
}

// All rows are the same texts.
export function requireSameRows(actual, expected, what) {
    for (let i = 0; i < Math.max(actual.length, expected.length); i++) {
        requireEqual(actual[i]?.join(), expected[i]?.join(), `${what}, row ${i}`);
    }
}
