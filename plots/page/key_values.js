// SPDX-License-Identifier: GPL-3.0-or-later
// Values of a scenario's keys in their order: "250 ms" lies before "1 s", "100 Mbit/s" before
// "10 Gbit/s". What has no number keeps the order in which it came.

const KEY_UNITS = new Map([
    ["", ["", 1]], ["%", ["", 0.01]],
    ["ns", ["s", 1e-9]], ["us", ["s", 1e-6]], ["\u00b5s", ["s", 1e-6]], ["\u03bcs", ["s", 1e-6]],
    ["ms", ["s", 1e-3]], ["s", ["s", 1]], ["min", ["s", 60]], ["h", ["s", 3600]],
    ["bit/s", ["bit/s", 1]], ["kbit/s", ["bit/s", 1e3]], ["Mbit/s", ["bit/s", 1e6]],
    ["Gbit/s", ["bit/s", 1e9]], ["Tbit/s", ["bit/s", 1e12]],
    ["B/s", ["bit/s", 8]], ["kB/s", ["bit/s", 8e3]], ["MB/s", ["bit/s", 8e6]],
    ["GB/s", ["bit/s", 8e9]], ["TB/s", ["bit/s", 8e12]],
    ["B", ["B", 1]], ["kB", ["B", 1e3]], ["MB", ["B", 1e6]], ["GB", ["B", 1e9]], ["TB", ["B", 1e12]],
    ["KiB", ["B", 1024]], ["MiB", ["B", 1024 ** 2]], ["GiB", ["B", 1024 ** 3]],
]);

// {kind, number}: kind is the unit that number is in, "" of a plain one. null: it is a word.
export function quantityOf(value) {
    const match = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?) *(\S*)$/.exec(value ?? "");
    const unit = match && KEY_UNITS.get(match[2]);
    return unit ? { kind: unit[0], number: Number(match[1]) * unit[1] } : null;
}

// What a cell has of a key, as it is shown: "-" where the key does not apply.
export function shownValue(value) {
    return value ?? "-";
}

// "every" for "policy.threshold.every", if no other key that varies ends so.
function shortKey(key, varied) {
    const last = key.split(".").at(-1);
    return varied.some((other) => other !== key && other.split(".").at(-1) === last) ? key : last;
}

// What tells a cell from the others: "hybrid" where names are all that varies, else
// "name=hybrid batch=32", without the keys that do not apply; of more than "most" the first ones.
// values: by key; varied: the keys.
export function nameOfKeys(values, varied, most = Infinity) {
    const applying = varied.filter((key) => (values[key] ?? null) !== null);
    const named = applying.length > 0 ? applying : varied;
    if (varied.length === 1 && shortKey(varied[0], varied) === "name") {
        return shownValue(values[varied[0]]);
    }
    const words = named.slice(0, most)
        .map((key) => `${shortKey(key, varied)}=${shownValue(values[key])}`);
    return [...words, ...(named.length > most ? ["…"] : [])].join(" ");
}

// Below 0, 0 or above 0, for sort: numbers of one kind by size, numbers before words, "-" last;
// 0 between words.
export function compareKeyValues(a, b) {
    const [left, right] = [quantityOf(a), quantityOf(b)];
    if (left !== null && right !== null) {
        return left.kind === right.kind ? left.number - right.number
            : (left.kind < right.kind ? -1 : 1);
    }
    const rank = (value, quantity) => (quantity !== null ? 0 : (shownValue(value) === "-" ? 2 : 1));
    return rank(a, left) - rank(b, right);
}

// Each of the values once, in order.
export function orderedValues(values) {
    return [...new Set(values.map(shownValue))].sort(compareKeyValues);
}
