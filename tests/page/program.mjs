// SPDX-License-Identifier: GPL-3.0-or-later
// Asks the program what the page must say.
import { execFileSync } from "node:child_process";
import { DESGD } from "./pages.mjs";

// What "desgd WORD..." prints.
export function desgd(...words) {
    return execFileSync(DESGD, words, { encoding: "utf8", maxBuffer: 1 << 28, stdio: "pipe" });
}

// Comma-separated values, some of them in quotes, as arrays of texts: the names, then the rows.
export function rowsOfCsv(text) {
    const rows = [[]];
    for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n)/g)) {
        rows.at(-1).push(quoted?.replaceAll("\"\"", "\"") ?? plain);
        if (end === "\n") {
            rows.push([]);
        }
    }
    return rows.slice(0, -1);
}

// A table of "desgd export": {names, rows}.
export function exported(log, table) {
    const [names, ...rows] = rowsOfCsv(desgd("export", log, "--table", table));
    return { names, rows };
}
