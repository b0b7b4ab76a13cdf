// SPDX-License-Identifier: GPL-3.0-or-later
// Usage: node timeline_parts.mjs LOG... What the timeline is made of, without a browser: its
// numbers are those of "desgd export --table timeline", its SVG image holds no more than it should,
// and windows, scales, sets of workers and addresses keep what they promise.
import assert from "node:assert/strict";
import { csvOf } from "../../plots/page/save.js";
import { laneIndexOf } from "../../plots/page/timeline_data.js";
import { layoutRows } from "../../plots/page/timeline_draw.js";
import { INTERVAL_COLUMNS, intervalRows, timelineSvg } from "../../plots/page/timeline_export.js";
import { hashOfPlace, placeOfHash } from "../../plots/page/timeline_hash.js";
import { plainSeconds, spanText, timeScale, typedTime } from "../../plots/page/timeline_scale.js";
import {
    clampWindow, firstWindow, panWindow, windowAround, zoomWindow,
} from "../../plots/page/timeline_window.js";
import { parseWorkers, workersText } from "../../plots/page/worker_sets.js";
import { openLog } from "./open_log.mjs";
import { desgd } from "./program.mjs";

// ---- times ----

function checkTimes() {
    const typed = { "10.161 s": 10161e6, "10.161": 10161e6, " 250 ms ": 25e7, "3us": 3000, "0": 0,
        "1.5 min": 9e10 };
    for (const [text, timeNs] of Object.entries(typed)) {
        assert.equal(typedTime(text), timeNs, text);
    }
    for (const text of ["", "-1 s", "ten", "1 parsec", "1e400", "1.2.3", "NaN", "Infinity", "1 s 2 s"]) {
        assert.equal(typedTime(text), null, text);
    }
    for (const timeNs of [0, 1, 999999999, 1e9, 22800619371, 8.64e15 + 1]) {
        assert.equal(typedTime(plainSeconds(timeNs)), timeNs);
    }
    assert.equal(spanText(220e6), "220 ms");
    assert.equal(spanText(198590004), "198.590004 ms");
    assert.equal(spanText(3), "3 ns");
}

// What a mark stands for, by its text and the base's alone.
function timeOfMark(scale, text) {
    const baseNs = scale.base === "" ? 0 : typedTime(scale.base);
    return baseNs + Number(text.match(/[\d.]+/)[0]) *
        { s: 1e9, ms: 1e6, "µs": 1e3, ns: 1 }[text.match(/[a-zµ]+$/)[0]];
}

function checkScales() {
    for (const fromNs of [0, 10161e6, 22800619371, 3599.9e9]) {
        for (const spanNs of [50, 777, 1e4, 123456, 5e6, 1e9, 3.3e10, 4e12]) {
            const scale = timeScale(fromNs, fromNs + spanNs, 8);
            const what = `${fromNs} and ${spanNs}`;
            assert.ok(scale.ticks.length >= 2 && scale.ticks.length <= 17, what);
            assert.equal(new Set(scale.ticks.map(({ text }) => text)).size, scale.ticks.length, what);
            for (const { timeNs, text } of scale.ticks) {
                assert.ok(timeNs >= fromNs - 1 && timeNs <= fromNs + spanNs + 1, what);
                assert.ok(Math.abs(timeOfMark(scale, text) - timeNs) < 1e-3 * spanNs, `${what}: ${text}`);
                assert.ok(text.length <= 12, text);
            }
        }
    }
}

// ---- windows ----

function checkWindows() {
    const endNs = 1e10;
    for (const [fromNs, toNs] of [[-5, 20], [9e9, 2e10], [5, 5], [3e9, 1e9], [0, 1e12]]) {
        const window = clampWindow(fromNs, toNs, endNs);
        assert.ok(window.fromNs >= 0 && window.toNs <= endNs && window.toNs > window.fromNs);
    }
    const window = { fromNs: 2e9, toNs: 4e9 };
    const near = zoomWindow(window, 0.1, 0.25, endNs);
    assert.deepEqual(near, { fromNs: 2.45e9, toNs: 2.65e9 });
    assert.deepEqual(zoomWindow(near, 10, 0.25, endNs), window);
    assert.deepEqual(zoomWindow(window, 1e9, 0.5, endNs), { fromNs: 0, toNs: endNs });
    assert.deepEqual(panWindow(window, 0.5, endNs), { fromNs: 3e9, toNs: 5e9 });
    assert.deepEqual(panWindow(window, 99, endNs), { fromNs: 8e9, toNs: 1e10 });
    assert.equal(windowAround(window, 3e9, endNs), window);
    assert.deepEqual(windowAround(window, 8e9, endNs), { fromNs: 7e9, toNs: 9e9 });
    assert.deepEqual(clampWindow(0, 0, 0), { fromNs: 0, toNs: 1 });
}

