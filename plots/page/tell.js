// SPDX-License-Identifier: GPL-3.0-or-later
// The lines of `desgd tell FILE`, byte for byte, by their number (sim/report/tell.c). It goes through
// the events once, to count the lines and to keep now and then what it knows; a line is made when it
// is asked for, with its neighbours, from what was known last before it.
import { DECIMALS_MOST, secondsDecimals, secondsText } from "./format.js";
import { EVENT_KINDS } from "./log.js";
import { momentsOf } from "./moments.js";
import { countLeading } from "./search.js";
import { tellChanges, tellEvaluations } from "./tell_details.js";
import { tellEnding } from "./tell_ending.js";
import { followsRollCall, tellEvent } from "./tell_events.js";
import { incidentMarks, tellIncidents } from "./tell_incident.js";
import { intervalFinder } from "./tell_interval.js";
import { localFollowsRoll, tellLocalEvent } from "./tell_local.js";
import { LINE_KIND, LINE_KINDS, copyState, makeTeller, rowOfEvent } from "./teller.js";

const EVENTS_A_SEGMENT = 256; // at least; what is kept grows with the workers
const SEGMENTS_KEPT = 32;
const OF_SERVER = [LINE_KIND.received, LINE_KIND.updated, LINE_KIND.replied];

function tellStep(teller, event) {
    const timeNs = teller.events.time_ns[event];
    tellIncidents(teller, timeNs, false);
    if (teller.isLocal ? localFollowsRoll(teller, event) : followsRollCall(teller, event)) {
        tellIncidents(teller, timeNs, true);
    }
    tellChanges(teller, timeNs);
    tellEvaluations(teller, timeNs);
    if (!teller.isLocal || !tellLocalEvent(teller, event)) {
        tellEvent(teller, event);
    }
    if (OF_SERVER.includes(teller.events.kind[event])) {
        teller.state.servedNs = timeNs;
    }
}

function tellEnd(teller) {
    tellIncidents(teller, teller.log.endNs, false);
    tellChanges(teller, teller.log.endNs);
    tellEvaluations(teller, Infinity);
    tellEnding(teller);
}

// ---- counting ----

// Lines by number. ofEvent[line]: the event that it tells, or -1 - i: it is the i-th of "others".
// lineOf[event]: -1: none.
function makeLines(eventCount) {
    return {
        count: 0,
        ofEvent: new Int32Array(eventCount + 1024),
        lineOf: new Int32Array(eventCount).fill(-1),
        others: { timeNs: [], kind: [], worker: [], row: [] },
        latestNs: 0,
        width: 0, // of the column of times, up to the point
        decimals: 0,
        segments: [],
    };
}

function addOther(lines, timeNs, kind, worker, row) {
    lines.others.timeNs.push(timeNs);
    lines.others.kind.push(kind);
    lines.others.worker.push(worker);
    lines.others.row.push(row);
    return -lines.others.kind.length;
}

function addLine(lines, event, timeNs, kind, worker, row) {
    if (lines.count === lines.ofEvent.length) {
        const longer = new Int32Array(2 * lines.count);
        longer.set(lines.ofEvent);
        lines.ofEvent = longer;
    }
    const isOfEvent = kind < EVENT_KINDS.length;
    if (isOfEvent) {
        lines.lineOf[event] = lines.count;
    }
    lines.ofEvent[lines.count++] = isOfEvent ? event : addOther(lines, timeNs, kind, worker, row);
    lines.latestNs = Math.max(lines.latestNs, timeNs);
    if (lines.decimals < DECIMALS_MOST) {
        lines.decimals = Math.max(lines.decimals, secondsDecimals(timeNs));
    }
}

function countLines(teller) {
    const { events, log } = teller;
    const lines = makeLines(events.count);
    const length = Math.max(EVENTS_A_SEGMENT, log.workers);
    let event = 0;
    teller.take = (timeNs, kind, worker, words, row) =>
        addLine(lines, event, timeNs, kind, worker, row);
    for (; event < events.count; event++) {
        if (event % length === 0) {
            lines.segments.push({ event, line: lines.count, state: copyState(teller.state) });
        }
        tellStep(teller, event);
    }
    lines.segments.push({ event, line: lines.count, state: copyState(teller.state) });
    tellEnd(teller);
    lines.width = secondsText(lines.latestNs).indexOf(".") + 1;
    return lines;
}

// ---- a line ----

function timeColumn(lines, timeNs, kind) {
    if (kind === LINE_KIND.pending) {
        return " ".repeat(lines.width + lines.decimals + 4);
    }
    const text = secondsText(timeNs);
    const decimals = text.length - text.indexOf(".") - 1;
    return `${text.padStart(lines.width + decimals)}${"0".repeat(lines.decimals - decimals)} s  `;
}

