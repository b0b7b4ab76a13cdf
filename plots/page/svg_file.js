// SPDX-License-Identifier: GPL-3.0-or-later
// A chart that the page has drawn as SVG, as a file of its own: black on white, whatever the page
// looks like; and as a picture. Also how texts fit into such a chart.
import { pngOfSvg } from "./chart_png.js";
import { NOT_IN_XML } from "./chart_svg.js";
import { makeSvg } from "./dom.js";

const WIDE_LETTER = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]/;

// About how wide a text is in a sans-serif of this size, rather too wide.
export function textWidth(text, size) {
    return [...text].reduce((sum, letter) => sum + (WIDE_LETTER.test(letter) ? 1.05 : 0.58), 0) * size;
}

// The text, or as much of it as fits, and an ellipsis.
export function fittedText(text, width, size) {
    if (textWidth(text, size) <= width) {
        return text;
    }
    const letters = [...text];
    while (letters.length > 0 && textWidth(`${letters.join("")}…`, size) > width) {
        letters.pop();
    }
    return `${letters.join("")}…`;
}

// An <svg> of the page: its texts have the colour of those around it. label: for those who cannot
// see it.
export function makeChart(width, height, label, ...children) {
    return makeSvg("svg", {
        width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label,
        "font-family": "sans-serif", "font-size": 13, fill: "currentColor",
    }, ...children);
}

// A text in a chart; what does not fit is in its title.
export function chartText(x, y, text, { width = Infinity, size = 13, ...attributes } = {}) {
    const fitted = fittedText(text, width, size);
    return makeSvg("text", { x, y, "font-size": size, ...attributes }, fitted,
        fitted === text ? null : makeSvg("title", {}, text));
}

export const CHART_TITLE_HEIGHT = 26;

// What a chart is of, at its top: for who has only the picture.
export function chartTitle(text, width) {
    return chartText(0, 16, text, { width, "font-weight": "bold" });
}

// chart: of makeChart.
export function svgFileOf(chart) {
    const copy = chart.cloneNode(true);
    copy.setAttribute("color", "#1a1a1a");
    copy.prepend(makeSvg("rect", { width: "100%", height: "100%", fill: "#ffffff" }));
    return new XMLSerializer().serializeToString(copy).replace(NOT_IN_XML, "\ufffd");
}

// A promise of a Blob.
export function pngOfChart(chart) {
    return pngOfSvg(svgFileOf(chart));
}

// Draws into place, and again when its width has changed. draw(width): gives an element. Returns a
// function that draws again.
export function drawToFit(place, draw) {
    const drawNow = () => place.replaceChildren(draw(Math.max(280, Math.floor(place.clientWidth))));
    let width = -1;
    new ResizeObserver(() => {
        if (place.clientWidth !== width && place.clientWidth > 0) {
            width = place.clientWidth;
            drawNow();
        }
    }).observe(place);
    return drawNow;
}
