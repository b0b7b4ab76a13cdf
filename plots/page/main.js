// SPDX-License-Identifier: GPL-3.0-or-later
// Where the page begins: a report has its data inside, a viewer waits for files.
import { show } from "./app.js";
import { make } from "./dom.js";
import { readReport } from "./report_data.js";
import { startViewer } from "./viewer.js";

async function begin(place) {
    if (document.getElementById("report") === null) {
        startViewer(place, show);
    } else {
        show(place, await readReport(document));
    }
}

// As of a browser that cannot unpack what is inside, or of a file that somebody changed.
function sayWhy(place, error) {
    console.error(error);
    place.replaceChildren(make("p", { role: "alert" }, `This page cannot be shown: ${error.message}. ` +
        "It needs a browser of 2023 or later, and the file whole."));
}

const PLACE = document.getElementById("page");
begin(PLACE).catch((error) => sayWhy(PLACE, error));
