// SPDX-License-Identifier: GPL-3.0-or-later
// Makes elements. Texts become text nodes and attribute values, never markup: what a log says cannot
// be a tag. Nothing else in the page makes elements.

const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
    for (const [name, value] of Object.entries(attributes)) {
        if (name.startsWith("on")) {
            element.addEventListener(name.slice(2), value);
        } else if (value === true) {
            element.setAttribute(name, "");
        } else if (value !== false && value !== undefined && value !== null) {
            element.setAttribute(name, value);
        }
    }
    element.append(...children.flat().filter((child) => child !== null && child !== undefined));
    return element;
}

// make("button", {onclick: play, "aria-pressed": "false"}, "Play"): children are texts and elements.
export function make(tag, attributes = {}, ...children) {
    return fill(document.createElement(tag), attributes, children);
}

export function makeSvg(tag, attributes = {}, ...children) {
    return fill(document.createElementNS(SVG, tag), attributes, children);
}

// Gives a place other children. If the focus is on a control in it, it goes to the one that stands
// there now: who uses keys goes on from there.
export function refill(place, ...children) {
    const controls = () => [...place.querySelectorAll("button, input, select")];
    const focused = controls().indexOf(document.activeElement);
    place.replaceChildren(...children);
    const again = controls()[focused];
    (again?.disabled ? controls().find((one) => !one.disabled) : again)?.focus();
}

// A table of texts with a caption. columns: heads; rows: arrays of texts or numbers.
export function makeTable(caption, columns, rows) {
    return make("table", {},
        make("caption", {}, caption),
        make("thead", {}, make("tr", {}, columns.map((name) => make("th", { scope: "col" }, name)))),
        make("tbody", {}, rows.map((row) =>
            make("tr", {}, row.map((cell) => make("td", {}, String(cell)))))));
}
