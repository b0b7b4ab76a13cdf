#!/usr/bin/env node
// SPDX-License-Identifier: GPL-3.0-or-later
// Opens the report of everything that make_pages.sh has made, and the same logs in the viewer: on light
// and dark paper, and as narrow as a telephone. Nothing may complain, axe-core may find nothing serious,
// and nothing is wider than the page. Pictures of all go into $PAGE_SCREENS for people to look at.
import { join } from "node:path";
import { axeFindings, openInViewer, reportIsReady, withBrowser, withPage } from "./browser.mjs";
import { VIEWER, pages, reportOf } from "./pages.mjs";
import { conclude, require, test } from "./testing.mjs";

// One after the other, as when somebody turns the telephone or night falls.
const LOOKS = {
    light: { colorScheme: "light", width: 1280 },
    dark: { colorScheme: "dark", width: 1280 },
    narrow: { colorScheme: "dark", width: 390 },
};

const NARROW = { colorScheme: "dark", viewport: { width: 390, height: 844 } };

// Report and viewer show the same: the looks of two are enough.
const LOOKED_AT_IN_VIEWER = ["two_runs", "hostile"];

async function requireNoSidewaysScroll(page) {
    const wide = await page.evaluate(() => {
        const root = document.documentElement;
        if (root.scrollWidth <= root.clientWidth) {
            return [];
        }
        return [...document.querySelectorAll("body *")]
            .filter((one) => one.getBoundingClientRect().right > root.clientWidth + 1)
            .map((one) => one.outerHTML.slice(0, 80)).slice(-3);
    });
    require(wide.length === 0, `wider than the page: ${wide.join(" | ")}`);
}

// Rows of a table are all alike, and so are choices and the texts of a chart; axe-core takes seconds for
// a thousand: it gets a few.
async function requireAccessible(page) {
    await page.evaluate(() => document.querySelectorAll("tbody, svg, svg g, select, [role=group]").forEach((one) =>
        [...one.children].slice(12).forEach((child) => child.remove())));
    for (const colorScheme of ["light", "dark"]) {
        await page.emulateMedia({ colorScheme });
        const findings = await axeFindings(page, colorScheme === "light" ? undefined : ["color-contrast"]);
        require(findings.length === 0, `${colorScheme}: ${findings.join("; ")}`);
    }
}

async function lookAtAll(page, name) {
    await page.evaluate(() => document.querySelectorAll("details").forEach((one) => {
        one.open = one.checkVisibility();
    }));
    for (const [look, { colorScheme, width }] of Object.entries(LOOKS)) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ width, height: 900 });
        await page.waitForTimeout(200); // what is drawn in the next frames
        await page.screenshot({ path: join(process.env.PAGE_SCREENS, `${name}_${look}.png`), fullPage: true });
        await requireNoSidewaysScroll(page);
    }
    await requireAccessible(page);
}

await withBrowser(async (browser) => {
    for (const { name, files } of pages()) {
        await test(`report__of_${name}__is_fine_in_every_look`, () =>
            withPage(browser, { file: reportOf(name) }, async (page) => {
                await reportIsReady(page);
                await lookAtAll(page, `report_${name}`);
            }));
        await test(`viewer__of_${name}__is_fine`, () =>
            withPage(browser, { file: VIEWER, ...NARROW }, async (page) => {
                await openInViewer(page, files);
                await requireNoSidewaysScroll(page);
                await (LOOKED_AT_IN_VIEWER.includes(name) ? lookAtAll(page, `viewer_${name}`) : null);
            }));
    }
});
conclude();
