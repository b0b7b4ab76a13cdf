#!/usr/bin/env node
// SPDX-License-Identifier: GPL-3.0-or-later
// The sections "Moment" and "Two runs" under a hand, in Chromium: every line of the events, every
// column of every gradient, how things stand, the player, and where two runs part, against the program.
import { withBrowser, withPage } from "./browser.mjs";
import { pages, reportOf } from "./pages.mjs";
import { desgd, endOf, exported } from "./program.mjs";
import { conclude, require, requireEqual, test } from "./testing.mjs";

const [PARENT, FORK] = pages().find(({ name }) => name === "two_runs").files;

function momentOf(page) {
    return page.getByRole("region", { name: "Moment", exact: true });
}

function eventsOf(page) {
    return momentOf(page).getByRole("listbox", { name: "Events" });
}

function sliderOf(page) {
    return momentOf(page).getByRole("slider", { name: "Moment" });
}

// {Time: "3.214 s", "Threshold K": "2", ...}
async function readingsOf(page) {
    const pairs = await momentOf(page).locator("dt").evaluateAll((names) =>
        names.map((name) => [name.textContent, name.nextElementSibling.textContent]));
    return Object.fromEntries(pairs);
}

function objectsOf(log, table) {
    const { names, rows } = exported(log, table);
    return rows.map((row) => Object.fromEntries(names.map((name, i) => [name, row[i]])));
}

// ---- events ----

// All lines of the list, by scrolling through it.
async function linesOf(page) {
    const lines = await eventsOf(page).evaluate(async (list) => {
        const found = [];
        for (let top = 0; top <= list.scrollHeight; top += list.clientHeight / 2) {
            list.scrollTop = top;
            await new Promise(requestAnimationFrame);
            await new Promise(requestAnimationFrame);
            for (const item of list.querySelectorAll("[role=option]")) {
                found[Number(item.getAttribute("aria-posinset")) - 1] = item.textContent;
            }
        }
        return found;
    });
    return lines;
}

async function eventsAreTold(page) {
    const expected = desgd("tell", PARENT).split("\n").slice(0, -1);
    const lines = await linesOf(page);
    expected.forEach((line, i) => requireEqual(lines[i], line, `line ${i}`));
    requireEqual(lines.length, expected.length, "the number of lines");
}

async function chosenLineLeads(page) {
    const list = eventsOf(page);
    await list.focus();
    await page.keyboard.press("Home");
    await page.keyboard.press("PageDown");
    await page.keyboard.press("ArrowDown");
    const chosen = list.getByRole("option", { selected: true });
    const line = desgd("tell", PARENT).split("\n")[11];
    requireEqual(await chosen.textContent(), line, "the chosen line");
    requireEqual(parseFloat((await readingsOf(page)).Time), parseFloat(line), "its time");
    const [, worker, gradient] = line.match(/worker (\d+) pushes gradient (\d+)/);
    await momentOf(page).getByText(`Gradient ${gradient} of worker ${worker}`, { exact: true }).waitFor();
}

// Of a page that was opened at 3 s: the chosen line is in sight, and none is later than the moment.
async function opensAtTheMoment(page) {
    const last = desgd("tell", PARENT, "--to", "3 s").trimEnd().split("\n").at(-1);
    await eventsOf(page).getByRole("option", { selected: true }).getByText(last, { exact: true })
        .waitFor();
}

// What the pointer is at in the timeline is brought into sight in the list.
async function listFollowsPointer(page) {
    const canvas = page.getByRole("group", { name: /^Timeline/ }).locator("canvas").last();
    const box = await canvas.boundingBox();
    const lines = desgd("tell", PARENT).split("\n");
    for (const share of [0.3, 0.6, 0.9]) {
        await canvas.hover({ position: { x: share * box.width, y: box.height / 3 } });
        await page.waitForTimeout(200);
        const pointed = eventsOf(page).locator(".pointed");
        const read = await page.getByRole("group", { name: /^Timeline/ }).locator(".timeline-line").textContent();
        requireEqual(await pointed.textContent(), lines.find((line) => line.trim() === read.trim()),
            `what the pointer is at, at ${share} of the width`);
    }
}

