// SPDX-License-Identifier: GPL-3.0-or-later
// Draws a timeline on a canvas. Places are in pixels of the page, of which the canvas may have
// "ratio" each way. svg_pen.js takes the same calls.
import { kindOfState } from "./lane_index.js";
import { coloursOfStates } from "./state_colours.js";

function packedColour([red, green, blue]) {
    return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

// The rows of pixels of a lane, and those of the thin line in its middle.
function pixelRows(top, height, ratio, limit) {
    const first = Math.round(top * ratio);
    const end = Math.min(limit, Math.max(first + 1, Math.round((top + height) * ratio)));
    const thin = Math.max(1, Math.round((end - first) / 6));
    const middle = first + Math.floor((end - first - thin) / 2);
    return { first, end, middle, middleEnd: middle + thin };
}

// Lanes are painted into an image pixel by pixel, which is many times as fast as rectangles.
function lanePainter(image, ratio, kinds, theme) {
    const pixels = new Uint32Array(image.data.buffer);
    const paints = Uint32Array.from(coloursOfStates(kinds, theme), packedColour);
    const isThin = paints.map((_, state) =>
        (state > 0 && theme.thin.has(kinds[kindOfState(state)]) ? 1 : 0));
    const whole = new Uint32Array(image.width);
    const outer = new Uint32Array(image.width);
    pixels.fill(paints[0]);
    return (states, top, height, isOver) => {
        const rows = pixelRows(top, height, ratio, image.height);
        for (let x = 0; x < states.length; x++) {
            const base = isOver ? pixels[rows.first * image.width + x] : paints[0];
            whole[x] = states[x] === 0 ? base : paints[states[x]];
            outer[x] = isThin[states[x]] === 1 ? base : whole[x];
        }
        for (let y = rows.first; y < rows.end; y++) {
            pixels.set(y >= rows.middle && y < rows.middleEnd ? whole : outer, y * image.width);
        }
    };
}

function tracePath(context, points) {
    context.beginPath();
    points.forEach(([x, y], i) => (i === 0 ? context.moveTo(x, y) : context.lineTo(x, y)));
}

// image: an ImageData for the lanes, kept from picture to picture; scene: see timeline_draw.js.
export function canvasPen(context, ratio, image, scene) {
    const { theme, place, kinds } = scene;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.fillStyle = theme.paper;
    context.fillRect(0, 0, scene.width, scene.height);
    return {
        columns: image.width,
        states: lanePainter(image, ratio, kinds, theme),
        endStates() {
            const [left, top] = [place.left, place.top].map((at) => Math.round(at * ratio));
            context.putImageData(image, left, top);
        },
        line(points, colour, { width = 1, dash = [] } = {}) {
            context.strokeStyle = colour;
            context.lineWidth = width;
            context.setLineDash(dash);
            tracePath(context, points);
            context.stroke();
        },
        shape(points, colour) {
            context.fillStyle = colour;
            tracePath(context, points);
            context.fill();
        },
        text(x, y, text, { align = "start", colour = theme.ink } = {}) {
            context.font = `${theme.fontSize}px system-ui, sans-serif`;
            context.textAlign = align;
            context.textBaseline = "middle";
            context.fillStyle = colour;
            context.fillText(text, x, y);
        },
        clip({ left, top, width, height }) {
            context.save();
            context.beginPath();
            context.rect(left, top, width, height);
            context.clip();
        },
        unclip() {
            context.restore();
        },
    };
}
