// SPDX-License-Identifier: GPL-3.0-or-later
// Usage: node links_are_right.mjs LOG...
// Checks the arrows of every gradient, and who held up the updates, which links.js makes of the rows
// of /gradients, against /events, which say the same in another way. Of logs without events only that
// no arrow goes back.
import { holdUps, linksOf } from "../../plots/page/links.js";
import { EVENT_KINDS, Log, Table } from "../../plots/page/log.js";
import { hasServer } from "../../plots/page/log_traits.js";
import { openLog } from "./open_log.mjs";

const counts = { logs: 0, links: 0, holdUps: 0, fromTimes: 0 };
const faults = [];

function check(condition, log, text) {
    if (!condition && faults.push(`${log.name}: ${text}`) > 20) {
        report();
    }
}

function report() {
    faults.forEach((fault) => console.log(fault));
    console.log(`${counts.logs} logs, ${counts.links} links, ${counts.holdUps} hold-ups, `
        + `${counts.fromTimes} replies by times alone; ${faults.length} faults`);
    process.exit(faults.length > 0 ? 1 : 0);
}

// What the events say: of each gradient the time of each kind, and when each version was made.
function storyOf(log) {
    const { events } = log.tables;
    const [time, kind, actor, gradient, version] =
        ["time_ns", "kind", "actor", "gradient", "version"].map((name) => events.get(name));
    const made = new Map([[0, 0]]);
    const story = new Map();
    for (let i = 0; i < events.count; i++) {
        const word = EVENT_KINDS[kind[i]];
        if (word === "updated") {
            made.set(version[i], time[i]);
        } else if (word === "reduced" && actor[i] === -1) {
            made.set(version[i] + 1, time[i]);
        } else if (gradient[i] >= 0 && !word.startsWith("reduc")) {
            const key = `${actor[i]}/${gradient[i]}`;
            story.set(key, { ...story.get(key), [word]: time[i] });
        }
    }
    return { made, of: (worker, number) => story.get(`${worker}/${number}`) ?? {} };
}

function expectedLinks(log, row, { made, of }) {
    const gradients = log.tables.gradients;
    const [worker, number, read, applied] =
        ["worker", "number", "version_read", "version_applied"].map((name) => gradients.get(name)[row]);
    const own = of(worker, number);
    const next = of(worker, number + 1);
    const links = [`read ${read}: -1 ${made.get(read)} > ${worker} ${own.dispatched}`];
    if (own.received !== undefined) {
        links.push(`push ${read}: ${worker} ${own.ready} > -1 ${own.received}`);
    }
    if (applied >= 0) {
        links.push(`update ${applied + 1}: ` + (own.received === undefined
            ? `${worker} ${own.ready}` : `-1 ${own.received}`) + ` > -1 ${made.get(applied + 1)}`);
    }
    if (hasServer(log) && own.replied <= next.dispatched && !(own.vanished >= own.replied)) {
        links.push(`reply: -1 ${own.replied} > ${worker} ${next.dispatched}`);
    }
    return links;
}

function textOf({ what, version, fromLane, fromNs, toLane, toNs }) {
    return `${what}${what === "reply" ? "" : ` ${version}`}: ${fromLane} ${fromNs} > ${toLane} ${toNs}`;
}

function checkLinks(log, story) {
    for (let row = 0; row < log.tables.gradients.count; row++) {
        const links = linksOf(log, row);
        counts.links += links.length;
        check(links.every((link) => link.fromNs <= link.toNs), log, `row ${row}: an arrow goes back`);
        if (log.hasEvents) {
            const found = links.filter((link) => hasServer(log) || link.what !== "reply").map(textOf);
            const expected = expectedLinks(log, row, story);
            check(found.join() === expected.join(), log,
                `row ${row}:\n  ${found.join("\n  ")}\nexpected:\n  ${expected.join("\n  ")}`);
        }
    }
}

// Without incidents the times alone must give the replies that the events tell.
function checkTimes(log) {
    const tables = { ...log.tables, events: new Table("events", 0, new Map(), () => []) };
    const blind = new Log({ ...log, tables });
    const replyOf = (one, row) => linksOf(one, row).find((link) => link.what === "reply")?.fromNs;
    for (let row = 0; row < log.tables.gradients.count; row++) {
        counts.fromTimes++;
        check(replyOf(log, row) === replyOf(blind, row), log, `row ${row}: reply by times alone: `
            + `${replyOf(blind, row)}; by events: ${replyOf(log, row)}`);
    }
}

// One pass over the updates with the story: who joined last, and whether another stood still from
// its own joining to then.
function expectedHoldUps(log, story) {
    const { gradients, updates } = log.tables;
    const joins = hasServer(log) ? "received" : "ready";
    const [worker, number, applied] =
        ["worker", "number", "version_applied"].map((name) => gradients.get(name));
    const joined = Array.from({ length: updates.count }, () => []);
    for (let row = 0; row < gradients.count; row++) {
        const timeNs = story.of(worker[row], number[row])[joins];
        if (applied[row] >= 0 && timeNs !== undefined) {
            joined[applied[row]].push({ row, worker: worker[row], number: number[row], timeNs });
        }
    }
    return joined.flatMap((members, updateRow) => {
        members.sort((a, b) => b.timeNs - a.timeNs || b.row - a.row);
        const last = members[0];
        const others = members.filter((one) => one.worker !== last.worker);
        const stands = (one) => {
            const own = story.of(one.worker, one.number);
            const went = hasServer(log) && own.replied !== undefined ? own.replied
                : story.of(one.worker, one.number + 1).dispatched ?? Infinity;
            return one.timeNs < last.timeNs && went >= last.timeNs
                && members.find((other) => other.worker === one.worker) === one;
        };
        return others.some(stands)
            ? [`${updateRow}: row ${last.row} ${last.timeNs} ${last.timeNs - others[0].timeNs}`] : [];
    });
}

function checkHoldUps(log, story) {
    const found = holdUps(log).map((one) => `${one.updateRow}: row ${one.row} ${one.timeNs} ${one.laterNs}`);
    const expected = expectedHoldUps(log, story);
    counts.holdUps += found.length;
    check(found.join() === expected.join(), log, "hold-ups: "
        + `${found.filter((one) => !expected.includes(one)).join("; ")}\nexpected: `
        + expected.filter((one) => !found.includes(one)).join("; "));
}

for (const path of process.argv.slice(2)) {
    const log = openLog(path);
    const story = storyOf(log);
    checkLinks(log, story);
    if (log.hasEvents) {
        checkHoldUps(log, story);
    }
    if (log.hasEvents && hasServer(log) && log.tables.incidents.count === 0) {
        checkTimes(log);
    }
    counts.logs++;
}
report();
