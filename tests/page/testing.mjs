// SPDX-License-Identifier: GPL-3.0-or-later
// Tests of the page as a program of its own: test() names a fact and runs what shows it, conclude()
// prints the closing lines that tests/run.sh counts, those of cmocka, and ends the program.

const passed = [];
const failed = [];

export function require(condition, sentence) {
    if (!condition) {
        throw new Error(sentence);
    }
}

export function requireEqual(actual, expected, what) {
    require(Object.is(actual, expected), `${what}: ${actual}; expected is ${expected}`);
}

// What Playwright says goes on over lines, with the colours of a terminal.
function firstLine(error) {
    return `${error.stdout ?? ""}${error.message}`.split(/\n(?:Call log|Browser logs):/)[0];
}

// Only facts with this word in their names, for those who look for a fault.
const ONLY = process.env.PAGE_ONLY ?? "";

// fact: what would be broken if the test failed, as in report__of_crash__has_no_error.
export async function test(fact, call) {
    if (!fact.includes(ONLY)) {
        return;
    }
    try {
        await call();
        passed.push(fact);
        console.log(`[       OK ] ${fact}`);
    } catch (error) {
        failed.push(fact);
        console.log(`[  FAILED  ] ${fact}: ${firstLine(error)}`);
    }
}

export function conclude() {
    console.log(`[  PASSED  ] ${passed.length} test(s).`);
    if (failed.length > 0) {
        console.log(`[  FAILED  ] ${failed.length} test(s), listed below:`);
        failed.forEach((fact) => console.log(`[  FAILED  ] ${fact}`));
    }
    process.exitCode = Math.min(failed.length, 100);
}
