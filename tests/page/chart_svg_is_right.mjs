// SPDX-License-Identifier: GPL-3.0-or-later
// Usage: node chart_svg_is_right.mjs What saved charts and tables say, whatever the numbers and texts. Usage: node chart_svg_is_right.mjs
import assert from "node:assert/strict";
import test from "node:test";
import { lineChartSvg, svgText } from "../../plots/page/chart_svg.js";
import { csvOf } from "../../plots/page/save.js";
import { shortNumber, ticksOf } from "../../plots/page/ticks.js";

// A tick that lies beside the scale, or none at all, would leave a chart without numbers.
test("ticks__any_range__are_round_and_within", () => {
    assert.deepEqual(ticksOf(0, 1, 5), [0, 0.2, 0.4, 0.6, 0.8, 1]);
    assert.deepEqual(ticksOf(-3, 3, 3), [-2, 0, 2]);
    assert.deepEqual(ticksOf(7, 7, 5), [7]);
    assert.deepEqual(ticksOf(NaN, 1, 5), []);
    for (const [least, most] of [[0, 1e-9], [1e15, 1e15 + 10], [-1e300, 1e300], [0.1, 0.3]]) {
        const ticks = ticksOf(least, most, 6);
        const room = (most - least) * 1e-6;
        assert.ok(ticks.length >= 2 && ticks.length <= 13, `${least} ${most}: ${ticks}`);
        assert.ok(ticks.every((tick) => tick >= least - room && tick <= most + room));
    }
});

test("short_number__any_size__has_few_characters", () => {
    assert.equal(shortNumber(0), "0");
    assert.equal(shortNumber(0.123456), "0.1235");
    assert.equal(shortNumber(12345.678), "12345.7");
    assert.equal(shortNumber(2e9), "2e9");
    assert.equal(shortNumber(-1.5e-7), "-1.5e-7");
    assert.equal(shortNumber(NaN), "–");
});

// A log's texts must not become markup in a file that a browser may open.
test("chart_svg__hostile_label__stays_text", () => {
    const hostile = "</text><script>alert(1)</script>\"&\u0001";
    const svg = lineChartSvg({
        title: hostile, xLabel: hostile, yLabel: hostile,
        series: [{ label: hostile, colour: "#000000", x: [0, 1], y: [1, 2] }],
    });
    assert.ok(!svg.includes("<script"));
    assert.ok(!svg.includes("\u0001"));
    assert.equal(svgText("a<b&\"c\">"), "a&lt;b&amp;&quot;c&quot;&gt;");
});

// A gap drawn as a line would be a value that was never measured.
test("chart_svg__nan__breaks_the_line_and_the_band", () => {
    const svg = lineChartSvg({
        title: "t", xLabel: "x", yLabel: "y", series: [{
            label: "l", colour: "#123456", x: [0, 1, 2, 3, 4], y: [1, 2, NaN, 3, 4],
            low: [0, 1, NaN, 2, 3], high: [2, 3, NaN, 4, 5],
        }],
    });
    assert.equal(svg.match(/<polyline/g).length, 2);
    assert.equal(svg.match(/<polygon/g).length, 2);
    assert.ok(!svg.includes("NaN"));
});

test("chart_svg__nothing_to_draw__is_whole", () => {
    const svg = lineChartSvg({ title: "t", xLabel: "x", yLabel: "y", series: [
        { label: "none", colour: "#000000", x: [], y: [] },
        { label: "one", colour: "#000000", x: [3], y: [5] },
    ] });
    assert.ok(svg.endsWith("</svg>\n"));
    assert.equal(svg.match(/<circle/g).length, 1);
    assert.ok(!svg.includes("NaN"));
});

// Else a histogram would look as if it had slopes.
test("chart_svg__steps__go_level_and_upright", () => {
    const svg = lineChartSvg({ title: "t", xLabel: "x", yLabel: "y", fromZero: true, series: [
        { label: "l", colour: "#000000", x: [0, 1, 2], y: [5, 3, 0], isStepped: true }] });
    const points = svg.match(/points="([^"]*)"/)[1].split(" ").map((point) => point.split(","));
    assert.equal(points.length, 5);
    points.slice(1).forEach(([x, y], i) =>
        assert.ok((x === points[i][0]) !== (y === points[i][1])));
});

test("csv__any_text_or_number__reads_back", () => {
    assert.equal(csvOf(["a", "b,c"], [["x\"y", 0.1], ["z\n", NaN], [null, -Infinity]]),
        "a,\"b,c\"\n\"x\"\"y\",0.1\n\"z\n\",nan\n,-inf\n");
});
