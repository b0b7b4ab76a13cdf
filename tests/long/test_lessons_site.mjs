#!/usr/bin/env node
// SPDX-License-Identifier: GPL-3.0-or-later
// Goes through the lessons' site (build/lessons, by "make run-lessons") as a reader does who has no
// network: predicts, reveals, slides. Run from the top of the tree.
import { spawnSync } from "node:child_process";
import {
    cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { axeFindings, openInViewer, withBrowser, withPage } from "../page/browser.mjs";
import { conclude, require, requireEqual, test } from "../page/testing.mjs";

const SITE = join(process.cwd(), "build/lessons");
const FILES = readdirSync(SITE);
const LESSONS = FILES.filter((name) => /^\d\d_[^.]*(?<!_runs|_beginning)\.html$/.test(name)).sort();
const MOST_BYTES = { site: 15e6, lesson: 3e6 };
const OPENS_MS = 2000;
const OPENINGS = 3; // of which the fastest counts: other programs may hold one up

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
        await frame.scrollIntoViewIfNeeded(); // what is not in sight is not drawn
        await frame.contentFrame().getByRole("heading", { level: 2 }).first().waitFor();
        await frame.contentFrame().locator("canvas").first().waitFor();
        const wrong = frame.contentFrame().getByText("cannot be shown");
        requireEqual(await wrong.count(), 0, "parts that cannot be shown");
    }
}

// In pages that show curves the line of the run stands out, and is called as the sliders say.
async function requireLit(page) {
    for (const frame of await page.locator('iframe[title*=urves]').all()) {
        const lit = frame.contentFrame().locator(".curve-legend button.lit");
        await lit.waitFor();
        const called = await lit.innerText();
        for (const said of await page.locator("#sliders output").allInnerTexts()) {
            require(called.includes(said), `the legend says ${called}, the slider ${said}`);
        }
    }
}

function runsOf(page) {
    return page.locator("#runs-data").evaluate((data) => JSON.parse(data.textContent).runs);
}

// The rows of the table of lesson 2 have its words and numbers: of each there is a run.
async function requireFactsOfText(page) {
    const said = [...(await page.locator("#reveal table").first().innerText()).matchAll(
        /(\d+)\t(\d+)\t([\d.]+ %)\t([\d.]+ %)/g)].map((row) => row.slice(1).join());
    const known = (await runsOf(page)).map(({ facts }) => [facts.updates, facts["gradients applied"],
        facts["workers idle"], facts["accuracy at the end"]].join());
    requireEqual(said.length, 4, "rows");
    said.forEach((row) => require(known.includes(row), `the text says ${row}, and no run does`));
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
    const runs = await runsOf(page);
    return new Set(runs.map(({ facts }) => JSON.stringify(facts))).size < runs.length;
}

// From the beginning to the page's being there, and from there (from the answers) to all frames'.
async function openingMs(page) {
    const pageMs = await page.evaluate(() => performance.getEntriesByType("navigation")[0].loadEventEnd);
    if (await page.locator("#show").count() > 0) {
        for (const question of await page.locator("fieldset").all()) {
            await question.locator("input").first().check();
        }
        await page.locator("#show").click({ trial: true });
        const began = performance.now();
        await page.locator("#show").click();
        await requireFramesReady(page);
        return pageMs + performance.now() - began;
    }
    await requireFramesReady(page);
    return page.evaluate(() => performance.now());
}

