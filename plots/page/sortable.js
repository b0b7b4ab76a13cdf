// SPDX-License-Identifier: GPL-3.0-or-later
// A table that is sorted by a click on a column's head, and shows the rows in which a text occurs.
import { make, refill } from "./dom.js";
import { breakable, cellClass } from "./wide_table.js";

const SORTABLE_ROWS_MAX = 1000; // in the document; more would make the page slow

// Rows in the order of the column "by" ({compare, index} or null), those without a value last in
// either direction; equal ones as they came.
export function sortedRows(rows, by, descending) {
    if (by === null) {
        return rows;
    }
    const lacks = (row) => row.values[by.index] === null || Number.isNaN(row.values[by.index]);
    return rows.toSorted((a, b) => (lacks(a) || lacks(b) ? lacks(a) - lacks(b)
        : (descending ? -1 : 1) * by.compare(a.values[by.index], b.values[by.index])));
}

function wordsOfText(text) {
    return text.toLowerCase().split(/[\s,:{}[\]"]+/).filter((word) => word !== "");
}

// Rows in which every word of the text begins some word, whatever its case: "20 ms" is not in 120 ms.
export function filteredRows(rows, text) {
    const words = wordsOfText(text);
    return rows.filter((row) => {
        const all = row.texts.flatMap(wordsOfText);
        return words.every((word) => all.some((other) => other.startsWith(word)));
    });
}

function sortHead(column, index, order, call) {
    const isSorted = order.by !== null && order.by.index === index;
    const direction = !isSorted ? "none" : (order.descending ? "descending" : "ascending");
    return make("th", { scope: "col", "aria-sort": direction, class: cellClass(column.name, column.isText) },
        make("button", { type: "button", onclick: () => call(index) }, breakable(column.name),
            make("span", { "aria-hidden": "true", class: "sort-mark" },
                { none: "\u00a0↕", ascending: "\u00a0↑", descending: "\u00a0↓" }[direction])));
}

function sortBody(columns, rows) {
    return make("tbody", {}, rows.map((row) =>
        make("tr", { class: row.isMarked ? "is-marked" : null }, row.texts.map((text, i) =>
            make("td", { class: cellClass(text, columns[i].isText) }, text)))));
}

function countText(shown, found, all) {
    return `${found === all ? `${all} rows` : `${found} of ${all} rows`}` +
        (shown < found ? `, the first ${shown} of them here` : "");
}

// columns: {name, isText, compare(a, b) of two values}; setRows takes rows {values (null: none),
// texts, isMarked}. Returns {element, setRows(caption, columns, rows)}.
export function sortableTable() {
    const order = { by: null, descending: false };
    const data = { caption: "", columns: [], rows: [] };
    const place = make("div", { class: "cells", tabindex: "0", role: "region", "aria-label": "Cells" });
    const count = make("output", {});
    const filter = make("input", { type: "search", oninput: () => show() });
    const choose = (index) => {
        const isSame = order.by?.index === index;
        order.descending = isSame && !order.descending;
        order.by = { index, compare: data.columns[index].compare };
        show();
    };
    const show = () => {
        const found = filteredRows(sortedRows(data.rows, order.by, order.descending), filter.value);
        const shown = found.slice(0, SORTABLE_ROWS_MAX);
        count.replaceChildren(countText(shown.length, found.length, data.rows.length));
        refill(place, make("table", { class: "sortable" },
            make("caption", {}, data.caption),
            make("thead", {}, make("tr", {}, data.columns.map((column, i) =>
                sortHead(column, i, order, choose)))),
            sortBody(data.columns, shown)));
    };
    const setRows = (caption, columns, rows) => {
        Object.assign(data, { caption, columns, rows });
        show();
    };
    return {
        element: make("div", {},
            make("p", { class: "chart-buttons" }, make("label", {}, "Only rows with ", filter), " ", count),
            place),
        setRows,
    };
}
