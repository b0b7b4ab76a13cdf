#!/usr/bin/env node
// SPDX-License-Identifier: GPL-3.0-or-later
// A report as a thing to keep and to use: the same bytes twice, small enough to send, on paper, and
// without a mouse.
import { readFileSync, statSync } from "node:fs";
import { reportIsReady, withBrowser, withPage } from "./browser.mjs";
import { reportOf } from "./pages.mjs";
import { conclude, require, requireEqual, test } from "./testing.mjs";

const DEMO_BYTES_MAX = 2e6;
const CONTROLS = "a[href], button, input, select, summary, [tabindex='0']";

// Goes through the page by the Tab key until it is left: how many of the controls that are shown were
// reached, and those on which nobody sees that they have the focus.
async function tour(page) {
    const count = await page.evaluate((selector) => {
        const shown = [...document.querySelectorAll(selector)].filter((one) =>
            one.checkVisibility({ checkVisibilityCSS: true }) && !one.disabled && one.tabIndex >= 0);
        shown.forEach((one, i) => one.setAttribute("data-tour", i));
        return shown.length;
    }, CONTROLS);
    const reached = new Set();
    const unseen = [];
    for (let i = 0; i < 2 * count + 10 && reached.size < count; i++) {
        await page.keyboard.press("Tab");
        const at = await page.evaluate(() => {
            const one = document.activeElement;
            const style = getComputedStyle(one);
            return { tour: one.getAttribute("data-tour"), html: one.outerHTML.slice(0, 100),
                isSeen: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0 };
        });
        if (at.tour !== null && !reached.has(at.tour)) {
            reached.add(at.tour);
            unseen.push(...(at.isSeen ? [] : [at.html]));
        }
    }
    const missed = await page.evaluate((done) => [...document.querySelectorAll("[data-tour]")]
        .filter((one) => !done.includes(one.getAttribute("data-tour")))
        .map((one) => one.outerHTML.slice(0, 100)), [...reached]);
    return { count, missed, unseen };
}

async function testPrint(page) {
    await page.emulateMedia({ media: "print" });
    const shown = await page.evaluate(() => [...document.querySelectorAll("main button, main input, nav")]
        .filter((one) => one.checkVisibility() && !one.closest(".curve-legend, th")).map((one) => one.outerHTML));
    require(shown.length === 0, `controls on paper: ${shown.slice(0, 3).join()}`);
    const sections = await page.locator("main section").evaluateAll((all) =>
        all.filter((one) => one.getBoundingClientRect().height < 40).map((one) => one.id));
    require(sections.length === 0, `sections that are empty on paper: ${sections.join()}`);
    const pdf = await page.pdf({ format: "A4" });
    require(pdf.length > 30_000, `a PDF of ${pdf.length} bytes`);
}

await test("report__of_the_same_runs__has_the_same_bytes", async () =>
    require(readFileSync(reportOf("demo")).equals(readFileSync(reportOf("again"))), "two reports differ"));
await test("report__of_a_demo__has_less_than_2_MB", async () => {
    const { size } = statSync(reportOf("demo"));
    require(size < DEMO_BYTES_MAX, `${size} bytes`);
    console.log(`a report of the demo's size has ${size} bytes`);
});
await withBrowser(async (browser) => {
    await test("report__on_paper__has_all_sections_and_no_controls", () =>
        withPage(browser, { file: reportOf("demo") }, async (page) => {
            await reportIsReady(page);
            await testPrint(page);
        }));
    for (const name of ["demo", "crash"]) {
        await test(`report__of_${name}__is_used_without_a_mouse`, () =>
            withPage(browser, { file: reportOf(name) }, async (page) => {
                await reportIsReady(page);
                const { count, missed, unseen } = await tour(page);
                requireEqual(missed.join(" "), "", `not reached of ${count}`);
                requireEqual(unseen.join(" "), "", "reached, and nobody sees it");
                console.log(`${count} controls of ${name} were reached`);
            }));
    }
});
conclude();