// ---- workers ----

function checkWorkers() {
    for (const text of ["0..4, 7", "3", "0..24", "1, 3, 5"]) {
        assert.equal(workersText(parseWorkers(text, 25)), text);
    }
    assert.deepEqual(parseWorkers("7,0..2,1", 25), new Set([7, 0, 1, 2]));
    assert.equal(parseWorkers("  ", 25), null);
    assert.equal(workersText(null), "");
    for (const text of ["25", "4..2", "a", "1,", "-1", "0...3", "0..99999999999"]) {
        assert.equal(parseWorkers(text, 25), undefined, text);
    }
}

// ---- addresses ----

function pageOf(log, values) {
    return { runs: [{ name: "a/b&c=d #1.h5", timed: true, log }, { name: "other", timed: true, log }],
        state: { get: (key) => values[key] } };
}

function checkAddresses(log) {
    const now = { run: 0, fromNs: 0, toNs: log.endNs };
    const half = Math.floor(log.endNs / 2);
    const values = { run: 1, fromNs: Math.floor(half / 2), toNs: half + 7, timeNs: half, worker: 0,
        row: log.tables.gradients.count > 0 ? 0 : -1 };
    const { row, ...others } = values;
    const hash = hashOfPlace(pageOf(log, values));
    assert.deepEqual(placeOfHash(hash, pageOf(log, values).runs, now), row < 0 ? others : values);
    for (const junk of ["", "#", "#timeline", "#t=", "#t=x&worker=-1&row=1e9&run=nobody&from=3&to=2",
        "#worker=99999999&row=-1&to=5", "#from=NaN&to=NaN", "#%%%=%zz", "#__proto__=1&constructor=2"]) {
        assert.deepEqual(placeOfHash(junk, pageOf(log, values).runs, now), {}, junk);
    }
    const within = placeOfHash(`#t=${plainSeconds(half)}&run=other`, pageOf(log, values).runs, now);
    assert.deepEqual(within, { run: 1, timeNs: half, fromNs: now.fromNs, toNs: now.toNs });
    const beyond = placeOfHash("#t=999999", pageOf(log, values).runs, now);
    assert.equal(beyond.timeNs, log.endNs);
}

// ---- pictures and tables ----

function sceneOf(log) {
    const index = laneIndexOf(log);
    const layout = layoutRows(index, null, false);
    return {
        index, kinds: index.lanes.kindNames, rows: layout.rows, width: 1200, height: layout.height + 40,
        place: { left: 60, top: 36, width: 1130, height: layout.height }, fromNs: 0,
        toNs: Math.max(1, log.endNs), timeNs: 0, worker: null, serverName: "<server>", arrows: [],
        holdUps: [], lit: null, head: "", legend: [],
        theme: { paper: "#ffffff", ink: "#000000", faint: "#555555", accent: "#0000ff", grid: "#cccccc",
            isDark: false, fontSize: 12, thin: new Set(["waiting"]) },
    };
}

function checkTable(path, scene) {
    const rows = intervalRows(scene);
    assert.equal(csvOf(INTERVAL_COLUMNS, rows), desgd("export", path, "--table", "timeline"), path);
    return rows.length;
}

function checkImage(scene) {
    const svg = timelineSvg(scene, "</title><script>\"&");
    assert.ok((svg.match(/<rect /g) ?? []).length <= 20001);
    assert.ok(!svg.includes("<script") && !svg.includes("<server>"));
    assert.ok(!/NaN|Infinity|undefined/.test(svg));
    assert.equal((svg.match(/<svg /g) ?? []).length, (svg.match(/<\/svg>/g) ?? []).length);
}

const paths = process.argv.slice(2);
checkTimes();
checkScales();
checkWindows();
checkWorkers();
let intervals = 0;
for (const path of paths) {
    const log = openLog(path);
    const scene = sceneOf(log);
    intervals += checkTable(path, scene);
    checkImage(scene);
    checkAddresses(log);
    const window = firstWindow(log);
    assert.ok(window.fromNs >= 0 && window.toNs <= Math.max(1, log.endNs), path);
}
assert.ok(intervals > 0, "no log has an interval");
console.log(`timeline_parts: ${paths.length} logs, ${intervals} intervals in their tables`);
