// SPDX-License-Identifier: GPL-3.0-or-later
// The moments at which a scenario changed, out of its canonical text ("past"), as
// sim/report/past_changes.c reads them.
import { canonicalValue } from "./canonical_text.js";
import { parseTime } from "./format.js";

const OPENING = "{until: ";
const CHANGES_MAX = 16;
const TEXT_SIZE = 2048; // C cuts what does not fit; so texts are the same
const VALUE_SIZE = 256;

function cut(text, size) {
    return text.slice(0, size - 1);
}

// "TIME, KEY: VALUE, ...}" and what stands behind; null: it is no entry.
function entryOf(text) {
    const close = text.lastIndexOf("}");
    if (close < 0) {
        return null;
    }
    const entry = text.slice(0, close);
    const comma = entry.indexOf(", ");
    const timeNs = parseTime(comma < 0 ? entry : entry.slice(0, comma));
    return Number.isNaN(timeNs) ? null : { timeNs, before: comma < 0 ? "" : entry.slice(comma + 2) };
}

// In order: {timeNs, before}; before: "policy.name: async, ...", what was otherwise until then.
export function pastChanges(scenario) {
    const text = cut(canonicalValue(scenario, "past") ?? "", TEXT_SIZE);
    return text.split(OPENING).slice(1).map(entryOf).filter((entry) => entry !== null)
        .slice(0, CHANGES_MAX);
}

// The end of an item: the comma that no bracket and no quotes hold, or the end of the text.
function itemEnd(list) {
    let depth = 0;
    let isQuoted = false;
    for (let i = 0; i < list.length; i++) {
        const c = list[i];
        if (!isQuoted && depth <= 0 && c === ",") {
            return i;
        }
        isQuoted = c === '"' ? !isQuoted : isQuoted;
        depth += isQuoted ? 0 : Number("{[".includes(c)) - Number("}]".includes(c));
    }
    return list.length;
}

// The items "KEY: VALUE" of an entry, up to one that is none: somebody has edited the log.
function* itemsOf(entry) {
    for (let list = entry; list !== "";) {
        const end = itemEnd(list);
        const colon = list.indexOf(": ");
        if (colon <= 0 || colon >= end) {
            return;
        }
        yield [list.slice(0, colon), cut(list.slice(colon + 2, end), VALUE_SIZE)];
        list = list.slice(end + 1).replace(/^ +/, "");
    }
}

// What a key is in a phase: what its entry says, or else the scenario.
function valueIn(entry, scenario, key) {
    for (const [name, value] of itemsOf(entry)) {
        if (name === key) {
            return value;
        }
    }
    return cut(canonicalValue(scenario, key) ?? "none", VALUE_SIZE);
}

// What a key was at a time, or "none".
export function pastValue(changes, scenario, timeNs, key) {
    const phase = changes.find((change) => change.timeNs > timeNs);
    return valueIn(phase === undefined ? "" : phase.before, scenario, key);
}

// What the index-th change changed: "policy.name from async to sync, ..."; a key that does not apply
// is "none".
export function describeChange(changes, scenario, index) {
    const before = changes[index].before;
    const after = index + 1 === changes.length ? "" : changes[index + 1].before;
    const beforeKeys = [...itemsOf(before)].map(([key]) => key);
    const afterKeys = [...itemsOf(after)].map(([key]) => key);
    const keys = [...beforeKeys, ...afterKeys.filter((key) => !beforeKeys.includes(key))];
    const parts = keys
        .map((key) => [key, valueIn(before, scenario, key), valueIn(after, scenario, key)])
        .filter(([, was, is]) => was !== is)
        .map(([key, was, is]) => `${key} from ${was} to ${is}`);
    return cut(parts.join(", "), TEXT_SIZE);
}
