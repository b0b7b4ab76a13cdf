// SPDX-License-Identifier: GPL-3.0-or-later
// Draws the lanes of a window with a pen (canvas_pen.js, svg_pen.js). A scene has all that the
// picture depends on:
//   index, kinds   of the lanes (lane_index.js), and the words of kinds
//   rows           what layoutRows gives; place {left, top, width, height}: where the lanes are
//   width, height  of the picture, in pixels of the page
//   fromNs, toNs   the window; timeNs the moment looked at
//   theme          {paper, ink, faint, grid, accent, isDark, fontSize, thin: kinds drawn thin}
//   legend         [{label, colour}] below the lanes, of a picture that is saved; head: text above
//   arrows         of linksOf; holdUps those to mark; lit {lane, startNs, endNs} or null; worker
import { LEVELS, fillStates, markBegun, stateOf } from "./lane_index.js";
import { timeScale } from "./timeline_scale.js";

const LANES_MAX = 1200; // one below the other; more would be less than a pixel each
const SERVER_GAP = 6;
const TICK_WIDTH = 90;
const NAME_STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];

function laneHeight(count, isLarge) {
    const height = count <= 8 ? 24 : count <= 40 ? 15 : count <= 100 ? 8 : Math.max(1, 800 / count);
    return isLarge ? 1.5 * height : height;
}

// The lanes of the workers that are shown (a Set, null: all), and of the server below them:
// {rows: [{lane, track, top, height}], height, left: how many workers are not there for lack of
// place}.
export function layoutRows(index, workers, isLarge) {
    const all = index.workers.filter((track) => workers === null || workers.has(track.lane));
    const shown = all.slice(0, LANES_MAX);
    const height = laneHeight(shown.length, isLarge);
    const rows = shown.map((track, i) => ({ lane: track.lane, track, top: i * height, height }));
    let end = shown.length * height;
    if (index.server.count + index.moments.count > 0) {
        rows.push({ lane: -1, track: index.server, top: end + SERVER_GAP,
            height: Math.max(24, 1.6 * height) });
        end = rows.at(-1).top + rows.at(-1).height;
    }
    return { rows, height: Math.ceil(end), left: all.length - shown.length };
}

function xOf(scene, timeNs) {
    return scene.place.left +
        ((timeNs - scene.fromNs) / (scene.toNs - scene.fromNs)) * scene.place.width;
}

export function timeOf(scene, x) {
    const share = (x - scene.place.left) / scene.place.width;
    return scene.fromNs + share * (scene.toNs - scene.fromNs);
}

export function rowAt(scene, y) {
    const below = y - scene.place.top;
    return scene.rows.find((row) => below >= row.top && below < row.top + row.height) ?? null;
}

// Lanes with a space between them, where there is enough.
function insideOf(row) {
    return row.height > 4 ? row.height - Math.max(1, Math.round(row.height / 8)) : row.height;
}

// Pauses of the server lie over what it does; moments, which take no time, are short marks on top.
function drawServer(pen, scene, row, states) {
    const { index, fromNs, toNs } = scene;
    if (index.pauses.count > 0) {
        fillStates(index.pauses, fromNs, toNs, states);
        pen.states(states, row.top, insideOf(row), true);
    }
    if (index.moments.count > 0) {
        markBegun(index.moments, fromNs, toNs, states);
        const state = stateOf(index.moments.kinds[0], LEVELS);
        states.forEach((isMarked, x) => {
            states[x] = isMarked === 1 ? state : 0;
        });
        pen.states(states, row.top, row.height / 2, true);
    }
}

function drawLanes(pen, scene) {
    const states = new Uint8Array(pen.columns);
    for (const row of scene.rows) {
        fillStates(row.track, scene.fromNs, scene.toNs, states);
        pen.states(states, row.top, insideOf(row), false);
        if (row.lane < 0) {
            drawServer(pen, scene, row, states);
        }
    }
    pen.endStates();
}

// Those that have room, each a round number of workers after the other.
function drawNames(pen, scene) {
    const workers = scene.rows.filter((row) => row.lane >= 0);
    const least = (1.15 * scene.theme.fontSize) / (workers[0]?.height ?? 1);
    const step = NAME_STEPS.find((each) => each >= least) ?? 1000;
    const isSparse = workers.length > 0 && workers.at(-1).lane + 1 > workers.length;
    scene.rows.forEach((row, i) => {
        const counted = isSparse ? i : row.lane;
        if (row.lane < 0 || counted % step === 0) {
            const isChosen = row.lane === scene.worker;
            pen.text(scene.place.left - 8, scene.place.top + row.top + insideOf(row) / 2,
                row.lane < 0 ? scene.serverName : String(row.lane),
                { align: "end", colour: isChosen ? scene.theme.accent : scene.theme.ink });
        }
    });
}

function drawScale(pen, scene) {
    const { place, theme } = scene;
    const width = TICK_WIDTH * (theme.fontSize / 12);
    const scale = timeScale(scene.fromNs, scene.toNs, Math.max(2, Math.floor(place.width / width)));
    const y = place.top - 0.8 * theme.fontSize;
    for (const { timeNs, text } of scale.ticks) {
        const x = xOf(scene, timeNs);
        pen.line([[x, place.top - 3], [x, place.top + place.height]], theme.grid);
        if (x > place.left + width / 4 - 12 && x < place.left + place.width - width / 4) {
            pen.text(x, y, text, { align: "center", colour: theme.faint });
        }
    }
    pen.text(place.left - 8, y, "worker", { align: "end", colour: theme.faint });
    pen.text(place.left, y - 1.3 * theme.fontSize,
        `${scene.head}cluster time${scale.base === "" ? "" : `: ${scale.base} and`}`,
        { colour: theme.faint });
}

