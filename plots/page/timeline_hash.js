// SPDX-License-Identifier: GPL-3.0-or-later
// Addresses of places in a timeline: "#t=10.161&worker=0&from=10&to=10.5&run=NAME". What is not of
// this form is no address, and is ignored.
import { windowOf } from "./timeline_data.js";
import { clampWindow, windowAround } from "./timeline_window.js";
import { plainSeconds, typedTime } from "./timeline_scale.js";

const WRITE_AFTER_MS = 400; // browsers refuse to write often

// The words of an address; null: it is none.
export function wordsOfHash(hash) {
    const text = hash.replace(/^#/, "");
    return text.includes("=") ? new URLSearchParams(text) : null;
}

function typedOf(words, name) {
    return words.has(name) ? typedTime(words.get(name)) : null;
}

// What an address says: an object of values for the state, in which what it does not say is
// missing. runs: the page's; now: the state's {run, fromNs, toNs}.
export function placeOfHash(hash, runs, now) {
    const words = wordsOfHash(hash);
    if (words === null) {
        return {};
    }
    const place = {};
    const named = runs.findIndex((run) => run.name === words.get("run") && run.timed);
    const log = runs[named >= 0 ? named : now.run]?.log;
    if (!log) {
        return {};
    }
    if (named >= 0) {
        place.run = named;
    }
    const [fromNs, toNs, timeNs] = ["from", "to", "t"].map((name) => typedOf(words, name));
    const isWindow = fromNs !== null && toNs !== null && fromNs < toNs;
    if (timeNs !== null) {
        place.timeNs = Math.min(timeNs, log.endNs);
        const window = { fromNs: now.fromNs, toNs: now.toNs };
        Object.assign(place, isWindow ? {} : windowAround(window, place.timeNs, log.endNs));
    }
    if (isWindow) {
        Object.assign(place, clampWindow(fromNs, toNs, log.endNs));
    }
    if (/^\d{1,7}$/.test(words.get("worker") ?? "") && Number(words.get("worker")) < log.workers) {
        place.worker = Number(words.get("worker"));
    }
    if (/^\d{1,9}$/.test(words.get("row") ?? "") &&
        Number(words.get("row")) < log.tables.gradients.count) {
        place.row = Number(words.get("row"));
    }
    return place;
}

export function hashOfPlace(page) {
    const { state, runs } = page;
    const words = [["t", plainSeconds(state.get("timeNs"))]];
    if (state.get("worker") !== null && state.get("worker") >= 0) {
        words.push(["worker", String(state.get("worker"))]);
    }
    words.push(...["from", "to"].map((edge) => [edge, plainSeconds(state.get(`${edge}Ns`))]));
    if (state.get("row") >= 0) {
        words.push(["row", String(state.get("row"))]);
    }
    if (runs.length > 1) {
        words.push(["run", runs[state.get("run")].name]);
    }
    return `#${new URLSearchParams(words)}`;
}

// The run whose curve stands out (lit_run.js) stays in the address: the curves may be made later.
function litOfHash(hash) {
    const lit = wordsOfHash(hash)?.get("lit") ?? null;
    return lit === null ? "" : `&${new URLSearchParams({ lit })}`;
}

// Follows the address of the page, and writes it as one moves, until another takes its place.
export function watchHash(page) {
    const { state } = page;
    const now = () => ({ run: state.get("run"), ...windowOf(state) });
    const read = () => state.set(placeOfHash(location.hash, page.runs, now()));
    let timer = 0;
    const write = () => {
        timer = 0;
        if (!page.signal.aborted) {
            history.replaceState(null, "", hashOfPlace(page) + litOfHash(location.hash));
        }
    };
    read();
    addEventListener("hashchange", read, { signal: page.signal });
    state.watch(["fromNs", "toNs", "timeNs", "worker", "row", "run"], () => {
        timer = timer === 0 ? setTimeout(write, WRITE_AFTER_MS) : timer;
    });
}
