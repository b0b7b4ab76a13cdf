// SPDX-License-Identifier: GPL-3.0-or-later
// The frame around every chart: its caption, the place for it, buttons that save it, and its
// numbers as a table, for those who cannot see it or want to have them exactly.
import { make, makeTable } from "./dom.js";
import { csvOf, saveBlob } from "./save.js";

const TABLE_ROWS_MAX = 1000; // in the document; more would make the page slow

function askValue(value) {
    return typeof value === "function" ? value() : value;
}

function shownCell(value) {
    return value === null || value === undefined || Number.isNaN(value) ? "–" : String(value);
}

function saveButton(kind, blobOf) {
    const save = async () => {
        const { name, blob } = await blobOf();
        saveBlob(name, blob);
    };
    return make("button", { type: "button", onclick: save }, kind);
}

function frameButtons({ id, columns, rows, png, svg }) {
    const fileOf = async (ending, type, content) =>
        ({ name: `desgd-${askValue(id)}.${ending}`, blob: new Blob([await content], { type }) });
    return make("p", { class: "chart-buttons" },
        png && saveButton("PNG", () => fileOf("png", "image/png", png())),
        svg && saveButton("SVG", () => fileOf("svg", "image/svg+xml", svg())),
        rows && saveButton("CSV",
            () => fileOf("csv", "text/csv", csvOf(askValue(columns), rows()))));
}

// The table is made when it is opened, and again when the numbers have changed.
function frameDetails({ title, columns, rows }) {
    const place = make("div", { class: "chart-table", tabindex: "0", role: "region" });
    const details = make("details", {}, make("summary", {}, "Table"), place);
    const fill = () => {
        if (!details.open) {
            place.replaceChildren();
            return;
        }
        const all = rows();
        const shown = all.slice(0, TABLE_ROWS_MAX).map((row) => row.map(shownCell));
        const left = all.length - shown.length;
        place.replaceChildren(
            ...(left > 0 ? [make("p", {}, `The first ${TABLE_ROWS_MAX} of ${all.length} rows: `
                + `${left} are left out here; the CSV has them all.`)] : []),
            makeTable(askValue(title), askValue(columns), shown));
    };
    details.addEventListener("toggle", fill);
    return { details, place, fill };
}

// Says what each part is of, for who does not see that they stand together.
function nameParts(title, caption, buttons, table) {
    caption.textContent = title;
    for (const button of buttons.children) {
        button.setAttribute("aria-label", `${button.textContent}: ${title}`);
    }
    table?.place.setAttribute("aria-label", `Table: ${title}`);
}

// rows: () => arrays of texts and numbers; columns: their names; png: () => a Blob or a promise of
// one; svg: () => text. Those that are left out have no button. id: the middle of the names of saved
// files. title, id and columns may be functions that give them. note: text or an element under the
// chart. Returns {element, body, refresh}: body is the place for the chart; refresh is to be called
// when any of these has become another.
export function chartFrame(options) {
    const body = make("div", { class: "chart-body" });
    const caption = make("figcaption");
    const buttons = frameButtons(options);
    const table = options.rows ? frameDetails(options) : null;
    const nameNow = () => nameParts(askValue(options.title), caption, buttons, table);
    nameNow();
    return {
        element: make("figure", { class: "chart" }, caption, body,
            options.note ? make("p", { class: "chart-note" }, options.note) : null,
            buttons, table === null ? null : table.details),
        body,
        refresh() {
            nameNow();
            table?.fill();
        },
    };
}
