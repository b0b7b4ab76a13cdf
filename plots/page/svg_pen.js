// SPDX-License-Identifier: GPL-3.0-or-later
// Draws a timeline as the text of an SVG image, by the same calls as canvas_pen.js.
import { svgText } from "./chart_svg.js";
import { kindOfState } from "./lane_index.js";
import { coloursOfStates } from "./state_colours.js";

const THIN = 1 / 6; // of a lane's height

function pointsText(points) {
    return points.map(([x, y]) => `${x.toFixed(2)},${y.toFixed(2)}`).join(" ");
}

// Calls take(state, first, end) for each stretch of equal states, but for those of nothing.
function eachStretch(states, take) {
    for (let x = 0; x < states.length;) {
        let end = x + 1;
        while (end < states.length && states[end] === states[x]) {
            end++;
        }
        if (states[x] !== 0) {
            take(states[x], x, end);
        }
        x = end;
    }
}

function boxText(x, y, width, height, colour) {
    return `<rect x="${x.toFixed(2)}" y="${y.toFixed(2)}" width="${width.toFixed(2)}" ` +
        `height="${height.toFixed(2)}" fill="${colour}"/>`;
}

// columns: how many states a lane has, over its width. finish(title) gives the text; boxes() how
// many rectangles it has.
export function svgPen(scene, columns) {
    const { theme, place, kinds } = scene;
    const colours = coloursOfStates(kinds, theme).map((rgb) => `rgb(${rgb.join(",")})`);
    const parts = [boxText(0, 0, scene.width, scene.height, theme.paper)];
    let boxes = 0;
    return {
        columns,
        states(states, top, height) {
            const pixel = place.width / columns;
            eachStretch(states, (state, first, end) => {
                const share = theme.thin.has(kinds[kindOfState(state)]) ? THIN : 1;
                parts.push(boxText(place.left + first * pixel,
                    place.top + top + (height * (1 - share)) / 2, (end - first) * pixel,
                    height * share, colours[state]));
                boxes++;
            });
        },
        endStates() {
        },
        line(points, colour, { width = 1, dash = [] } = {}) {
            parts.push(`<polyline points="${pointsText(points)}" fill="none" stroke="${colour}" ` +
                `stroke-width="${width}" stroke-dasharray="${dash.join(" ")}"/>`);
        },
        shape(points, colour) {
            parts.push(`<polygon points="${pointsText(points)}" fill="${colour}"/>`);
        },
        text(x, y, text, { align = "start", colour = theme.ink } = {}) {
            const anchor = align === "center" ? "middle" : align;
            parts.push(`<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}" ` +
                `dominant-baseline="central" fill="${colour}">${svgText(text)}</text>`);
        },
        clip({ left, top, width, height }) {
            parts.push(`<svg x="${left}" y="${top}" width="${width}" height="${height}" ` +
                `viewBox="${left} ${top} ${width} ${height}">`);
        },
        unclip() {
            parts.push("</svg>");
        },
        boxes: () => boxes,
        finish: (title) => `<svg xmlns="http://www.w3.org/2000/svg" width="${scene.width}" ` +
            `height="${scene.height}" font-family="sans-serif" font-size="${theme.fontSize}">\n` +
            `<title>${svgText(title)}</title>\n${parts.join("\n")}\n</svg>\n`,
    };
}
