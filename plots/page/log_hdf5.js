// SPDX-License-Identifier: GPL-3.0-or-later
// Reads a log of desgd from an HDF5 file through h5wasm: for the viewer, and for the tests in node.
import { Log, TABLES, Table } from "./log.js";
import { checkLog } from "./log_check.js";

function plain(value) {
    return typeof value === "bigint" ? Number(value) : value;
}

// The attributes of an item; a seed stays text, since it may be any number of 64 bits.
function attributesOf(item) {
    const attributes = {};
    for (const [name, attribute] of Object.entries(item.attrs)) {
        attributes[name] = name === "seed" ? String(attribute.value) : plain(attribute.value);
    }
    return attributes;
}

// HDF5's classes of types that columns have: integers, floating-point numbers, words of a list.
const NUMBER_CLASSES = [0, 1, 8];
// A file may say that it has any number of rows; so many of one column fit into h5wasm's memory.
const ROWS_MAX = 100000000;

// path: of the column, for the words of an error; before: rows of the columns before it, -1: none.
function checkColumn(dataset, path, before) {
    const count = dataset.shape[0];
    if (!NUMBER_CLASSES.includes(dataset.metadata.type)) {
        throw new Error(`${path} has another type than desgd writes`);
    }
    if (before !== -1 && count !== before) {
        throw new Error(`${path} has not as many rows as the columns before it`);
    }
    if (count > ROWS_MAX) {
        throw new Error(`${path} has ${count} rows, by what the file says: too many for a page`);
    }
}

// The item of this path, of a kind of h5wasm's ("Group", "Dataset").
function itemOf(file, path, kind) {
    const item = file.get(path);
    if (item === null || item.type !== kind) {
        throw new Error(`/${path} is missing, which every log has`);
    }
    return item;
}

// Columns are datasets of one dimension; the scales of dimensions have a CLASS.
function tableOf(file, name) {
    const about = new Map();
    const group = file.get(name);
    let count = -1;
    for (const column of group === null ? [] : group.keys()) {
        const dataset = group.get(column);
        if (dataset.type !== "Dataset" || dataset.attrs.CLASS !== undefined ||
            dataset.shape.length !== 1) {
            continue;
        }
        checkColumn(dataset, `/${name}/${column}`, count);
        count = dataset.shape[0];
        about.set(column, {
            units: dataset.attrs.units?.value ?? "1",
            longName: dataset.attrs.long_name?.value ?? column,
        });
    }
    return new Table(name, Math.max(count, 0), about, (column) => file.get(`${name}/${column}`).value);
}

// file: an open h5wasm File, which stays open as long as the log is used. Throws an Error with a
// sentence for people if it is no log.
export function logOfHdf5(file, name) {
    const attributes = attributesOf(file);
    if (attributes.format !== "desgd-run") {
        throw new Error(attributes.format === "desgd-sweep"
            ? `${name} is the table of a sweep: drop the logs of its runs`
            : `${name} is no log of a run of desgd`);
    }
    const tables = {};
    for (const table of TABLES) {
        tables[table] = tableOf(file, table);
    }
    const final = file.get("parameters/final");
    const log = new Log({
        name,
        attributes,
        provenance: attributesOf(itemOf(file, "provenance", "Group")),
        scenario: String(itemOf(file, "scenario", "Dataset").value),
        tables,
        parameters: final === null ? 0 : final.shape[0],
    });
    checkLog(log);
    return log;
}
