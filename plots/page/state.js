// SPDX-License-Identifier: GPL-3.0-or-later
// What the page shows now: one object of values that its parts read, set and watch.
//
//   run      index of the run in the timeline          other  of the second timeline; -1: none
//   fromNs, toNs  the window of the timelines          timeNs the moment that is looked at
//   row      of the gradient that is followed, -1      workers  a Set of those shown; null: all
//   axis     of the curves: time, updates, gradients, samples or bytes
//   worker   whose events the keys go to: -1 the server, null everyone
//   hidden   a Set of the indices of cells that the curves do not show
//   lit      index of the run whose curve stands out, -1: none
//   pointedLine  of tell, of what the pointer is at in the timeline; -1: none
//   isPlaying  whether the moment moves on by itself  speed    s of cluster time in a second then
//   large    letters for projectors                    collapsed  waiting is left out

export class State {
    #values;
    #watchers = [];

    constructor(values) {
        this.#values = { ...values };
    }

    get(key) {
        return this.#values[key];
    }

    // Sets some values; who watches one that changed is called once, after all are set.
    set(values) {
        const changed = Object.keys(values).filter((key) => this.#values[key] !== values[key]);
        Object.assign(this.#values, values);
        for (const watcher of this.#watchers) {
            if (changed.some((key) => watcher.keys.includes(key))) {
                watcher.call(this);
            }
        }
    }

    watch(keys, call) {
        this.#watchers.push({ keys, call });
    }
}
