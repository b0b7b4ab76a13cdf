#!/usr/bin/env node
// SPDX-License-Identifier: GPL-3.0-or-later
// What strangers wrote never runs and never becomes an element; nothing leaves the page; and the viewer
// refuses what is no whole log with a sentence, and goes on.
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { openInViewer, reportIsReady, withBrowser, withPage } from "./browser.mjs";
import { FOLDER, VIEWER, pages, reportOf } from "./pages.mjs";
import { conclude, require, requireEqual, test } from "./testing.mjs";

const EVIL = "<img src=x onerror=alert(1)>";
const POLICY = /Content Security Policy|Refused to|violates|127\.0\.0\.1:9/;
const HOSTILE = pages().find(({ name }) => name === "hostile").files;
const GOOD = join(FOLDER, "logs", "first_run.h5");
const ALL_TABLES = "table, dl, pre, figcaption, option, h1, h2, button";

// What no text may have made.
function foreignElements(page) {
    return page.evaluate(() => [...document.querySelectorAll("*")].filter((one) =>
        [...one.attributes].some(({ name }) => name.startsWith("on")) ||
        ["IMG", "IFRAME", "B", "OBJECT", "LINK"].includes(one.tagName)).map((one) => one.outerHTML));
}

async function requireHarmless(page, scripts) {
    await page.evaluate(() => document.querySelectorAll("details").forEach((one) => {
        one.open = one.checkVisibility();
    }));
    await page.waitForTimeout(200);
    const found = await foreignElements(page);
    require(found.length === 0, found.join());
    requireEqual(await page.locator("script").count(), scripts, "scripts");
    const texts = (await page.locator(ALL_TABLES).allTextContents()).filter((text) => text.includes(EVIL));
    require(texts.length > 5, `what strangers wrote is shown ${texts.length} times`);
}

// What a script that got into the page could not do.
async function requireClosed(page) {
    const { refused, ...outcomes } = await page.evaluate(async () => {
        const refused = new Set();
        document.addEventListener("securitypolicyviolation", (event) =>
            refused.add(event.effectiveDirective));
        const script = document.createElement("script");
        script.textContent = "globalThis.ran = true";
        document.body.append(script);
        return {
            script: globalThis.ran === undefined,
            fetch: await fetch("http://127.0.0.1:9/").then(() => false, () => true),
            own: await fetch(location.href).then(() => false, () => true),
            image: await new Promise((resolve) => {
                const image = new Image();
                image.onload = () => resolve(false);
                image.onerror = () => resolve(true);
                image.src = "http://127.0.0.1:9/a.png";
            }),
            code: await new Promise((resolve) => setTimeout(() => {
                try {
                    resolve(Function("return false")());
                } catch {
                    resolve(true);
                }
            })),
            refused: [...refused],
        };
    });
    for (const [way, isRefused] of Object.entries(outcomes)) {
        require(isRefused, `${way} is possible`);
    }
    requireEqual(refused.sort().join(), "connect-src,img-src,script-src-elem", "what the policy refused");
}

function policyOf(file) {
    return readFileSync(file, "utf8").match(/Content-Security-Policy" content="([^"]*)"/)[1];
}

async function testPolicies(browser) {
    await test("page__its_policy__allows_nothing_but_its_own_scripts", async () => {
        for (const file of [reportOf("demo"), VIEWER]) {
            const policy = policyOf(file);
            require(policy.startsWith("default-src 'none'; script-src 'sha256-"), policy);
            require(!/unsafe-inline|[^-]unsafe-eval|http|\*/.test(policy), policy);
            requireEqual(policy.includes("'wasm-unsafe-eval'"), file === VIEWER, "wasm-unsafe-eval");
        }
    });
    for (const [kind, file] of Object.entries({ report: reportOf("demo"), viewer: VIEWER })) {
        await test(`${kind}__whoever_gets_in__cannot_run_or_fetch`, () =>
            withPage(browser, { file, allowed: POLICY }, async (page) => {
                await page.locator("h1").waitFor();
                await requireClosed(page);
            }));
    }
}

async function testHostile(browser) {
    const scripts = await countScripts(browser);
    await test("report__of_hostile_texts__shows_them_as_texts", () =>
        withPage(browser, { file: reportOf("hostile") }, async (page) => {
            await reportIsReady(page);
            await requireHarmless(page, scripts.report);
        }));
    await test("viewer__of_hostile_texts__shows_them_as_texts", () =>
        withPage(browser, { file: VIEWER }, async (page) => {
            await openInViewer(page, HOSTILE);
            await requireHarmless(page, scripts.viewer);
        }));
    await test("page__hostile_addresses__are_left_alone", () =>
        withPage(browser, { file: reportOf("crash"), hash: `#t=${EVIL}&worker=-7&run=1e9&from=x&to=</script>` },
            async (page) => {
                await reportIsReady(page);
                requireEqual((await foreignElements(page)).length, 0, "elements of strangers");
            }));
}

// How many elements "script" a page of one harmless run has.
async function countScripts(browser) {
    const counts = {};
    await withPage(browser, { file: reportOf("timing_only") }, async (page) => {
        await reportIsReady(page);
        counts.report = await page.locator("script").count();
    });
    await withPage(browser, { file: VIEWER }, async (page) => {
        await openInViewer(page, [GOOD]);
        counts.viewer = await page.locator("script").count();
    });
    return counts;
}

const REFUSED = {
    empty: /empty\.h5 is empty/,
    notes: /notes\.h5 is no HDF5 file/,
    foreign: /foreign\.h5 is no log of a run of desgd/,
    truncated: /truncated\.h5 cannot be read: it is cut off or damaged/,
    huge: /rows, by what the file says: too many for a page/,
    uneven: /has not as many rows as the columns before it/,
    wrong_types: /has another type than desgd writes/,
    without_scenario: /\/scenario is missing/,
};

async function testStrangers(browser) {
    await test("viewer__what_is_no_whole_log__is_refused_in_words", () =>
        withPage(browser, { file: VIEWER, allowed: /HDF5-DIAG|H5[A-Z]+|major: |minor: / }, async (page) => {
            const files = Object.keys(REFUSED).map((name) => join(FOLDER, "strangers", `${name}.h5`));
            await page.locator("input[type=file]").setInputFiles(files);
            const complaints = page.getByRole("alert").getByRole("listitem");
            await complaints.nth(files.length - 1).waitFor();
            const texts = await complaints.allTextContents();
            Object.values(REFUSED).forEach((words, i) =>
                require(words.test(texts[i]), `${basename(files[i])}: ${texts[i]}`));
            require(texts.every((text, i) => text.includes(basename(files[i]))), `without a name: ${texts.join("; ")}`);
            await openInViewer(page, [GOOD]);
            requireEqual(await page.getByRole("alert").getByRole("listitem").count(), 0, "complaints left");
        }));
}

// A browser of before 2023 has no DecompressionStream.
async function testOldBrowser(browser) {
    await test("report__in_a_browser_that_cannot_unpack_it__says_so", () =>
        withPage(browser, { file: reportOf("crash"), allowed: /DecompressionStream/ }, async (page) => {
            await page.addInitScript(() => delete globalThis.DecompressionStream);
            await page.reload();
            await page.getByRole("alert").first().waitFor();
            const [text] = await page.getByRole("alert").allTextContents();
            require(/cannot be shown: DecompressionStream .* needs a browser of 2023/.test(text), text);
        }));
}

await withBrowser(async (browser) => {
    await testOldBrowser(browser);
    await testPolicies(browser);
    await testHostile(browser);
    await testStrangers(browser);
});
conclude();