// The words of a segment's lines in order.
function wordsOfSegment(teller, lines, segment) {
    const { event: first, state } = lines.segments[segment];
    const isLast = segment + 1 === lines.segments.length;
    const end = isLast ? first : lines.segments[segment + 1].event;
    const words = [];
    teller.state = copyState(state);
    teller.take = (timeNs, kind, worker, make) => words.push(make());
    for (let event = first; event < end; event++) {
        tellStep(teller, event);
    }
    if (isLast) {
        tellEnd(teller);
    }
    return words;
}

// words(line), which keeps the segments that were asked for last.
function wordsReader(teller, lines) {
    const kept = new Map(); // in the order in which they were asked for
    return (line) => {
        const segment = countLeading(lines.segments.length,
            (i) => lines.segments[i].line <= line) - 1;
        const words = kept.get(segment) ?? wordsOfSegment(teller, lines, segment);
        kept.delete(segment);
        kept.set(segment, words);
        if (kept.size > SEGMENTS_KEPT) {
            kept.delete(kept.keys().next().value);
        }
        return words[line - lines.segments[segment].line];
    };
}

// ---- the whole ----

// What each line is of: asked for without making its text.
function aboutLines(teller, lines) {
    const { events } = teller;
    const { ofEvent, others } = lines;
    const about = (ofAnEvent, ofAnother) => (line) =>
        (ofEvent[line] >= 0 ? ofAnEvent(ofEvent[line]) : ofAnother[-1 - ofEvent[line]]);
    const isOfMany = (kind) => kind === LINE_KIND.reducing || kind === LINE_KIND.reduced;
    return {
        eventOf: (line) => Math.max(-1, ofEvent[line]),
        timeOf: about((event) => events.time_ns[event], others.timeNs),
        kindOf: about((event) => events.kind[event], others.kind),
        workerOf: about((event) => (isOfMany(events.kind[event]) ? -1 : events.actor[event]),
            others.worker),
        rowOf: about((event) => (isOfMany(events.kind[event]) ? -1
            : rowOfEvent(teller, event)), others.row),
    };
}

function whyNothing(log) {
    if (!log.hasEvents) {
        return "the log has no events to tell: its scenario says log.events false";
    }
    return log.attributes.event_count > 0 && log.tables.events.count === 0
        ? "the events of this run are not in the page" : "";
}

function nobody(why, momentAt) {
    const nothing = () => -1;
    return {
        lineCount: 0, why, momentAt, firstAt: () => 0,
        lineForInterval: nothing, lineForGradient: nothing,
    };
}

// Who tells the log:
//   lineCount           how many lines there are
//   why                 a sentence: why there are none; "": there are
//   lineAt(i)           {timeNs, text, words, worker, gradientRow, kind}; text: the whole line; words:
//                       without its time; worker: -1: the server, or several; gradientRow: of
//                       /gradients, -1: none; kind: a word of LINE_KINDS
//   timeOf(i), workerOf(i), rowOf(i), kindOf(i)   the same of a line that is not made; kindOf: the
//                       number of the word in LINE_KINDS
//   eventOf(i)          the row of /events that it tells, -1: none
//   firstAt(timeNs)     the first line at that time or later
//   lineForGradient(row, kind)   the line of that event of a gradient, a word of EVENT_KINDS; -1: none
//   lineForInterval(kind, row, startNs, lane)   the line that tells how an interval of lanes.js begins,
//                       -1: none does; kind: a word of LANE_KINDS
//   momentAt(timeNs)    how things stand then (moments.js)
export function createTeller(log) {
    const momentAt = momentsOf(log);
    const why = whyNothing(log);
    if (why !== "") {
        return nobody(why, momentAt);
    }
    const teller = makeTeller(log);
    teller.marks = incidentMarks(teller);
    const lines = countLines(teller);
    const wordsAt = wordsReader(teller, lines);
    const about = aboutLines(teller, lines);
    const lineAt = (i) => {
        const timeNs = about.timeOf(i);
        const words = wordsAt(i);
        return {
            timeNs, words,
            text: timeColumn(lines, timeNs, about.kindOf(i)) + words,
            worker: about.workerOf(i),
            gradientRow: about.rowOf(i),
            kind: LINE_KINDS[about.kindOf(i)],
        };
    };
    const firstAt = (timeNs) => countLeading(lines.count, (i) => about.timeOf(i) < timeNs);
    const found = { lineCount: lines.count, why, lineAt, ...about, firstAt, momentAt };
    return { ...found, ...intervalFinder(teller, lines.lineOf, found) };
}
