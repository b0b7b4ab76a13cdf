#!/usr/bin/env node
// SPDX-License-Identifier: GPL-3.0-or-later
// The timeline of a long run opens soon and follows the hand: in Chromium without a graphics card,
// a run of 200,000 gradients, whose frames would take 53 ms without an index. Counted is the
// processor time of the page; $PAGE_SLOWER says how many times as much it may take as it should,
// for small processors that others use, too. $PAGE_GRADIENTS makes the run longer; of more than
// 500,000 the viewer alone has a timeline, and only its frames have a bound.
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { openInViewer, withBrowser, withPage } from "./browser.mjs";
import { DESGD, FOLDER, VIEWER } from "./pages.mjs";
import { conclude, require, test } from "./testing.mjs";
import { frameMs, processorClock, timelineIsDrawn } from "./timeline_speed.mjs";

const SLOWER = Number(process.env.PAGE_SLOWER ?? 2);
const GRADIENTS = Number(process.env.PAGE_GRADIENTS ?? 200000);
const GRADIENTS_A_SECOND = 115.75; // of this cluster
const REPORT_MOST = 500000;
const OPEN_MS = 3000;
const FRAME_MS = 16;
const END_S = Math.ceil(GRADIENTS / GRADIENTS_A_SECOND);
const WINDOWS_S = [END_S, 0.9 * END_S, 60, 5, 0.05];
const SCENARIO = `title: A long run
model: none
end: ${END_S} s
policy: {name: async}
cluster:
  workers: 25
  compute: {law: uniform, min: 180 ms, max: 220 ms}
  delay: {law: exponential, mean: 50 ms, workers: 5}
  server: {receive: 3 ms, update: 2 ms}
`;

const folder = join(FOLDER, "long");
const log = join(folder, "long.h5");
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, "long.yaml"), SCENARIO);
execFileSync(DESGD, ["run", "--quiet", join(folder, "long.yaml"), "-o", log]);

function requireSoon(ms, boundMs, what) {
    console.log(`${what}: ${ms.toFixed(1)} ms of the processor`);
    require(ms < SLOWER * boundMs, `${what} in ${ms} ms; the bound is ${SLOWER} times ${boundMs}`);
}

async function checkPage(page, clock, beganMs) {
    await timelineIsDrawn(page);
    requireSoon(await clock() - beganMs, GRADIENTS <= REPORT_MOST ? OPEN_MS : Infinity, "it opens");
    for (const seconds of WINDOWS_S) {
        requireSoon(await frameMs(page, clock, seconds, END_S),
            GRADIENTS <= REPORT_MOST ? FRAME_MS : 4 * FRAME_MS, `a frame of ${seconds.toPrecision(3)} s`);
    }
}

await withBrowser(async (browser) => {
    if (GRADIENTS <= REPORT_MOST) {
        await test("report__of_many_gradients__opens_soon_and_follows", async () => {
            const file = join(folder, "long.html");
            execFileSync(DESGD, ["report", log, "-o", file]);
            await withPage(browser, { file: VIEWER }, async (page) => {
                const clock = await processorClock(page);
                await page.goto(pathToFileURL(file).href);
                await checkPage(page, clock, 0); // a new page counts from 0
            });
        });
    }
    await test("viewer__of_many_gradients__opens_soon_and_follows", () =>
        withPage(browser, { file: VIEWER }, async (page) => {
            page.setDefaultTimeout(240000);
            const clock = await processorClock(page);
            const beganMs = await clock();
            await openInViewer(page, [log]);
            await checkPage(page, clock, beganMs);
        }));
});
conclude();
