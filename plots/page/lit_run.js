// SPDX-License-Identifier: GPL-3.0-or-later
// The run without a timeline that the page's address names, "#run=NAME": its curve stands out. Of a
// run with one the address is a place in the timeline (timeline_hash.js), and no curve stands out.
import { wordsOfHash } from "./timeline_hash.js";

// The index of that run; -1: none. now: the one so far, which links within the page leave as it is.
function litRunOf(hash, runs, now) {
    const words = wordsOfHash(hash);
    return words === null ? now : runs.findIndex((run) => run.name === words.get("run") && !run.timed);
}

// Sets the state's "lit" by the address, until another page takes this one's place.
export function watchLitRun({ state, runs, signal }) {
    const read = () => state.set({ lit: litRunOf(location.hash, runs, state.get("lit")) });
    read();
    addEventListener("hashchange", read, { signal });
}