// Coordinates far outside would lose their fractions: a line is cut a little outside of the lanes.
function cutLine([x0, y0], [x1, y1], least, most) {
    const at = (x) => y0 + ((x - x0) / (x1 - x0)) * (y1 - y0);
    const cut = (x, y) =>
        (x < least ? [least, at(least)] : x > most ? [most, at(most)] : [x, y]);
    const isOutside = Math.max(x0, x1) < least || Math.min(x0, x1) > most;
    return isOutside ? null : [cut(x0, y0), cut(x1, y1)];
}

const ARROW_DASHES = { read: [5, 3], reply: [2, 2] };

function drawArrow(pen, scene, arrow) {
    const rowOf = (lane) => scene.rows.find((row) => row.lane === lane);
    const [from, to] = [rowOf(arrow.fromLane), rowOf(arrow.toLane)];
    const middle = (row) => scene.place.top + row.top + insideOf(row) / 2;
    const { left, width } = scene.place;
    const line = from && to && cutLine([xOf(scene, arrow.fromNs), middle(from)],
        [xOf(scene, arrow.toNs), middle(to)], left - 40, left + width + 40);
    if (!line) {
        return;
    }
    const [[x0, y0], [x1, y1]] = line;
    pen.line(line, scene.theme.paper, { width: 4 });
    pen.line(line, scene.theme.ink, { width: 1.6, dash: ARROW_DASHES[arrow.what] ?? [] });
    const angle = Math.atan2(y1 - y0, x1 - x0);
    const corner = (turn) => [x1 - 8 * Math.cos(angle + turn), y1 - 8 * Math.sin(angle + turn)];
    pen.shape([[x1, y1], corner(0.45), corner(-0.45)], scene.theme.ink);
}

// A triangle at the end of what an update waited for.
function drawHoldUps(pen, scene) {
    for (const { lane, timeNs } of scene.holdUps) {
        const row = scene.rows.find((one) => one.lane === lane);
        if (row !== undefined) {
            const x = xOf(scene, timeNs);
            const y = scene.place.top + row.top + insideOf(row) / 2;
            pen.shape([[x - 6, y - 6], [x + 6, y - 6], [x, y + 5]], scene.theme.paper);
            pen.shape([[x - 4, y - 5], [x + 4, y - 5], [x, y + 3]], scene.theme.ink);
        }
    }
}

function drawLit(pen, scene) {
    const row = scene.rows.find((one) => one.lane === scene.lit?.lane);
    if (row === undefined) {
        return;
    }
    const { left, width, top } = scene.place;
    const x0 = Math.max(left - 2, xOf(scene, scene.lit.startNs));
    const x1 = Math.min(left + width + 2, Math.max(xOf(scene, scene.lit.endNs), x0 + 1));
    const [y0, y1] = [top + row.top, top + row.top + insideOf(row)];
    pen.line([[x0, y0], [x1, y0], [x1, y1], [x0, y1], [x0, y0]], scene.theme.ink, { width: 2 });
}

function drawMoment(pen, scene) {
    if (scene.timeNs >= scene.fromNs && scene.timeNs <= scene.toNs) {
        const x = xOf(scene, scene.timeNs);
        const { top, height } = scene.place;
        pen.line([[x, top - 6], [x, top + height]], scene.theme.accent, { width: 1.5 });
        pen.shape([[x - 5, top - 8], [x + 5, top - 8], [x, top]], scene.theme.accent);
    }
}

const LEGEND_GAP = 1.6; // from line to line, in letters

// Where the entries of a legend go: {lines, places: [{entry, x, line}]}. Texts are as wide as they
// are likely to be.
function layoutLegend(legend, width, fontSize) {
    const places = [];
    let [x, line] = [0, 0];
    for (const entry of legend) {
        const wide = fontSize * (2.5 + 0.56 * entry.label.length);
        if (x > 0 && x + wide > width) {
            [x, line] = [0, line + 1];
        }
        places.push({ entry, x, line });
        x += wide;
    }
    return { lines: legend.length > 0 ? line + 1 : 0, places };
}

export function legendHeight(legend, width, fontSize) {
    return Math.ceil((layoutLegend(legend, width, fontSize).lines + 0.5) * LEGEND_GAP * fontSize);
}

function drawLegend(pen, scene) {
    const { place, theme } = scene;
    const { places } = layoutLegend(scene.legend, place.width, theme.fontSize);
    for (const { entry, x, line } of places) {
        const left = place.left + x;
        const y = place.top + place.height + (line + 1) * LEGEND_GAP * theme.fontSize;
        const half = theme.fontSize / 2;
        pen.shape(entry.isMark
            ? [[left, y - half], [left + 2 * half, y - half], [left + half, y + half]]
            : [[left, y - half], [left + 2 * half, y - half], [left + 2 * half, y + half],
                [left, y + half]], entry.colour);
        pen.text(left + 1.4 * theme.fontSize, y, entry.label);
    }
}

export function drawTimeline(pen, scene) {
    drawLanes(pen, scene);
    drawScale(pen, scene);
    drawNames(pen, scene);
    drawLegend(pen, scene);
    pen.clip({ ...scene.place, top: scene.place.top - 10, height: scene.place.height + 10 });
    drawHoldUps(pen, scene);
    drawLit(pen, scene);
    scene.arrows.forEach((arrow) => drawArrow(pen, scene, arrow));
    drawMoment(pen, scene);
    pen.unclip();
}
