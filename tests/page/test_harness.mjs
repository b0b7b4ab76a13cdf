#!/usr/bin/env node
// SPDX-License-Identifier: GPL-3.0-or-later
// Holds browser.mjs against small pages that are fine, complain, throw, or ask for something outside:
// what it says of each is what all other tests of the page are worth.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { axeFindings, reportIsReady, withBrowser, withPage } from "./browser.mjs";
import { conclude, require, requireEqual, test } from "./testing.mjs";

const scratch = mkdtempSync(join(tmpdir(), "desgd-page-"));

function pageWith(body) {
    const file = join(scratch, "page.html");
    writeFileSync(file, `<!DOCTYPE html><html lang="en"><title>t</title><main><section><h2>t</h2>${body}</section></main>`);
    return file;
}

// What withPage says of a page with this body; "": nothing.
async function faultOf(browser, body) {
    try {
        await withPage(browser, { file: pageWith(body) }, async (page) => {
            await reportIsReady(page);
            await page.waitForTimeout(50);
        });
        return "";
    } catch (error) {
        return error.message;
    }
}

async function testFaults(browser) {
    const cases = {
        harness__fine_page__has_no_fault: ["fine", /^$/],
        harness__error_on_console__is_a_fault: ["<script>console.error('oh')</script>", /console: oh/],
        harness__error_not_caught__is_a_fault: ["<script>throw new Error('oh')</script>", /not caught: oh/],
        harness__promise_not_caught__is_a_fault: ["<script>Promise.reject(new Error('oh'))</script>", /not caught: oh/],
        harness__image_from_outside__is_a_fault: ["<img alt='' src='http://127.0.0.1:9/a.png'>", /request: http/],
        harness__alert__is_a_fault: ["<script>alert(1)</script>", /dialog: 1/],
    };
    for (const [fact, [body, expected]] of Object.entries(cases)) {
        await test(fact, async () => {
            const fault = await faultOf(browser, body);
            require(expected.test(fault), `"${fault}"`);
        });
    }
}

await withBrowser(async (browser) => {
    await testFaults(browser);
    await test("harness__faint_text__is_found_by_axe", () =>
        withPage(browser, { file: pageWith("<p style='color: #aaa'>faint</p>") }, async (page) =>
            require((await axeFindings(page)).join().includes("color-contrast"), "it found nothing")));
    await test("harness__language_of_posix__is_what_the_page_sees", () =>
        withPage(browser, { file: pageWith("") }, async (page) =>
            requireEqual(await page.evaluate(() => navigator.language), "en-US@posix", "language")));
});
rmSync(scratch, { recursive: true });
conclude();
