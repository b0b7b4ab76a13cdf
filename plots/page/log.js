// SPDX-License-Identifier: GPL-3.0-or-later
// A log as the page holds it: tables of typed columns, as results/SCHEMA.md describes them, whatever
// they were read from. Whole numbers of 64 bits are doubles here, exact up to 2^53 (104 days in
// nanoseconds); a column with a greater one is named in its table's "rounded". Keys and hashes of 64
// bits stay BigUint64Array.

// The words of the codes in /events/kind, /gradients/outcome, /reductions/scope, /incidents/kind.
export const EVENT_KINDS = [
    "dispatched", "ready", "arrived", "received", "updated", "replied", "waits", "reducing",
    "reduced", "merged", "cancelled", "crashed", "lost", "returned", "vanished",
];
const OUTCOMES = ["applied", "dropped", "cancelled", "lost", "pending"];
const SCOPES = ["cluster", "all"];
export const INCIDENT_KINDS = [
    "slowdown", "pause", "disconnect", "server_pause", "crash", "link",
];

// The code of each word of a list.
export function codesOf(words) {
    return Object.freeze(Object.fromEntries(words.map((word, code) => [word, code])));
}

export const EVENT = codesOf(EVENT_KINDS);
export const OUTCOME = codesOf(OUTCOMES);
export const SCOPE = codesOf(SCOPES);
export const INCIDENT = codesOf(INCIDENT_KINDS);

export const TABLES = [
    "events", "gradients", "updates", "evaluations", "reductions", "incidents", "workers",
];

// What columns that a log may lack are then, if not 0.
const ABSENT = { push_attempts: 1, reply_attempts: 1 };

// The words of a column of codes; undefined: it has numbers.
export function wordsOf(table, column) {
    return {
        "events/kind": EVENT_KINDS,
        "gradients/outcome": OUTCOMES,
        "reductions/scope": SCOPES,
        "incidents/kind": INCIDENT_KINDS,
    }[`${table}/${column}`];
}

// BigInt64Array to doubles, rounded to the nearest. Halves of 32 bits are several times faster than a
// BigInt for each number; all machines of browsers have the lower half first. Returns {values, exact}.
export function wholeNumbers(integers) {
    const halves = new Uint32Array(integers.buffer, integers.byteOffset, 2 * integers.length);
    const values = new Float64Array(integers.length);
    let exact = true;
    for (let i = 0; i < values.length; i++) {
        const value = (halves[2 * i + 1] | 0) * 4294967296 + halves[2 * i];
        values[i] = value;
        exact = exact && Number.isSafeInteger(value);
    }
    return { values, exact };
}

// The columns of one table, all of "count" rows. read: makes a column by its name, when it is first
// asked for: a typed array.
export class Table {
    #read;
    #columns = new Map();

    // about: a Map from the name of a column to its {units, longName}.
    constructor(name, count, about, read) {
        this.name = name;
        this.count = count;
        this.about = about;
        this.rounded = new Set();
        this.#read = read;
    }

    get names() {
        return [...this.about.keys()];
    }

    has(column) {
        return this.about.has(column);
    }

    column(column) {
        if (!this.has(column)) {
            throw new Error(`/${this.name} has no column ${column}`);
        }
        if (!this.#columns.has(column)) {
            let values = this.#read(column);
            if (values instanceof BigInt64Array) {
                const whole = wholeNumbers(values);
                values = whole.values;
                if (!whole.exact) {
                    this.rounded.add(column);
                }
            }
            this.#columns.set(column, values);
        }
        return this.#columns.get(column);
    }

    // The column; of a log that lacks it, or of a table without rows, what it is then in every row.
    get(column) {
        return this.has(column) ? this.column(column)
            : new Float64Array(this.count).fill(ABSENT[column] ?? 0);
    }
}

// attributes: of the file, as numbers and texts (a seed as text); endNs, workers, policy among them.
// tables: an object by TABLES, each there even if it has no rows. parameters: how many the model has;
// 0: timing only.
export class Log {
    constructor({ name, attributes, provenance, scenario, tables, parameters }) {
        Object.assign(this, { name, attributes, provenance, scenario, tables, parameters });
        for (const table of TABLES) {
            this.tables[table] ??= new Table(table, 0, new Map(), () => new Float64Array(0));
        }
        this.policy = attributes.policy;
        this.workers = attributes.workers;
        this.endNs = attributes.end_ns;
        this.hasEvents = attributes.events_logged === 1;
    }
}
