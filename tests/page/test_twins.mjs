#!/usr/bin/env node
// SPDX-License-Identifier: GPL-3.0-or-later
// Runs the tests of the page's modules that need no browser: every script of this folder that ends by
// its exit status, and says in its first lines what it holds against what, and whether it takes logs.
import { execFile } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { FOLDER } from "./pages.mjs";
import { conclude, test } from "./testing.mjs";

const HERE = import.meta.dirname ?? new URL(".", import.meta.url).pathname;
const LOGS = readdirSync(join(FOLDER, "logs")).sort().map((name) => join(FOLDER, "logs", name));
const WORDS = {
    FOLDER: ["plots/page"], "LOG...": LOGS, STRANGERS: [join(FOLDER, "strangers")],
    "SWEEP...": ["demo", "forty"].map((name) => join(FOLDER, name)),
};

// What the words after "Usage: node NAME.mjs" stand for; undefined: it is no such script.
function argumentsOf(script) {
    const usage = readFileSync(join(HERE, script), "utf8").match(/^\/\/.*Usage: node \S+\.mjs([A-Z. ]*)/m);
    return usage?.[1].split(" ").flatMap((word) => WORDS[word] ?? WORDS[word.replace(/\.$/, "")] ?? []);
}

for (const script of readdirSync(HERE).filter((name) => /^(?!test_).*\.mjs$/.test(name)).sort()) {
    const given = argumentsOf(script);
    if (given !== undefined) {
        await test(`page__${script.replace(".mjs", "")}`, async () => {
            const { stdout } = await promisify(execFile)(process.execPath,
                [join(HERE, script), ...given], { maxBuffer: 1 << 26 });
            console.log(stdout.trimEnd().split("\n").slice(-8).join("\n"));
        });
    }
}
conclude();
