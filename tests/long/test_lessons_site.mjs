#!/usr/bin/env node
// SPDX-License-Identifier: GPL-3.0-or-later
// Goes through the lessons' site (build/lessons, by "make run-lessons") as a reader does who has no
// network: predicts, reveals, slides. Run from the top of the tree.
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { axeFindings, withBrowser, withPage } from "../page/browser.mjs";
import { conclude, require, requireEqual, test } from "../page/testing.mjs";

const SITE = join(process.cwd(), "build/lessons");
const FILES = readdirSync(SITE);
const LESSONS = FILES.filter((name) => /^\d\d_[^.]*(?<!_runs|_beginning)\.html$/.test(name)).sort();
const MOST_BYTES = { site: 15e6, lesson: 3e6 };
const OPENS_MS = 2000;

function textOf(name) {
    return readFileSync(join(SITE, name), "utf8");
}

// axe-core talks to frames, which pages from disk may not answer; those are tested as reports.
async function requireAccessible(page) {
    await page.evaluate(() => document.querySelectorAll("iframe").forEach((one) => one.remove()));
    const findings = await axeFindings(page);
    require(findings.length === 0, findings.join("; "));
}

function isShown(page, selector) {
    return page.locator(selector).isVisible();
}

// Each page in a frame shows the run, by the address that the slider gave it.
async function requireFramesReady(page) {
    for (const frame of await page.locator("iframe").all()) {
        await frame.contentFrame().getByRole("heading", { level: 2 }).first().waitFor();
        const wrong = frame.contentFrame().getByText("cannot be shown");
        requireEqual(await wrong.count(), 0, "parts that cannot be shown");
    }
}

async function slide(page) {
    const facts = page.locator("#facts");
    for (const range of await page.locator("#sliders input").all()) {
        const before = await facts.innerText();
        const addresses = () => page.locator("iframe").evaluateAll((all) => all.map((one) => one.src).join());
        const at = await addresses();
        await range.press("End");
        require(await addresses() !== at, "a slider moves, and the page of the runs does not");
        require(await facts.innerText() !== before || await isOneResult(page),
            "a slider moves, and the facts do not");
    }
    requireEqual(await facts.getByText("fingerprint").count(), 2, "fingerprints");
}

// Lesson 1: all runs are the same.
async function isOneResult(page) {
    const runs = await page.locator("#runs-data").evaluate((data) => JSON.parse(data.textContent).runs);
    return new Set(runs.map(({ facts }) => JSON.stringify(facts))).size < runs.length;
}

async function predict(page) {
    const questions = await page.locator("fieldset").all();
    requireEqual(await isShown(page, "#reveal"), false, "the reveal is shown before the prediction");
    for (const question of questions) {
        requireEqual(await page.locator("#show").isEnabled(), false, "the button before all answers");
        await question.locator("input").first().check();
    }
    await page.locator("#show").click();
    requireEqual(await isShown(page, "#reveal"), true, "the reveal after the prediction");
    requireEqual(await page.locator(".answer.chosen").count(), questions.length, "sentences to choices");
    for (let i = 0; i < questions.length; i++) {
        const shown = page.locator(`.answer[data-question="${i}"]:visible`);
        const isRight = await shown.first().evaluate((one) =>
            "right" in one.dataset && one.classList.contains("chosen"));
        requireEqual(await shown.count(), isRight ? 1 : 2, `sentences to question ${i + 1}`);
    }
}

await test("site__links__lead_somewhere", () => {
    for (const name of FILES.filter((one) => one.endsWith(".html") && one !== "viewer.html")) {
        for (const [, file, place] of textOf(name).matchAll(/<a href="([^"#:]*)(?:#([^"]*))?"/g)) {
            require(file === "" || FILES.includes(file), `${name}: no ${file}`);
            require(place === undefined || textOf(file || name).includes(`id="${place}"`),
                `${name}: no ${file}#${place}`);
        }
    }
});
await test("site__sizes__are_small", () => {
    const bytes = (names) => names.reduce((sum, name) => sum + statSync(join(SITE, name)).size, 0);
    require(bytes(FILES) <= MOST_BYTES.site, `the site has ${bytes(FILES)} bytes`);
    for (const name of LESSONS) {
        const own = bytes(FILES.filter((one) => one.startsWith(name.replace(".html", ""))));
        require(own + bytes(["page.js", "page.css"]) <= MOST_BYTES.lesson, `${name} has ${own} bytes`);
    }
});
await withBrowser(async (browser) => {
    for (const name of LESSONS) {
        await test(`lesson__${name.replace(".html", "")}__is_predicted_revealed_and_slid`, () =>
            withPage(browser, { file: join(SITE, name) }, async (page) => {
                const openedMs = await page.evaluate(() => performance.now());
                require(openedMs <= OPENS_MS, `opens in ${openedMs} ms`);
                await predict(page);
                await requireFramesReady(page);
                await slide(page);
                await requireFramesReady(page);
                await requireAccessible(page);
            }));
    }
    // A reader would see the old end of the page, and sliders in the words of a configuration file.
    await test("lesson__revealed__begins_at_the_top_and_has_sliders_in_words", () =>
        withPage(browser, { file: join(SITE, "05_switch.html") }, async (page) => {
            await predict(page);
            const top = await page.locator("#reveal h2").first().evaluate((one) => one.getBoundingClientRect().top);
            require(top >= 0 && top < 200, `the reveal begins at ${top} px`);
            requireEqual(await page.locator("#sliders input").count(), 2, "sliders: of policies and of servers");
            const said = page.locator("#sliders output");
            await page.locator("#sliders input").first().press("End");
            requireEqual(await said.first().innerText(), "sync", "the last policy");
            requireEqual(await said.last().innerText(), "receive 10 ms, update 5 ms", "the first server");
        }));
    await test("playground__sliders__choose_among_runs", () =>
        withPage(browser, { file: join(SITE, "playground.html") }, async (page) => {
            await slide(page);
            await requireFramesReady(page);
            await requireAccessible(page);
        }));
    for (const name of ["index", "glossary", "teacher"]) {
        await test(`page__${name}__has_nothing_serious`, () =>
            withPage(browser, { file: join(SITE, `${name}.html`) }, requireAccessible));
    }
});
conclude();
