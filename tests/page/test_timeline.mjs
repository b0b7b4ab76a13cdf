#!/usr/bin/env node
// SPDX-License-Identifier: GPL-3.0-or-later
// The timeline under a hand: pointer, wheel, keys, fields and addresses, in Chromium. Where an
// interval lies in the picture follows from its times in the log and from the window in the
// address.
import { openInViewer, withBrowser, withPage } from "./browser.mjs";
import { chartOf, csvOfChart, requireSameRows, savedBy } from "./charts.mjs";
import { VIEWER, pages, reportOf } from "./pages.mjs";
import { exported } from "./program.mjs";
import { conclude, require, requireEqual, test } from "./testing.mjs";
import { laneColour } from "../../plots/page/colours.js";

const LETTERS = 12; // pixels
const [NAMES, RIGHT] = [Math.ceil(5.6 * LETTERS), 8]; // beside the lanes
const SCALE = 3 * LETTERS; // above them
const SETTLED_MS = 600; // the address is written, screen readers are told

function timelineOf(page) {
    return page.getByRole("group", { name: /^Timeline/ });
}

// The values in the page's address, times in seconds, once it stays as it is.
async function addressOf(page) {
    for (let before = null; ; ) {
        await page.waitForTimeout(SETTLED_MS);
        await page.evaluate(() => new Promise(requestAnimationFrame));
        const { hash } = new URL(page.url());
        if (hash === before && hash.includes("from=")) {
            return Object.fromEntries(new URLSearchParams(hash.slice(1)));
        }
        before = hash;
    }
}

// The place on the screen of a time in a worker's lane, of so many workers.
async function placeOf(page, worker, workers, seconds, window) {
    const canvas = timelineOf(page).locator("canvas").last();
    await canvas.scrollIntoViewIfNeeded();
    const box = await canvas.boundingBox();
    const lane = workers <= 8 ? 24 : 15;
    const share = (seconds - window.from) / (window.to - window.from);
    return { x: box.x + NAMES + share * (box.width - NAMES - RIGHT),
        y: box.y + SCALE + (worker + 0.4) * lane };
}

async function pointAt(page, interval, workers, window) {
    const seconds = (interval.start + interval.end) / 2;
    const { x, y } = await placeOf(page, interval.lane, workers, seconds, window);
    await page.mouse.move(x, y);
    await page.waitForTimeout(150);
}

// The intervals of a log as the program prints them, in seconds.
function intervalsOf(log) {
    const { rows } = exported(log, "timeline");
    return rows.map(([lane, kind, start, end, row]) => ({ lane: Number(lane), kind, row: Number(row),
        start: Number(start) / 1e9, end: Number(end) / 1e9 }));
}

const FIRST = pages().find(({ name }) => name === "two_runs").files[0]; // five workers
const WORKERS = 5;
const WINDOW = { from: 2, to: 4 };
const HASH = `#t=2.5&from=${WINDOW.from}&to=${WINDOW.to}`;
const INTERVALS = intervalsOf(FIRST);
const COMPUTING = INTERVALS.find(({ lane, kind, start, end }) =>
    lane === 3 && kind === "computing" && start > 2.2 && end < 3.8);

async function withTimeline(browser, call, hash = HASH) {
    await withPage(browser, { file: reportOf("two_runs"), hash }, async (page) => {
        await timelineOf(page).waitFor();
        await page.waitForTimeout(300);
        await call(page);
    });
}

async function hoverReads(page) {
    await pointAt(page, COMPUTING, WORKERS, WINDOW);
    const text = await timelineOf(page).innerText();
    const { rows, names } = exported(FIRST, "gradients");
    const gradient = Object.fromEntries(names.map((name, i) => [name, rows[COMPUTING.row][i]]));
    require(text.includes(`worker 3: computing from ${COMPUTING.start.toFixed(9).replace(/0{1,6}$/, "")} s`),
        `the interval is not read: ${text}`);
    require(text.includes(`read version ${gradient.version_read}, was applied to ` +
        `${gradient.version_applied}: staleness ${gradient.staleness}`), `no staleness: ${text}`);
    require(text.includes(`worker 3 receives version ${gradient.version_read} and starts gradient ` +
        gradient.number), `not what tell prints: ${text}`);
}

// The colours on the canvas at places of the screen, as "#rrggbb".
function coloursAt(page, places) {
    return timelineOf(page).locator("canvas").last().evaluate((canvas, points) => {
        const box = canvas.getBoundingClientRect();
        return points.map(({ x, y }) => {
            const [red, green, blue] = canvas.getContext("2d").getImageData(
                (x - box.left) * canvas.width / box.width,
                (y - box.top) * canvas.height / box.height, 1, 1).data;
            return `#${[red, green, blue].map((c) => c.toString(16).padStart(2, "0")).join("")}`;
        });
    }, places);
}

