// SPDX-License-Identifier: GPL-3.0-or-later
// Every module of the page is reached from its beginning, and the script that they become is one.
// Usage: node bundle_is_whole.mjs FOLDER
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const BEGINNING = "main.js";
// The first stands in front of uPlot; the other is where a lesson's page begins.
const NO_MODULES = ["uplot_locale.js", "lesson_page.js"];

const folder = process.argv[2];
const faults = [];

function reach(file, reached) {
    if (!reached.has(file)) {
        reached.add(file);
        for (const [, other] of readFileSync(join(folder, file), "utf8").matchAll(/ from "\.\/(.*)";$/gm)) {
            reach(other, reached);
        }
    }
    return reached;
}

const reached = reach(BEGINNING, new Set());
for (const file of readdirSync(folder).filter((name) => name.endsWith(".js"))) {
    if (!reached.has(file) && !NO_MODULES.includes(file)) {
        faults.push(`${file} is in no page: nothing that ${BEGINNING} imports imports it`);
    }
}

const place = mkdtempSync(join(tmpdir(), "bundle-"));
const bundle = spawnSync(join(folder, "bundle.sh"), [join(folder, BEGINNING)], { encoding: "utf8" });
writeFileSync(join(place, "script.mjs"), bundle.stdout);
const check = spawnSync(process.execPath, ["--check", join(place, "script.mjs")], { encoding: "utf8" });
rmSync(place, { recursive: true });
if (bundle.status !== 0 || check.status !== 0) {
    faults.push(`the modules become no script: ${bundle.stderr}${check.stderr}`);
}
if (/^(import|export) /m.test(bundle.stdout)) {
    faults.push("the script has an import or an export left");
}
faults.forEach((fault) => console.log(fault));
console.log(`${reached.size} modules are reached, ${faults.length} faults`);
process.exit(faults.length > 0 ? 1 : 0);
