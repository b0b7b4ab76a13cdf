// SPDX-License-Identifier: GPL-3.0-or-later
// A heat map: a tile for each cell of a grid, coloured by its mean, with the number in it; those that
// may be the best have an outline.
import { divergedText, metricDecimals } from "./comparison.js";
import { makeSvg } from "./dom.js";
import { numberText } from "./number_text.js";
import { tileOf } from "./sweep_grid.js";
import {
    CHART_TITLE_HEIGHT, chartText, chartTitle, fittedText, makeChart, textWidth,
} from "./svg_file.js";

// From light to dark, evenly in lightness: those of desgd's figures.
const HEAT_ANCHORS = [[253, 240, 160], [122, 205, 110], [42, 160, 135], [45, 112, 142], [70, 50, 120]];
const HEAT_EMPTY = "#e4e4e4";
const HEAT_TILE = { height: 58, least: 88, most: 150 };
const HEAT_TOP = CHART_TITLE_HEIGHT + 30;
const HEAT_FOOT = 86;

// share: 0 to 1. Three whole numbers up to 255.
export function heatColour(share) {
    const at = Math.min(1, Math.max(0, share)) * (HEAT_ANCHORS.length - 1);
    const below = Math.min(HEAT_ANCHORS.length - 2, Math.floor(at));
    return HEAT_ANCHORS[below].map((value, i) =>
        Math.round(value + (at - below) * (HEAT_ANCHORS[below + 1][i] - value)));
}