// In the middle of every interval that is a few pixels wide and lies beside the marks over the
// lanes.
async function pixelsAreLogged(page) {
    const pixel = (WINDOW.to - WINDOW.from) / 1100;
    const wide = INTERVALS.filter(({ lane, start, end }) => lane >= 0 && start > WINDOW.from &&
        end < WINDOW.to && end - start > 8 * pixel &&
        Math.abs(((start + end) / 2) % 0.1) > 2 * pixel && Math.abs((start + end) / 2 - 2.5) > 2 * pixel);
    require(wide.length > 30, `only ${wide.length} intervals`);
    const places = [];
    for (const { lane, start, end } of wide) {
        places.push(await placeOf(page, lane, WORKERS, (start + end) / 2, WINDOW));
    }
    const colours = await coloursAt(page, places.map(({ x, y }) => ({ x, y: y + 6 })));
    wide.forEach(({ lane, kind, start }, i) =>
        requireEqual(colours[i], laneColour(kind, false), `worker ${lane} ${kind} from ${start} s`));
}

async function clickFollows(page) {
    await pointAt(page, COMPUTING, WORKERS, WINDOW);
    await page.mouse.down();
    await page.mouse.up();
    const place = await addressOf(page);
    requireEqual(place.worker, "3", "the worker");
    requireEqual(place.row, String(COMPUTING.row), "the gradient's row");
    await page.keyboard.press("g"); // the pointer's gradient is followed: on to its next station
    const next = await addressOf(page);
    require(Number(next.t) > Number(place.t), `g stays at ${next.t}`);
    requireEqual(next.row, place.row, "the row that g follows");
}

async function keysMove(page) {
    await timelineOf(page).focus();
    await page.keyboard.press("ArrowRight");
    const panned = await addressOf(page);
    require(Math.abs(Number(panned.from) - 2.4) < 1e-6, `→ leads to ${panned.from}`);
    await page.keyboard.press("+");
    const zoomed = await addressOf(page);
    require(Math.abs(Number(zoomed.to) - Number(zoomed.from) - 2 / 1.5) < 1e-6, "+ does not zoom");
    await page.keyboard.press("0");
    const whole = await addressOf(page);
    requireEqual(whole.from, "0", "the whole run's beginning");
    requireEqual(whole.to, "5", "the whole run's end");
    await page.keyboard.press("End");
    requireEqual((await addressOf(page)).t, "5", "the last moment");
}

// From moment to moment of a worker: the times of its lines in tell, none left out.
async function eventKeysStep(page) {
    const { rows, names } = exported(FIRST, "events");
    const [time, actor] = ["time_ns", "actor"].map((name) => names.indexOf(name));
    const times = new Set(rows.filter((row) => row[actor] === "3").map((row) => Number(row[time]) / 1e9));
    await pointAt(page, COMPUTING, WORKERS, WINDOW);
    await page.mouse.down();
    await page.mouse.up();
    const before = Number((await addressOf(page)).t);
    await page.keyboard.press("n");
    const next = Number((await addressOf(page)).t);
    requireEqual(next, Math.min(...[...times].filter((t) => t > before)), "the next event");
    await page.keyboard.press("p");
    const last = Number((await addressOf(page)).t);
    requireEqual(last, Math.max(...[...times].filter((t) => t < next)), "the event before");
}

async function wheelZooms(page) {
    const middle = await placeOf(page, 2, WORKERS, 3, WINDOW);
    await page.mouse.move(middle.x, middle.y);
    await page.mouse.wheel(0, 60);
    requireEqual((await addressOf(page)).from, "2", "without the focus the wheel scrolls the page; from");
    const again = await placeOf(page, 2, WORKERS, 3, WINDOW);
    await page.mouse.move(again.x, again.y);
    await page.keyboard.down("Control");
    await page.mouse.wheel(0, -60);
    await page.keyboard.up("Control");
    const place = await addressOf(page);
    const [from, to] = [Number(place.from), Number(place.to)];
    require(to - from < 1.9, `Ctrl and the wheel do not zoom: ${from} to ${to}`);
    require(Math.abs((from + to) / 2 - 3) < 0.01, `the middle moved to ${(from + to) / 2}`);
}

async function dragPans(page) {
    const from = await placeOf(page, 2, WORKERS, 3, WINDOW);
    const to = await placeOf(page, 2, WORKERS, 2.5, WINDOW);
    await page.mouse.move(from.x, from.y);
    await page.mouse.down();
    await page.mouse.move((from.x + to.x) / 2, from.y);
    await page.mouse.move(to.x, to.y);
    await page.mouse.up();
    const place = await addressOf(page);
    require(Math.abs(Number(place.from) - 2.5) < 0.005, `dragging leads to ${place.from}`);
    requireEqual(place.row, undefined, "a drag is no click: the row that is followed");
}