// ---- the gradient ----

async function follow(page, worker, number) {
    const moment = momentOf(page);
    const stop = moment.getByRole("button", { name: "Stop following" });
    if (await stop.isVisible()) {
        await stop.click();
    }
    await moment.getByRole("spinbutton", { name: "Worker" }).fill(worker);
    await moment.getByRole("spinbutton", { name: "Gradient" }).fill(number);
    await moment.getByRole("button", { name: "Follow", exact: true }).click();
}

function sameText(actual, expected) {
    return actual === expected || (actual !== "" && Object.is(Number(actual), Number(expected)));
}

async function requireRow(page, gradient, row) {
    const cells = await momentOf(page).getByRole("table").evaluate((table) =>
        [...table.tBodies[0].rows].map(({ cells: [name, value] }) => [name.textContent, value.textContent]));
    requireEqual(cells.map(([name]) => name).join(), Object.keys(gradient).join(), "the columns");
    cells.forEach(([name, value]) => require(sameText(value, gradient[name]),
        `row ${row}, ${name}: ${value}; expected is ${gradient[name]}`));
    const words = await momentOf(page).getByRole("group", { name: "Gradient" }).innerText();
    const { version_read: read, version_applied: applied, staleness } = gradient;
    require(words.includes(Number(applied) < 0 ? `read version ${read}; `
        : `read version ${read}, applied to ${applied}: staleness ${staleness}; `), `row ${row}: ${words}`);
}

async function everyGradientIsShown(page) {
    const gradients = objectsOf(PARENT, "gradients");
    const next = momentOf(page).getByRole("button", { name: "Next of this worker" });
    for (const [row, gradient] of [...gradients.entries()].sort(([, a], [, b]) => a.worker - b.worker)) {
        await (gradient.number === "0" ? follow(page, gradient.worker, "0") : next.click());
        await requireRow(page, gradient, row);
    }
    requireEqual(await next.isDisabled(), true, "behind the last one of all there is no next");
}

async function waysLead(page) {
    const gradients = objectsOf(PARENT, "gradients");
    const [own, next] = gradients.filter(({ worker }) => worker === "1").slice(3, 5);
    const updates = objectsOf(PARENT, "updates");
    const press = (name) => momentOf(page).getByRole("button", { name }).click();
    const timeNs = async () => Math.round(parseFloat((await readingsOf(page)).Time) * 1e9);
    await follow(page, "1", own.number);
    await press("Its update");
    requireEqual(await timeNs(), Number(own.applied_ns), "the time of its update");
    requireEqual((await readingsOf(page)).Version, String(Number(own.version_applied) + 1), "then");
    await press("Its read");
    requireEqual(await timeNs(), Number(updates[own.version_read - 1].time_ns), "the time of its read");
    await press("Next of this worker");
    await momentOf(page).getByText(`Gradient ${next.number} of worker 1`, { exact: true }).waitFor();
    requireEqual(await timeNs(), Number(next.dispatched_ns), "the start of the next");
}

// ---- the moment ----

function lastUntil(rows, timeNs) {
    return rows.filter((row) => Number(row.time_ns) <= timeNs).at(-1);
}

async function standsAsLogged(page) {
    const [updates, evaluations] = ["updates", "evaluations"].map((table) => objectsOf(PARENT, table));
    for (let timeNs = 0; timeNs <= 5e9; timeNs += 125000003) {
        await sliderOf(page).fill(String(timeNs));
        const readings = await readingsOf(page);
        const evaluation = lastUntil(evaluations, timeNs);
        requireEqual(readings.Version, lastUntil(updates, timeNs)?.version ?? "0", `version at ${timeNs}`);
        requireEqual(parseFloat(readings["Test accuracy"]).toFixed(2),
            (100 * evaluation.test_accuracy).toFixed(2), `accuracy at ${timeNs}`);
        require(Math.abs(readings["Test loss"] - evaluation.test_loss) <= 0.00005001, "loss");
    }
}

