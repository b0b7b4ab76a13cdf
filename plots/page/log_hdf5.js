// SPDX-License-Identifier: GPL-3.0-or-later
// Reads a log of desgd from an HDF5 file through h5wasm: for the viewer, and for the tests in node.
import { Log, TABLES, Table } from "./log.js";

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

// Columns are datasets of one dimension; the scales of dimensions have a CLASS.
function tableOf(file, name) {
    const about = new Map();
    const group = file.get(name);
    let count = 0;
    for (const column of group === null ? [] : group.keys()) {
        const dataset = group.get(column);
        if (dataset.attrs.CLASS !== undefined || dataset.shape.length !== 1) {
            continue;
        }
        count = dataset.shape[0];
        about.set(column, {
            units: dataset.attrs.units?.value ?? "1",
            longName: dataset.attrs.long_name?.value ?? column,
        });
    }
    return new Table(name, count, about, (column) => file.get(`${name}/${column}`).value);
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
    return new Log({
        name,
        attributes,
        provenance: attributesOf(file.get("provenance")),
        scenario: file.get("scenario").value,
        tables,
        parameters: final === null ? 0 : final.shape[0],
    });
}