// Two fingers, 100 and then 200 pixels apart, around the middle of the lanes.
async function pinchZooms(page) {
    const middle = await placeOf(page, 2, WORKERS, 3, WINDOW);
    const session = await page.context().newCDPSession(page);
    const touch = (type, apart) => session.send("Input.dispatchTouchEvent", {
        type, touchPoints: apart === 0 ? []
            : [-1, 1].map((side, id) => ({ x: middle.x + side * apart / 2, y: middle.y, id })),
    });
    await touch("touchStart", 100);
    for (const apart of [120, 140, 160, 180, 200]) {
        await touch("touchMove", apart);
    }
    await touch("touchEnd", 0);
    const place = await addressOf(page);
    const [from, to] = [Number(place.from), Number(place.to)];
    require(Math.abs(to - from - 1) < 0.05, `two fingers zoom to ${to - from} s`);
    require(Math.abs((from + to) / 2 - 3) < 0.05, `the middle moved to ${(from + to) / 2}`);
}

async function fieldsTake(page) {
    const field = page.getByRole("textbox", { name: "Go to" }).first();
    await field.fill("4250 ms");
    await field.press("Enter");
    requireEqual((await addressOf(page)).t, "4.25", "the time that was typed");
    await field.fill("soon");
    await field.press("Enter");
    requireEqual(await field.getAttribute("aria-invalid"), "true", "a word as a time");
    const workers = page.getByRole("textbox", { name: "Workers" }).first();
    await workers.fill("3, 0..1");
    await workers.press("Enter");
    const [names, ...rows] = await csvOfChart(page, chartOf(page, "Timeline"));
    requireEqual(names.join(), "lane,kind,start_ns,end_ns,row", "the names of the columns");
    requireEqual([...new Set(rows.map(([lane]) => lane))].sort().join(), "-1,0,1,3", "the lanes shown");
}

async function savesAll(page) {
    const window = INTERVALS.filter(({ start, end }) =>
        (start < WINDOW.to && end > WINDOW.from) || (start === end && start >= 2 && start <= 4));
    const { rows } = exported(FIRST, "timeline");
    const chart = chartOf(page, "Timeline");
    requireSameRows((await csvOfChart(page, chart)).slice(1),
        window.map((interval) => rows[INTERVALS.indexOf(interval)]), "the window as CSV");
    const svg = await savedBy(page, chart.getByRole("button", { name: /^SVG/ }));
    require(/^<svg /.test(svg.bytes.toString("utf8")), "no SVG image");
    const png = await savedBy(page, chart.getByRole("button", { name: /^PNG/ }));
    requireEqual(png.bytes.subarray(1, 4).toString(), "PNG", "the picture's kind");
}

async function addressesLead(page) {
    await page.evaluate(() => { location.hash = "#t=4.6&worker=4"; });
    const place = await addressOf(page);
    requireEqual(place.worker, "4", "the worker of the address");
    require(Number(place.from) > 2 && Number(place.to) > 4.6, "the window does not follow");
    await page.evaluate(() => { location.hash = "#t=never&worker=99&from=5&to=1"; });
    const label = await timelineOf(page).getByRole("img").last().getAttribute("aria-label");
    require(label.includes(`from ${Number(place.from).toFixed(3)} s`), `junk moves it: ${label}`);
}

// Columns of logs lie in memory beside the engine's own; those of replaced pages must not stay there.
async function replacedPagesGo(page) {
    const session = await page.context().newCDPSession(page);
    const sizes = [];
    for (let i = 0; i < 4; i++) {
        await openInViewer(page, [FIRST]);
        await page.waitForTimeout(2 * SETTLED_MS);
        await session.send("HeapProfiler.collectGarbage");
        sizes.push((await session.send("Runtime.getHeapUsage")).backingStorageSize);
    }
    require(sizes[3] - sizes[1] < 10000, `bytes after each drop of a log: ${sizes.join(", ")}`);
}

await withBrowser(async (browser) => {
    const facts = {
        timeline__pointer_over_interval__reads_what_tell_prints: hoverReads,
        timeline__pixels__are_what_the_log_says: pixelsAreLogged,
        timeline__click__follows_the_gradient: clickFollows,
        timeline__keys__pan_zoom_and_jump: keysMove,
        timeline__event_keys__step_through_the_workers_events: eventKeysStep,
        timeline__wheel__zooms_only_when_asked: wheelZooms,
        timeline__drag__pans: dragPans,
        timeline__two_fingers__zoom: pinchZooms,
        timeline__fields__take_times_and_workers: fieldsTake,
        timeline__save__has_the_window: savesAll,
        timeline__address__leads_there_and_junk_nowhere: addressesLead,
    };
    for (const [fact, call] of Object.entries(facts)) {
        await test(fact, () => withTimeline(browser, call));
    }
    await test("viewer__same_log_again__takes_no_more_memory", () =>
        withPage(browser, { file: VIEWER }, replacedPagesGo));
});
conclude();