// A page that plays for a second of time, as one sees it.
async function playFor(page, speed) {
    await momentOf(page).getByRole("combobox", { name: "Speed" }).selectOption(speed);
    await momentOf(page).getByRole("button", { name: "Play" }).click();
    await page.waitForTimeout(1000);
}

async function playsAndPauses(page) {
    await sliderOf(page).fill("1000000000");
    await page.waitForTimeout(300);
    requireEqual((await readingsOf(page)).Time, "1.000 s", "nothing plays unasked: the time");
    await playFor(page, "0.5");
    await momentOf(page).getByRole("button", { name: "Pause" }).click();
    const { Time } = await readingsOf(page);
    require(parseFloat(Time) > 1 && parseFloat(Time) < 3, `it plays to ${Time}`);
    await page.waitForTimeout(300);
    requireEqual((await readingsOf(page)).Time, Time, "paused, the time");
    await playFor(page, "100");
    await momentOf(page).getByRole("button", { name: "Play" }).waitFor();
    requireEqual((await readingsOf(page)).Time, "5.000 s", "the end of the play");
}

// There are three timelines: one tells who cannot see them.
async function oneTimelineIsHeard(page) {
    const heard = page.locator(".timeline").getByRole("status").filter({ hasText: /^worker 0: / });
    const timelines = page.getByRole("group", { name: /its keys are listed below$/ });
    await heard.waitFor();
    for (const i of [1, 2, 0]) {
        await timelines.nth(i).focus();
        await page.keyboard.press("n");
        await timelines.nth(i).getByRole("status").filter({ hasText: /^worker 0: / }).waitFor();
        await page.waitForTimeout(400); // the others have settled, too
        requireEqual(await heard.count(), 1, "timelines that are heard");
    }
}

async function typingStopsPlay(page) {
    await playFor(page, "0.1");
    const time = page.getByRole("region", { name: "Timeline", exact: true }).getByLabel("Go to");
    await time.press("Control+a");
    await time.pressSequentially("2.5 s", { delay: 50 });
    requireEqual(await time.inputValue(), "2.5 s", "what was typed");
}

async function sliderTakesKeys(page) {
    await sliderOf(page).focus();
    await page.keyboard.press("End");
    requireEqual((await readingsOf(page)).Time, "5.000 s", "the end");
    await page.keyboard.press("ArrowLeft");
    const before = parseFloat((await readingsOf(page)).Time);
    require(before > 4 && before < 5, `a key leads to ${before}`);
    requireEqual(await sliderOf(page).getAttribute("aria-valuetext"), (await readingsOf(page)).Time,
        "what is heard");
}

// ---- two runs ----

function twoRunsOf(page) {
    return page.getByRole("region", { name: "Two runs", exact: true });
}

async function choose(page, index) {
    await twoRunsOf(page).getByRole("combobox", { name: "Second run" }).selectOption(String(index));
}

// The lines of "desgd diff" that tell of rows, as "table row: columns".
function partingsOfDiff() {
    const { stdout } = endOf(["diff", PARENT, FORK]);
    const tables = { event: "events", update: "updates", "gradient row": "gradients",
        evaluation: "evaluations", worker: "workers" };
    return [...stdout.matchAll(/^([a-z ]+) (\d+)(?: \(.*\))? differs in ([a-z_, ]+):/gm)]
        .map(([, kind, row, columns]) => `${tables[kind]} ${row}: ${columns.split(", ").sort()}`);
}

