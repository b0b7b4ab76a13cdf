// SPDX-License-Identifier: GPL-3.0-or-later
// Opens pages in Debian's Chromium as a user would who has no network, and collects what went wrong:
// an error on the console, an error that nobody caught, a request for anything that is not in the
// page itself.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { packageFolder } from "./packages.mjs";
import { require } from "./testing.mjs";

const { chromium } = await import(`${packageFolder("playwright-core")}/index.mjs`);

const OWN = ["file:", "blob:", "data:"];
const ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
];

// What a user's Chromium may say under LANG=C, and uPlot's number format does not take.
function withOddLanguage() {
    Object.defineProperty(Navigator.prototype, "language", { get: () => "en-US@posix" });
    Object.defineProperty(Navigator.prototype, "languages", { get: () => ["en-US@posix"] });
}

function collectFaults(page) {
    const faults = [];
    page.on("console", (message) => {
        if (message.type() === "error" || message.type() === "warning") {
            faults.push(`console: ${message.text()}`);
        }
    });
    page.on("pageerror", (error) => faults.push(`not caught: ${error.message}`));
    page.on("request", (request) => {
        if (!OWN.includes(new URL(request.url()).protocol)) {
            faults.push(`request: ${request.url()}`);
        }
    });
    page.on("dialog", (dialog) => {
        faults.push(`dialog: ${dialog.message()}`);
        dialog.dismiss();
    });
    return faults;
}

// call(browser) while a browser runs.
export async function withBrowser(call) {
    const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ARGUMENTS });
    try {
        await call(browser);
    } finally {
        await browser.close();
    }
}

// call(page) with the file open; then no fault but those in "allowed" (a regular expression) may have
// happened. options: those of a browser's context, as colorScheme and viewport.
export async function withPage(browser, { file, hash = "", allowed = /(?!)/, ...options }, call) {
    const context = await browser.newContext({
        offline: true, viewport: { width: 1280, height: 900 }, ...options,
    });
    try {
        await context.addInitScript(withOddLanguage);
        const page = await context.newPage();
        page.setDefaultTimeout(30_000);
        const faults = collectFaults(page);
        await page.goto(pathToFileURL(file).href + hash);
        await call(page);
        const unexpected = faults.filter((fault) => !allowed.test(fault));
        require(unexpected.length === 0, unexpected.join("; "));
    } finally {
        await context.close();
    }
}

// A page is there when it has its title, and all sections behind it.
export function reportIsReady(page) {
    return page.getByRole("heading", { level: 2 }).first().waitFor();
}

// Gives the viewer logs as the file chooser does, and waits for its sections.
export async function openInViewer(page, files) {
    await page.locator("input[type=file]").setInputFiles(files);
    await reportIsReady(page);
}

// What axe-core finds serious or critical, by these rules (all of its, without), a text for each.
export async function axeFindings(page, rules) {
    await page.evaluate(readFileSync(`${packageFolder("axe-core")}/axe.min.js`, "utf8"));
    const found = await page.evaluate((only) =>
        globalThis.axe.run({
            resultTypes: ["violations"], ...(only === undefined ? {} : { runOnly: only }),
        }), rules);
    return found.violations.filter(({ impact }) => ["serious", "critical"].includes(impact))
        .map(({ id, nodes }) => `${id} (${nodes.length}): ${nodes[0].html.slice(0, 150)}: ` +
            nodes[0].failureSummary.replace(/\s+/g, " ").slice(0, 250));
}
