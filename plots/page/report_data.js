// SPDX-License-Identifier: GPL-3.0-or-later
// Unpacks what a report has inside into the page's data.

export async function readReport(document) {
    return JSON.parse(document.getElementById("report").textContent);
}
