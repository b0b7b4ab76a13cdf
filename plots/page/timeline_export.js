// SPDX-License-Identifier: GPL-3.0-or-later
// The window of a timeline as numbers and as pictures.
import { canvasPen } from "./canvas_pen.js";
import { make } from "./dom.js";
import { begunBefore, eachIn } from "./lane_index.js";
import { svgPen } from "./svg_pen.js";
import { drawTimeline, legendHeight } from "./timeline_draw.js";
import { legendOfPicture } from "./timeline_theme.js";

const BOXES_MAX = 20000; // of an SVG image: programs that open it choke on more

export const INTERVALS_MAX = 2000000; // of a table; more would take gigabytes

export const INTERVAL_COLUMNS = ["lane", "kind", "start_ns", "end_ns", "row"];

function tracksShown({ index, rows }) {
    return rows.flatMap((row) =>
        (row.lane < 0 ? [index.server, index.pauses, index.moments] : [row.track]));
}

// How many intervals of the lanes shown are in the window, or one more for a lane.
export function countIntervals(scene) {
    return tracksShown(scene).reduce((sum, track) => sum +
        begunBefore(track, scene.toNs) - begunBefore(track, scene.fromNs) + 1, 0);
}

// The intervals of the lanes shown that are in the window, whole, as "desgd export --table
// timeline" prints them and in its order; at most INTERVALS_MAX.
export function intervalRows(scene) {
    const sources = new Int32Array(countIntervals(scene) + scene.index.moments.count);
    let count = 0;
    tracksShown(scene).forEach((track) => eachIn(track, scene.fromNs, scene.toNs, (_, i) => {
        sources[count++] = track.sources[i];
    }));
    const { lane, kind, kindNames, startNs, endNs, row } = scene.index.lanes;
    return Array.from(sources.subarray(0, count).sort().subarray(0, INTERVALS_MAX),
        (i) => [lane[i], kindNames[kind[i]], startNs[i], endNs[i], row[i]]);
}

// The scene as a picture that stands alone: with the name of the run and a legend.
export function sceneAlone(scene, name) {
    const legend = legendOfPicture(scene.index, scene.theme, scene.holdUps.length > 0);
    return { ...scene, legend, head: name === "" ? "" : `${name}, `,
        height: scene.height + legendHeight(legend, scene.place.width, scene.theme.fontSize) };
}

// A promise of the picture as a PNG image, with twice as many pixels as the page has.
export function timelinePng(scene) {
    const RATIO = 2;
    const canvas = make("canvas", { width: RATIO * scene.width, height: RATIO * scene.height });
    const image = new ImageData(RATIO * Math.round(scene.place.width),
        RATIO * Math.round(scene.place.height));
    drawTimeline(canvasPen(canvas.getContext("2d"), RATIO, image, scene), scene);
    return new Promise((done) => {
        canvas.toBlob(done, "image/png");
    });
}

// With as many columns as the page shows, or half as many, and so on, until the image is not too
// large; it says so then.
export function timelineSvg(scene, title) {
    for (let columns = Math.round(scene.place.width); ; columns = Math.ceil(columns / 2)) {
        const pen = svgPen(scene, columns);
        drawTimeline(pen, scene);
        if (pen.boxes() <= BOXES_MAX || columns <= 8) {
            const isCoarse = columns < Math.round(scene.place.width);
            return pen.finish(isCoarse
                ? `${title} (in ${columns} columns: more would be too many rectangles)` : title);
        }
    }
}