// Of a colour as WCAG 2 defines it, 0 black to 1 white.
export function luminanceOf(colour) {
    const [red, green, blue] = colour.map((value) => (value / 255 <= 0.04045 ? value / 255 / 12.92
        : ((value / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

// Black or white, whichever can be read better on it: 4.5 : 1 at least.
export function inkOn(colour) {
    const luminance = luminanceOf(colour);
    return (luminance + 0.05) / 0.05 > 1.05 / (luminance + 0.05) ? "#000000" : "#ffffff";
}

function hexOf(colour) {
    return `#${colour.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}

// The texts of a tile, a line each.
function tileLines(tile, decimals) {
    if (tile.count === 0) {
        return ["no run"];
    }
    if (tile.count > 1) {
        return [`${tile.count} cells`];
    }
    if (!Number.isFinite(tile.mean)) {
        return [tile.cell.divergence.diverged > 0 ? "diverged" : "none"];
    }
    return [numberText(tile.mean, decimals),
        Number.isFinite(tile.half) ? `± ${numberText(tile.half, decimals)}` : null,
        tile.isBest ? tile.verdict.replace("may be the best", "may be best") : null,
    ].filter((line) => line !== null);
}

function tileTitle(grid, row, column, tile, decimals) {
    const where = [grid.xs[column], grid.ys[row]].filter((text) => text !== "").join(", ");
    if (tile.cell === null) {
        return `${where}: ${tileLines(tile, decimals)[0]}`;
    }
    return `${where}: ${tileLines(tile, decimals).join(" ")}, ${tile.cell.rounds} rounds, ` +
        `diverged: ${divergedText(tile.cell.divergence)}`;
}

// Seen on every colour and on either paper: white within black.
function tileOutline(x, y, width, height) {
    return ["#000000", "#ffffff"].map((colour, i) => makeSvg("rect", {
        x: x + 2 + 2.5 * i, y: y + 2 + 2.5 * i, width: width - 4 - 5 * i, height: height - 4 - 5 * i,
        fill: "none", stroke: colour, "stroke-width": 2.5 - i,
    }));
}

function heatTile(box, tile, share, lines, title) {
    const colour = Number.isFinite(share) ? heatColour(share) : null;
    const ink = colour === null ? "#000000" : inkOn(colour);
    const first = box.y + box.height / 2 + 5 - 8 * (lines.length - 1);
    return makeSvg("g", {},
        makeSvg("title", {}, title),
        makeSvg("rect", { x: box.x + 1, y: box.y + 1, width: box.width - 2, height: box.height - 2,
            fill: colour === null ? HEAT_EMPTY : hexOf(colour) }),
        ...(tile.isBest ? tileOutline(box.x, box.y, box.width, box.height) : []),
        ...lines.map((line, i) => makeSvg("text", {
            x: box.x + box.width / 2, y: first + 16 * i, fill: ink, "font-size": i === 0 ? 13 : 11,
            "text-anchor": "middle",
        }, fittedText(line, box.width - 10, 11))));
}

// Where the tiles lie: {left, tileWidth, tileHeight, width, height}. width: what there is; the map is
// wider where tiles would be too narrow to read.
export function heatLayout(grid, width) {
    const left = Math.min(width * 0.3, 16 + Math.max(30, ...grid.ys.map((text) => textWidth(text, 13))));
    const room = (width - left - 4) / grid.xs.length;
    const tileWidth = Math.floor(Math.min(HEAT_TILE.most, Math.max(HEAT_TILE.least, room)));
    const height = HEAT_TOP + HEAT_TILE.height * grid.ys.length + HEAT_FOOT;
    return { left, tileWidth, tileHeight: HEAT_TILE.height, height,
        width: Math.max(left + tileWidth * grid.xs.length + 4, width) };
}

function heatAxes(grid, layout, x, y) {
    const { left, tileWidth, tileHeight } = layout;
    const bottom = HEAT_TOP + tileHeight * grid.ys.length;
    return [
        chartText(0, HEAT_TOP - 14, `↓ ${y}`, { width: layout.width, "font-weight": "bold" }),
        ...grid.ys.map((text, i) => chartText(left - 8, HEAT_TOP + tileHeight * (i + 0.5) + 4, text,
            { width: left - 8, "text-anchor": "end" })),
        ...grid.xs.map((text, i) => chartText(left + tileWidth * (i + 0.5), bottom + 18, text,
            { width: tileWidth - 6, "text-anchor": "middle" })),
        chartText(left, bottom + 38, `→ ${x}`, { width: layout.width - left, "font-weight": "bold" }),
    ];
}

// The scale: from the least to the greatest mean.
function heatLegend(layout, least, most, decimals) {
    const STEPS = 40;
    const WIDTH = 160;
    const y = layout.height - 34;
    return [
        ...Array.from({ length: STEPS }, (_, i) => makeSvg("rect", {
            x: layout.left + i * WIDTH / STEPS, y, width: WIDTH / STEPS + 0.5, height: 12,
            fill: hexOf(heatColour(i / (STEPS - 1))),
        })),
        chartText(layout.left, y + 27, numberText(least, decimals), { size: 12 }),
        chartText(layout.left + WIDTH, y + 27, numberText(most, decimals),
            { size: 12, "text-anchor": "end" }),
    ];
}

// grid: of gridOf; x and y: its keys; title: what the means are of. An <svg>.
export function heatMapChart(comparison, metric, grid, { x, y, title }, width) {
    const decimals = metricDecimals(metric);
    const layout = heatLayout(grid, width);
    const tiles = grid.tiles.map((row) => row.map((cells) => tileOf(comparison, metric, cells)));
    const means = tiles.flat().map((tile) => tile.mean).filter(Number.isFinite);
    const [least, most] = [Math.min(...means), Math.max(...means)];
    const shareOf = (mean) => (most > least ? (mean - least) / (most - least) : 0 * mean);
    const drawn = tiles.flatMap((row, r) => row.map((tile, c) => heatTile(
        { x: layout.left + layout.tileWidth * c, y: HEAT_TOP + layout.tileHeight * r,
            width: layout.tileWidth, height: layout.tileHeight },
        tile, shareOf(tile.mean), tileLines(tile, decimals), tileTitle(grid, r, c, tile, decimals))));
    return makeChart(layout.width, layout.height,
        `${title} over ${x} and ${y}: ${drawn.length} tiles; the table below the chart has the numbers`,
        chartTitle(title, layout.width), ...drawn, ...heatAxes(grid, layout, x, y),
        ...(means.length > 0 ? heatLegend(layout, least, most, decimals) : []));
}
