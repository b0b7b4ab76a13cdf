// SPDX-License-Identifier: GPL-3.0-or-later
// A line chart as the text of an SVG file, from numbers alone: axes, bands, lines, a legend. Black
// on white, for papers and slides; the page itself draws its charts otherwise.
import { shortNumber, ticksOf } from "./ticks.js";

const CHART_WIDTH = 800;
const CHART_HEIGHT = 480;
const CHART_LEFT = 76;
const CHART_RIGHT = 20;
const CHART_BOTTOM = 52;
const CHART_LEGEND_LINE = 18; // of the legend

// Characters that XML does not have.
export const NOT_IN_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

export function svgText(text) {
    return String(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
        .replaceAll("\"", "&quot;")
        .replace(NOT_IN_XML, "\ufffd");
}

function svgLabel(x, y, text, more = "") {
    return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${more}>${svgText(text)}</text>\n`;
}

function chartRange(lists, fromZero) {
    let least = fromZero ? 0 : Infinity;
    let most = fromZero ? 0 : -Infinity;
    for (const list of lists) {
        for (const value of list ?? []) {
            if (Number.isFinite(value)) {
                least = Math.min(least, value);
                most = Math.max(most, value);
            }
        }
    }
    if (least > most) {
        return [0, 1];
    }
    return least === most ? [least - 0.5, most + 0.5] : [least, most];
}

// Where the legend's entries go: lines of as many as fit.
function chartLegendLines(series) {
    const lines = [[]];
    let used = 0;
    for (const one of series) {
        const width = 40 + 7 * one.label.length;
        if (used + width > CHART_WIDTH - CHART_LEFT - CHART_RIGHT && used > 0) {
            lines.push([]);
            used = 0;
        }
        lines[lines.length - 1].push({ one, x: CHART_LEFT + used });
        used += width;
    }
    return lines;
}

function svgStroke({ colour, dash }) {
    return `stroke="${colour}" stroke-width="1.8" stroke-dasharray="${(dash ?? []).join(" ")}"`;
}

function svgLegend(lines, top) {
    return lines.map((line, i) => line.map(({ one, x }) => {
        const y = top + i * CHART_LEGEND_LINE;
        return `<line x1="${x}" x2="${x + 24}" y1="${y}" y2="${y}" ${svgStroke(one)}/>\n`
            + svgLabel(x + 30, y + 4, one.label);
    }).join("")).join("");
}

// Pieces of neighbours at which all of the lists are finite, as lists of indices.
function piecesOf(lists) {
    const pieces = [];
    let piece = [];
    for (let i = 0; i < lists[0].length; i++) {
        if (lists.every((list) => Number.isFinite(list[i]))) {
            piece.push(i);
        } else if (piece.length > 0) {
            pieces.push(piece);
            piece = [];
        }
    }
    return piece.length > 0 ? [...pieces, piece] : pieces;
}

function svgBand({ x, low, high, colour, isPale }, place) {
    if (!low || !high || isPale) {
        return "";
    }
    return piecesOf([x, low, high]).map((piece) => {
        const points = [...piece.map((i) => place(x[i], high[i])),
            ...piece.toReversed().map((i) => place(x[i], low[i]))];
        return `<polygon points="${points.join(" ")}" fill="${colour}" fill-opacity=".18"/>\n`;
    }).join("");
}

// The points of a piece of a line; with steps it goes on level to the next one's place.
function svgPoints({ x, y, isStepped }, piece, place) {
    return piece.flatMap((i, n) => (isStepped && n > 0
        ? [place(x[i], y[i - 1]), place(x[i], y[i])] : [place(x[i], y[i])]));
}

function svgPieces(one, place) {
    return piecesOf([one.x, one.y]).map((piece) => {
        const points = svgPoints(one, piece, place);
        const [x, y] = points[0].split(",");
        return points.length === 1
            ? `<circle cx="${x}" cy="${y}" r="2.5" fill="${one.colour}"/>\n`
            : `<polyline points="${points.join(" ")}" fill="none" ${svgStroke(one)}/>\n`;
    }).join("");
}

// A pale line is behind one that stands out.
function svgLine(one, place) {
    const pieces = svgPieces(one, place);
    return one.isPale ? `<g opacity=".2">\n${pieces}</g>\n` : pieces;
}

function svgAxes(chart, box, xRange, yRange, at) {
    const grid = (x1, x2, y1, y2) =>
        `<line x1="${x1.toFixed(1)}" x2="${x2.toFixed(1)}" y1="${y1.toFixed(1)}" `
        + `y2="${y2.toFixed(1)}" stroke="#dddddd"/>\n`;
    const xs = ticksOf(...xRange, 8).map((tick) =>
        grid(at.x(tick), at.x(tick), box.top, box.bottom)
        + svgLabel(at.x(tick), box.bottom + 18, shortNumber(tick), "text-anchor=\"middle\""));
    const ys = ticksOf(...yRange, 6).map((tick) =>
        grid(box.left, box.right, at.y(tick), at.y(tick))
        + svgLabel(box.left - 8, at.y(tick) + 4, shortNumber(tick), "text-anchor=\"end\""));
    const middle = (box.top + box.bottom) / 2;
    return xs.join("") + ys.join("")
        + svgLabel((box.left + box.right) / 2, box.bottom + 40, chart.xLabel,
            "text-anchor=\"middle\"")
        + svgLabel(18, middle, chart.yLabel,
            `text-anchor="middle" transform="rotate(-90 18 ${middle.toFixed(1)})"`);
}

// chart: {title, xLabel, yLabel, series, fromZero, isCrowded (no bands)}; of the series {label,
// colour, dash (lengths), x, y, low, high (NaN: a gap; low and high may be left out), isStepped,
// isPale (no band)}; fromZero: y begins at 0.
export function lineChartSvg(chart) {
    const lines = chartLegendLines(chart.series);
    const top = 44 + lines.length * CHART_LEGEND_LINE;
    const height = CHART_HEIGHT + lines.length * CHART_LEGEND_LINE;
    const box = {
        left: CHART_LEFT, right: CHART_WIDTH - CHART_RIGHT, top, bottom: height - CHART_BOTTOM,
    };
    const xRange = chartRange(chart.series.map((one) => one.x), false);
    const [least, most] = chartRange(chart.series.flatMap((one) => [one.y, one.low, one.high]),
        chart.fromZero);
    const yRange = [chart.fromZero ? least : least - 0.03 * (most - least),
        most + 0.03 * (most - least)];
    const at = {
        x: (v) => box.left + (v - xRange[0]) / (xRange[1] - xRange[0]) * (box.right - box.left),
        y: (v) => box.bottom - (v - yRange[0]) / (yRange[1] - yRange[0]) * (box.bottom - box.top),
    };
    const place = (x, y) => `${at.x(x).toFixed(2)},${at.y(y).toFixed(2)}`;
    return `<svg xmlns="http://www.w3.org/2000/svg" width="${CHART_WIDTH}" height="${height}" `
        + `viewBox="0 0 ${CHART_WIDTH} ${height}" font-family="sans-serif" font-size="12">\n`
        + `<rect width="${CHART_WIDTH}" height="${height}" fill="#ffffff"/>\n`
        + svgLabel(CHART_LEFT, 24, chart.title, "font-size=\"15\"")
        + svgLegend(lines, 44)
        + svgAxes(chart, box, xRange, yRange, at)
        + (chart.isCrowded ? "" : chart.series.map((one) => svgBand(one, place)).join(""))
        + chart.series.map((one) => svgLine(one, place)).join("")
        + "</svg>\n";
}
