// SPDX-License-Identifier: GPL-3.0-or-later
// Single values out of a scenario's canonical text, as sim/base/canonical_text.c reads them: one leaf
// a line, two blanks of indentation a level, laws in braces.

const DEPTH_MAX = 8;

// A model without keys of its own is written as a word, short for a map with its name.
function longKey(key) {
    return key === "model" ? "model.name" : key;
}

// [key, value] of each leaf, in order.
export function* leavesOf(text) {
    const path = [];
    for (const line of text.split("\n")) {
        const indent = line.length - line.replace(/^ +/, "").length;
        const depth = Math.floor(indent / 2);
        const colon = line.indexOf(":");
        if (colon < 0 || depth >= DEPTH_MAX) {
            continue;
        }
        path.length = Math.min(path.length, depth);
        path.push(line.slice(indent, colon));
        const value = line.slice(colon + (line[colon + 1] === " " ? 2 : 1));
        if (value !== "") {
            yield [longKey(path.join(".")), value];
        }
    }
}

// Where a member ends: at the comma or the bracket behind it, but for those in brackets or quotes of
// its own.
function memberEnd(text, start) {
    let isQuoted = false;
    let depth = 0;
    for (let i = start; i < text.length; i++) {
        const c = text[i];
        if (!isQuoted && depth === 0 && (c === "," || c === "}")) {
            return i;
        }
        if (isQuoted && c === "\\") {
            i++;
        } else if (c === '"') {
            isQuoted = !isQuoted;
        } else if (!isQuoted) {
            depth += "{[".includes(c) ? 1 : "}]".includes(c) ? -1 : 0;
        }
    }
    return text.length;
}

// The members of the map of a law, "{law: normal, std: 1 s}"; a bare time is the constant law.
function* membersOf(value) {
    if (/^[-.0-9]+ /.test(value)) {
        yield ["law", "constant"];
        yield ["value", value];
    }
    for (let at = 0; value[at] === (at === 0 ? "{" : ",");) {
        const start = at + 1 + value.slice(at + 1).match(/^ */)[0].length;
        at = memberEnd(value, start);
        const member = value.slice(start, at);
        const colon = member.indexOf(":");
        if (colon >= 0) {
            yield [member.slice(0, colon), member.slice(colon + (member[colon + 1] === " " ? 2 : 1))];
        }
    }
}

function findLeaf(leaves, key) {
    for (const [name, value] of leaves) {
        if (name === key) {
            return value;
        }
        if (key.startsWith(`${name}.`)) {
            const rest = key.slice(name.length + 1);
            const found = findLeaf(membersOf(value), rest === "file" ? "hash" : rest);
            if (found !== null) {
                return found;
            }
        }
    }
    return null;
}

// The value of a dotted key ("policy.threshold.every") as it is written, also of one in the map of a
// law ("cluster.delay.std"); null: the key is not there.
export function canonicalValue(text, key) {
    return findLeaf(leavesOf(text), longKey(key));
}
