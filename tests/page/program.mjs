// SPDX-License-Identifier: GPL-3.0-or-later
// Asks the program, $DESGD, what the page must say.
import { execFileSync, spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { DESGD } from "./pages.mjs";

const TEXTS = { encoding: "utf8", maxBuffer: 2 ** 30, stdio: "pipe" };

// What "desgd WORD..." prints.
export function desgd(...words) {
    return execFileSync(DESGD, words, TEXTS);
}

// {status, stdout, stderr} of "desgd WORD..." in that folder, however it ends.
export function endOf(words, folder = ".") {
    return spawnSync(resolve(DESGD), words, { ...TEXTS, cwd: folder });
}

// A number as the program writes it, which reads back to the same bits.
export function numberOf(text) {
    return { nan: NaN, inf: Infinity, "-inf": -Infinity }[text] ?? Number(text);
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
