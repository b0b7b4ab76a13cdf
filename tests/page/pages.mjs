// SPDX-License-Identifier: GPL-3.0-or-later
// What make_pages.sh has made, for the tests: $PAGE_FOLDER, and each page with the logs that it shows.
import { readdirSync } from "node:fs";
import { join } from "node:path";

export const FOLDER = process.env.PAGE_FOLDER;
export const DESGD = process.env.DESGD;
export const VIEWER = process.env.PAGE_VIEWER;

function logsBelow(name) {
    return readdirSync(join(FOLDER, name)).filter((file) => file.endsWith(".h5")).sort()
        .map((file) => join(FOLDER, name, file));
}

function log(name) {
    return [join(FOLDER, "logs", `${name}.h5`)];
}

export function reportOf(name) {
    return join(FOLDER, "pages", `${name}.html`);
}

const HOSTILE_NAME = `script><img src=x onerror=alert(1)>"'<!--.h5`;

// Each with a report of this name; files: the logs in it.
export function pages() {
    return [
        { name: "demo", files: logsBelow("demo") },
        { name: "forty", files: logsBelow("forty") },
        { name: "two_runs", files: [...log("first_run"), ...log("fork")] },
        { name: "hier_avg", files: log("policy_hier_avg") },
        { name: "crash", files: log("experiment_crash_and_return") },
        { name: "timing_only", files: log("timing_only") },
        { name: "one_worker", files: log("one_worker") },
        { name: "without_events", files: log("without_events") },
        { name: "harm_sync", files: log("harm_sync") },
        { name: "hostile", files: [join(FOLDER, "<", HOSTILE_NAME), join(FOLDER, "strangers", "hostile.h5")] },
    ];
}
