// SPDX-License-Identifier: GPL-3.0-or-later
// Finds the row of a gradient by its name: events name a gradient by worker and number, /gradients
// lists them in the order of dispatch (sim/report/gradient_index.c).

// Returns {first, rows, count(worker), find(worker, number)}: rows: of /gradients, by worker, then in
// order of dispatch; first[worker]: where a worker's part of them begins; find gives -1 if there is
// no such gradient. Rows of workers that the log does not have are left out.
export function gradientIndex(log) {
    const table = log.tables.gradients;
    const worker = table.get("worker");
    const number = table.get("number");
    const first = new Int32Array(log.workers + 1);
    const known = (w) => w >= 0 && w < log.workers;
    for (let i = 0; i < table.count; i++) {
        if (known(worker[i])) {
            first[worker[i] + 1]++;
        }
    }
    for (let w = 0; w < log.workers; w++) {
        first[w + 1] += first[w];
    }
    const rows = new Int32Array(first[log.workers]);
    const next = first.slice();
    for (let i = 0; i < table.count; i++) {
        if (known(worker[i])) {
            rows[next[worker[i]]++] = i;
        }
    }
    const count = (w) => (known(w) ? first[w + 1] - first[w] : 0);
    const find = (w, n) => {
        const row = n >= 0 && n < count(w) ? rows[first[w] + n] : -1;
        return row >= 0 && number[row] === n ? row : -1;
    };
    return { first, rows, count, find };
}
