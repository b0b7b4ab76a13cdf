// SPDX-License-Identifier: GPL-3.0-or-later
// Usage: node tell_matches.mjs LOG... The lines that the page tells of each log are those of
// "desgd tell", byte for byte, in whatever order they are asked for; how things stand at a moment is
// what these lines come to; and each interval of the timeline has the line with which it begins.
import assert from "node:assert/strict";
import { formatFixed, parseTime } from "../../plots/page/format.js";
import { lanesOf } from "../../plots/page/lanes.js";
import { Log } from "../../plots/page/log.js";
import { startUpNs, stepsLocally } from "../../plots/page/log_traits.js";
import { momentsOf } from "../../plots/page/moments.js";
import { createTeller } from "../../plots/page/tell.js";
import { openLog } from "./open_log.mjs";
import { endOf } from "./program.mjs";

// The lines that the program tells; and, if it does not, why.
function told(path) {
    const { stdout, stderr } = endOf(["tell", path]);
    return { lines: stdout.split("\n").slice(0, -1), why: stderr };
}

// 0 to count - 1, each once, far from in order.
function shuffled(count) {
    const order = Array.from({ length: count }, (_, i) => i);
    let seed = 12345;
    for (let i = count - 1; i > 0; i--) {
        seed = (seed * 1103515245 + 12345) % 2 ** 31;
        const other = Math.floor(seed / 2 ** 31 * (i + 1));
        [order[i], order[other]] = [order[other], order[i]];
    }
    return order;
}

function checkLines(log, lines) {
    const teller = createTeller(log);
    for (let i = 0; i < Math.max(lines.length, teller.lineCount); i++) {
        const text = i < teller.lineCount ? teller.lineAt(i).text : undefined;
        assert.equal(text, lines[i], `line ${i}`);
    }
    const other = createTeller(log);
    for (const i of shuffled(lines.length).slice(0, 2000)) {
        assert.equal(other.lineAt(i).text, lines[i], `line ${i}, asked for out of order`);
        const first = other.firstAt(other.timeOf(i));
        assert.ok(first <= i && other.timeOf(first) === other.timeOf(i));
        assert.ok(first === 0 || other.timeOf(first - 1) < other.timeOf(i));
    }
}

// ---- moments ----

