// SPDX-License-Identifier: GPL-3.0-or-later
// The run whose curve stands out: the one that the page's address names as "#lit=NAME", or, if that
// names none, the one of "#run=NAME" if it has no timeline. Of a run with one that is a place in the
// timeline (timeline_hash.js), where one moves to and fro: no curve stands out for it.
import { wordsOfHash } from "./timeline_hash.js";

// The index of that run; -1: none. now: the one so far, which links within the page leave as it is.
function litRunOf(hash, runs, now) {
    const words = wordsOfHash(hash);
    if (words === null) {
        return now;
    }
    const lit = words.get("lit");
    return runs.findIndex((run) => (lit === null ? run.name === words.get("run") && !run.timed
        : run.name === lit));
}

// Sets the state's "lit" by the address, until another page takes this one's place.
export function watchLitRun({ state, runs, signal }) {
    const read = () => state.set({ lit: litRunOf(location.hash, runs, state.get("lit")) });
    read();
    addEventListener("hashchange", read, { signal });
}
