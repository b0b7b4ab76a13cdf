// SPDX-License-Identifier: GPL-3.0-or-later
// Sets of workers as scenarios write them: "0..4, 7".

// Returns a Set; null: all, of a blank text; undefined: the text is no set of workers below count.
export function parseWorkers(text, count) {
    const workers = new Set();
    if (text.trim() === "" || text.trim() === "all") {
        return null;
    }
    for (const part of text.split(",")) {
        const match = /^\s*(\d{1,7})(?:\s*\.\.\s*(\d{1,7}))?\s*$/.exec(part);
        const first = match === null ? -1 : Number(match[1]);
        const last = match?.[2] === undefined ? first : Number(match[2]);
        if (match === null || first > last || last >= count) {
            return undefined;
        }
        for (let worker = first; worker <= last; worker++) {
            workers.add(worker);
        }
    }
    return workers;
}

// The text of a set; "" of null.
export function workersText(workers) {
    const sorted = workers === null ? [] : [...workers].sort((a, b) => a - b);
    const parts = [];
    for (let i = 0; i < sorted.length;) {
        let end = i + 1;
        while (end < sorted.length && sorted[end] === sorted[end - 1] + 1) {
            end++;
        }
        parts.push(end - i < 2 ? `${sorted[i]}` : `${sorted[i]}..${sorted[end - 1]}`);
        i = end;
    }
    return parts.join(", ");
}