// Each line that changes how things stand, and what it makes of that.
const EFFECTS = [
    [/^server receives .*; buffer (\d+) of (\d+)$/, (now, buffered, k) => ({
        buffered: Number(buffered), threshold: Number(k), queued: Math.max(0, now.queued - 1) })],
    [/^(?:server|the centre) receives /, (now) => ({ queued: Math.max(0, now.queued - 1) })],
    [/^server applies .* \(K = (\d+)\) and makes version (\d+)/, (now, k, version) => ({
        buffered: 0, threshold: Number(k), version: Number(version) })],
    [/ makes version (\d+) /, (now, version) => ({ version: Number(version) })],
    [/ joins the (?:server|centre)'s queue/, (now) => ({ queued: now.queued + 1 })],
    [/^worker \d+ crashes$/, (now) => ({ down: now.down + 1 })],
    [/^worker \d+ is back/, (now) => ({ down: now.down - 1 })],
    [/^evaluation of .*: test loss ([-\w.]+)/, (now, testLoss) => ({ testLoss })],
];

// [{timeNs, ...}]: how things stand behind the last line of each instant.
function recount(log, lines) {
    const isLocal = stepsLocally(log);
    let now = {
        threshold: null, buffered: isLocal ? null : 0, queued: isLocal && log.policy !== "easgd" ? null : 0,
        version: 0, testLoss: null, down: 0,
    };
    const found = [{ timeNs: -1, ...now }];
    for (const line of lines) {
        const [, time, words] = line.match(/^ *([\d.]+ s) {2}(.*)$/) ?? [];
        if (time === undefined) {
            break;
        }
        for (const [pattern, effect] of EFFECTS) {
            const match = words.match(pattern);
            if (match !== null) {
                now = { ...now, ...effect(now, ...match.slice(1)) };
                break;
            }
        }
        const timeNs = parseTime(time);
        found.splice(found.at(-1).timeNs === timeNs ? -1 : found.length, 1, { timeNs, ...now });
    }
    return found;
}

function checkMoments(log, lines) {
    const moments = recount(log, lines);
    const momentAt = momentsOf(log);
    moments.forEach((expected, i) => {
        const untilNs = i + 1 < moments.length ? moments[i + 1].timeNs - 1 : log.endNs;
        for (const timeNs of [expected.timeNs, untilNs]) {
            const found = momentAt(timeNs);
            for (const key of ["threshold", "buffered", "queued", "version", "down"]) {
                assert.equal(found[key], expected[key], `${key} at ${timeNs} ns`);
            }
            const loss = found.testLoss === null ? null : formatFixed(found.testLoss, 4);
            assert.equal(loss, expected.testLoss, `testLoss at ${timeNs} ns`);
        }
    });
}

// Rows say as much, but for who waits for a centre behind a crash.
function checkRows(log) {
    const other = new Log({ ...log, tables: { ...log.tables, events: undefined } });
    const [momentAt, otherAt] = [momentsOf(log), momentsOf(other)];
    for (let i = 0; i < 400; i++) {
        const timeNs = Math.floor(log.endNs * (i + 0.5) / 400) + 0.5;
        const expected = momentAt(timeNs);
        const found = otherAt(timeNs);
        found.down = log.policy === "easgd" ? expected.down : found.down;
        assert.deepEqual(found, expected, `by the rows, at ${timeNs} ns`);
    }
}

// ---- intervals ----

// What the line of an interval says, and whether it is always of the moment at which that begins.
const BEGINNINGS = {
    computing: [/starts gradient|goes on with gradient/, false],
    delayed: [/starts gradient|goes on with gradient/, false],
    sending: [/pushes gradient|has computed|sends version|its pull/, false],
    resending: [/pushes gradient|has computed/, true],
    queued: [/joins the|receives|applies|told to stop|makes version/, false],
    waiting: [/receives|waits|is there|vanishes|is back|steps by|has computed/, true],
    receiving: [/receives/, false],
    updating: [/applies|makes version/, false],
    replying: [/sends version|its pull/, false],
    stalled: [/falls silent|pauses|starts gradient|goes on with|receives version/, false],
    down: [/crashes/, true],
    reducing: [/begin to/, false],
};

function checkIntervals(log) {
    const teller = createTeller(log);
    const lanes = lanesOf(log);
    for (let i = 0; i < lanes.count; i++) {
        const kind = lanes.kindNames[lanes.kind[i]];
        const what = `${kind} at ${lanes.startNs[i]} ns in lane ${lanes.lane[i]}`;
        const line = teller.lineForInterval(kind, lanes.row[i], lanes.startNs[i], lanes.lane[i]);
        if (line < 0 && lanes.row[i] < 0 && lanes.startNs[i] === startUpNs(log)) {
            continue; // it starts nothing before its crash
        }
        assert.ok(line >= 0, `${what} has no line`);
        const { words, timeNs } = teller.lineAt(line);
        const [pattern, isThen] = BEGINNINGS[kind];
        assert.match(words, pattern, what);
        assert.ok(!isThen || timeNs === lanes.startNs[i], `${what}: ${words}`);
    }
    return lanes.count;
}

// Returns how many lines and intervals the log has.
function check(path) {
    const log = openLog(path);
    const { lines, why } = told(path);
    if (!log.hasEvents) {
        const teller = createTeller(log);
        assert.equal(teller.lineCount, 0);
        assert.ok(why.includes(teller.why), why);
        return [0, 0];
    }
    checkLines(log, lines);
    checkMoments(log, lines);
    checkRows(log);
    return [lines.length, checkIntervals(log)];
}

const paths = process.argv.slice(2);
const total = [0, 0];
let wrong = 0;
for (const path of paths) {
    try {
        check(path).forEach((count, i) => { total[i] += count; });
    } catch (error) {
        wrong++;
        console.log(`${path}: ${error.message}`);
    }
}
console.log(`${paths.length} logs, ${total[0]} lines, ${total[1]} intervals${wrong > 0 ? `, ${wrong} differ` : ""}`);
process.exit(wrong > 0 || paths.length === 0 ? 1 : 0);