async function partsAsDiffSays(page) {
    await choose(page, 1);
    const cells = await twoRunsOf(page).getByRole("table", { name: /first row of each table/ })
        .evaluate((table) => [...table.tBodies[0].rows].map((row) =>
            [...row.cells].map((cell) => cell.textContent)));
    const found = [];
    for (const [table, row, , column] of cells.filter(([table]) => table !== "ending")) {
        if (table === "") {
            found.at(-1).columns.push(column);
        } else {
            found.push({ head: `${table} ${row}`, columns: [column] });
        }
    }
    requireEqual(found.map(({ head, columns }) => `${head}: ${columns.sort()}`).join("\n"),
        partingsOfDiff().join("\n"), "where they part");
    const keys = await twoRunsOf(page).getByRole("table", { name: /^Keys/ }).innerText();
    require(/policy\.threshold\.every\s+40\s+5/.test(keys), `the keys: ${keys}`);
    await twoRunsOf(page).getByRole("button", { name: / s$/ }).first().click();
    const parted = (await twoRunsOf(page).getByText(/^They part at/).innerText()).match(/at (\S+ s)/)[1];
    requireEqual((await readingsOf(page)).Time, parted, "where its button leads");
}

// What tell prints of both from the moment on at which diff has them part.
async function partsInWords(page) {
    await choose(page, 1);
    const from = ["--from", "2.119209474 s"]; // event 218 of the parent
    const told = [PARENT, FORK].map((log) => desgd("tell", ...from, log).split("\n"));
    const at = told[0].findIndex((line, i) => line !== told[1][i]);
    const words = await twoRunsOf(page).getByRole("list", { name: "What happens then" })
        .locator("code").allTextContents();
    requireEqual(words.join("\n"), told.map((lines) => lines[at].trim()).join("\n"), "the events");
}

async function lettersGrow(page) {
    const sizeOf = () => momentOf(page).locator("dd").first().evaluate((element) =>
        parseFloat(getComputedStyle(element).fontSize));
    const before = await sizeOf();
    await page.getByLabel("large letters").first().check();
    require(await sizeOf() > before, `still ${before} pixels`);
}

// A scheme without a server has no threshold, buffer and queue to read.
async function readsWhatThereIs(page) {
    const names = await momentOf(page).locator("dt:visible").allTextContents();
    requireEqual(names.join(), "Time,Version,Test accuracy,Test loss,Workers down", "the readings");
}

async function sameRunIsSame(page) {
    await choose(page, 0);
    await twoRunsOf(page).getByText("The runs are the same in every row.").waitFor();
    await twoRunsOf(page).getByText("Their scenarios are the same.").waitFor();
}

await withBrowser(async (browser) => {
    const facts = {
        moment__events__are_the_lines_of_tell: eventsAreTold,
        moment__chosen_line__leads_to_its_time_and_gradient: chosenLineLeads,
        moment__pointer_in_the_timeline__is_followed_by_the_list: listFollowsPointer,
        moment__every_gradient__has_the_columns_of_export: everyGradientIsShown,
        moment__ways_of_a_gradient__lead_to_its_read_and_update: waysLead,
        moment__at_any_time__stands_as_logged: standsAsLogged,
        moment__play__moves_on_and_stops: playsAndPauses,
        moment__play__stops_for_who_types_a_time: typingStopsPlay,
        moment__slider__takes_keys: sliderTakesKeys,
        two_runs__of_a_fork__part_where_diff_says: partsAsDiffSays,
        two_runs__of_a_fork__part_in_the_words_of_tell: partsInWords,
        two_runs__of_one_run__are_the_same: sameRunIsSame,
        moment__for_a_projector__has_large_letters: lettersGrow,
    };
    for (const [fact, call] of Object.entries(facts)) {
        await test(fact, () => withPage(browser, { file: reportOf("two_runs") }, call));
    }
    await test("moment__of_a_page_that_opens_at_a_time__has_the_events_of_then", () =>
        withPage(browser, { file: reportOf("two_runs"), hash: "#t=3" }, opensAtTheMoment));
    await test("moment__of_hier_avg__has_no_readings_of_a_server", () =>
        withPage(browser, { file: reportOf("hier_avg") }, readsWhatThereIs));
    await test("moment__play_with_less_motion__moves_in_steps", () =>
        withPage(browser, { file: reportOf("two_runs"), reducedMotion: "reduce" }, playsAndPauses));
    await test("timelines__of_two_runs__are_not_heard_thrice", () =>
        withPage(browser, { file: reportOf("two_runs"), hash: "#t=1&worker=0" }, oneTimelineIsHeard));
});
conclude();
