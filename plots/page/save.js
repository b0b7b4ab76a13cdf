// SPDX-License-Identifier: GPL-3.0-or-later
// Hands what the page shows to the reader as a file, and writes tables as comma-separated values.
import { make } from "./dom.js";

export function saveBlob(name, blob) {
    const address = URL.createObjectURL(blob);
    make("a", { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 60000); // the download reads it meanwhile
}

// As "desgd export" writes them: numbers so that they read back to the same bits.
function csvCell(value) {
    if (typeof value === "number") {
        return Number.isNaN(value) ? "nan" : String(value).replace("Infinity", "inf");
    }
    const text = String(value ?? "");
    return /[",\r\n]/.test(text) ? `"${text.replaceAll("\"", "\"\"")}"` : text;
}

// columns: names; rows: arrays of texts and numbers. A line of names, then one for each row.
export function csvOf(columns, rows) {
    return [columns, ...rows].map((row) => row.map(csvCell).join(",") + "\n").join("");
}