async function requireOpensSoon(page) {
    let ms = Infinity;
    for (let i = 0; i < OPENINGS && ms > OPENS_MS; i++) {
        await page.reload();
        ms = Math.min(ms, await openingMs(page));
    }
    console.log(`drawn after ${ms.toFixed(0)} ms`);
    require(ms <= OPENS_MS, `is drawn after ${ms} ms`);
    await page.reload();
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

// ---- a teacher's own ----

const HARM = `<script>alert(1)</script> <img src=x onerror=alert(2)> [one](javascript:alert(3)) `
    + `<a href="javascript:alert(4)">two</a> <javascript:alert(5)> [three](../../../../etc/passwd) `;
const HARM_TITLE = `]</title><img src=x onerror=alert(6)>](javascript:alert(7)) "'&`;

// A copy of lesson 1 in a folder of that name, with harm in its title, a choice and all its parts.
function ownLesson(above, name) {
    const folder = join(above, name);
    cpSync("scenarios/lessons/01_one_worker", folder, { recursive: true });
    const page = join(folder, "lesson.md");
    writeFileSync(page, readFileSync(page, "utf8").replace(/^# .*/m, () => `# 14. ${HARM_TITLE}`)
        .replace(/^## .*/gm, (heading) => (heading === "## Prediction" || heading === "## Claim"
            || heading === "## Reveal" || heading === "## Why" ? `${heading}\n\n${HARM}\n` : heading))
        .replace(/^- \*\*A\*\* /m, () => `- **A** ${HARM}`));
    return folder;
}

// "make lessons LESSON=FOLDER", into another site; the lessons' own runs are there already.
function makeSite(above, folder) {
    mkdirSync(join(above, "site_runs"), { recursive: true });
    readdirSync(`${SITE}_runs`, { withFileTypes: true }).filter((one) => one.isDirectory()
        && /^(\d\d_|playground)/.test(one.name) && !one.name.startsWith("14_"))
        .forEach(({ name }) => symlinkSync(join(`${SITE}_runs`, name), join(above, "site_runs", name)));
    const { MAKEFLAGS, MFLAGS, MAKELEVEL, ...env } = process.env;
    const parts = ["plots/lessons/site.py", "build/desgd", "build/viewer.html", "build/page/lesson.css",
        "build/page/lesson.js", join(above, "site")];
    return spawnSync("make", ["run-lessons", `LESSONS=${parts.join(" ")}`, `LESSON=${folder}`],
        { env, encoding: "utf8" });
}

async function withFolder(call) {
    const above = mkdtempSync(join(tmpdir(), "lessons-"));
    try {
        await call(above);
    } finally {
        rmSync(above, { recursive: true });
    }
}

function testOwn(browser) {
    return test("lesson__of_ones_own_with_hostile_text__becomes_a_page", () => withFolder(async (above) => {
        const { status, stderr } = makeSite(above, ownLesson(above, "14_Own-2"));
        requireEqual(status, 0, stderr);
        const index = readFileSync(join(above, "site/index.html"), "utf8");
        require(index.includes(`<a href="14_Own-2.html">`), "the list of lessons lacks it");
        await withPage(browser, { file: join(above, "site/14_Own-2.html") }, async (page) => {
            requireEqual(await page.locator("h1").innerText(), `14. ${HARM_TITLE}`, "title");
            await predict(page);
            await requireFramesReady(page);
            await slide(page);
            requireEqual(await page.locator("img, [onerror], [href^=javascript]").count(), 0, "harm");
            requireEqual(await page.locator("[href*=passwd]").count(), 0, "links out of the site");
            require((await page.locator("#reveal").innerText()).includes("<script>alert(1)</script>"),
                "the text is not shown as it is");
            await requireAccessible(page);
        });
    }));
}

function testOwnName() {
    return test("lesson__called_as_another_page__is_refused_and_leaves_the_site", () =>
        withFolder((above) => {
            for (const name of ["viewer", "02_straggler", "mine.2", "mine_runs"]) {
                const arguments_ = [join(above, "site"), ownLesson(above, name)];
                mkdirSync(arguments_[0], { recursive: true });
                writeFileSync(join(arguments_[0], "kept"), "");
                const { status, stderr } = spawnSync("/usr/bin/python3", ["-B", "plots/lessons/site.py",
                    "build/desgd", "build/viewer.html", "build/page/lesson.css", "build/page/lesson.js",
                    ...arguments_], { encoding: "utf8" });
                requireEqual(status, 1, `status with ${name}`);
                require(stderr.startsWith("site.py: ") && stderr.includes(name), stderr);
                requireEqual(readdirSync(arguments_[0]).join(), "kept", "the site");
            }
        }));
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
                await requireOpensSoon(page);
                await predict(page);
                await requireFramesReady(page);
                await slide(page);
                await requireFramesReady(page);
                await requireLit(page);
                if (name.startsWith("02_")) {
                    await requireFactsOfText(page);
                }
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
            await requireOpensSoon(page);
            await slide(page);
            await requireFramesReady(page);
            await requireLit(page);
            await requireAccessible(page);
        }));
    // A reader without the program would try what cannot be done in a browser.
    await test("lesson__exercise__says_whether_it_needs_the_program", () =>
        withPage(browser, { file: join(SITE, "09_order_statistics.html") }, async (page) => {
            await predict(page);
            const marks = await page.locator("h3:has-text('Exercise') + p").allInnerTexts();
            requireEqual(marks.map((mark) => mark.includes("need desgd")).join(), "true,false", "marks");
        }));
    // It shares script and style with the pages of the lessons.
    await test("viewer__of_the_site__shows_a_log", () =>
        withPage(browser, { file: join(SITE, "viewer.html") }, async (page) => {
            const folder = `${SITE}_runs/01_one_worker`;
            const log = readdirSync(folder).find((name) => name.endsWith(".h5") && name.length === 19);
            await openInViewer(page, [join(folder, log)]);
            await page.locator("canvas").first().waitFor();
        }));
    await testOwn(browser);
    await testOwnName();
    for (const name of ["index", "glossary", "teacher"]) {
        await test(`page__${name}__has_nothing_serious`, () =>
            withPage(browser, { file: join(SITE, `${name}.html`) }, requireAccessible));
    }
});
conclude();
