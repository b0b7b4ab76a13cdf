// SPDX-License-Identifier: GPL-3.0-or-later
// Where the page begins: a report has its data inside, a viewer waits for files.
import { show } from "./app.js";
import { readReport } from "./report_data.js";
import { startViewer } from "./viewer.js";

async function begin(place) {
    if (document.getElementById("report") === null) {
        startViewer(place, show);
    } else {
        show(place, await readReport(document));
    }
}

begin(document.getElementById("page"));
