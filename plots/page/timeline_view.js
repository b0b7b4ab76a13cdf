// SPDX-License-Identifier: GPL-3.0-or-later
// A timeline: the lanes of one run in the window that the page's state says, with its overview,
// what is under the pointer, its legend, and its frame. Several may show other runs in the same
// window.
import { canvasPen } from "./canvas_pen.js";
import { chartFrame } from "./chart_frame.js";
import { make } from "./dom.js";
import { formatSeconds } from "./format.js";
import { watchInks } from "./inks.js";
import { linksOf } from "./links.js";
import { drawTimeline, layoutRows, rowAt, timeOf } from "./timeline_draw.js";
import {
    clockEndNs, hasHoldUps, holdUpsIn, laneIndexOf, timedRun, windowOf,
} from "./timeline_data.js";
import {
    INTERVALS_MAX, INTERVAL_COLUMNS, countIntervals, intervalRows, sceneAlone, timelinePng,
    timelineSvg,
} from "./timeline_export.js";
import { listenToKeys } from "./timeline_keys.js";
import { zoomBy } from "./timeline_moves.js";
import { timelineOverview } from "./timeline_overview.js";
import { listenToPointer } from "./timeline_pointer.js";
import { gradientRowOf, intervalUnder, lineOfInterval, readoutOf } from "./timeline_readout.js";
import { timelineLegend, timelineTheme } from "./timeline_theme.js";
import { clampWindow } from "./timeline_window.js";

const HOLD_UPS_MAX = 300; // more triangles would hide the lanes
const PIXELS_MAX = 6e6; // of the picture, on screens with many
const SETTLED_MS = 250; // then the table and what screen readers say follow
const NEAR_PIXELS = 4;
const HINT = "Point at a lane, or choose a worker by a click, to read what it does.";
const ARROWS_NOTE = "Arrows of the gradient that is pointed at or followed: dashed from the version that " +
    "it read to its start, solid to its receipt and its update, dotted to what its worker goes on with.";
const WATCHED = ["fromNs", "toNs", "timeNs", "row", "worker", "workers", "large", "collapsed"];

// ---- the scene ----

// The interval that is read out: under the pointer, else of the chosen worker at the moment.
function litInterval(view, index, scene) {
    const { state } = view.page;
    const pixelNs = (scene.toNs - scene.fromNs) / scene.place.width;
    if (view.pointed !== null) {
        const row = rowAt(scene, view.pointed.y);
        return row === null ? null
            : intervalUnder(index, row.lane, timeOf(scene, view.pointed.x), NEAR_PIXELS * pixelNs);
    }
    const worker = state.get("worker");
    return worker === null ? null : intervalUnder(index, worker, state.get("timeNs"), 0);
}

function arrowsOf(view, log, interval) {
    const row = view.pointed !== null && gradientRowOf(interval) >= 0 ? gradientRowOf(interval)
        : view.runKey === "run" ? view.page.state.get("row") : -1;
    return row >= 0 && row < log.tables.gradients.count ? linksOf(log, row) : [];
}

function sceneOf(view, log) {
    const { state } = view.page;
    const index = laneIndexOf(log);
    const theme = timelineTheme(state.get("large"), state.get("collapsed"));
    const layout = layoutRows(index, state.get("workers"), state.get("large"));
    const left = Math.ceil(theme.fontSize * 5.6);
    const top = Math.ceil(theme.fontSize * 3);
    const scene = {
        index, theme, ...windowOf(state),
        kinds: index.lanes.kindNames,
        rows: layout.rows,
        leftOut: layout.left,
        width: view.width,
        height: top + layout.height + 2,
        place: { left, top, width: Math.max(50, view.width - left - 8), height: layout.height },
        timeNs: state.get("timeNs"),
        worker: state.get("worker"),
        head: "",
        legend: [],
        serverName: index.lanes.hasServer ? "server" : "averages",
    };
    scene.lit = litInterval(view, index, scene);
    scene.arrows = arrowsOf(view, log, scene.lit);
    const holdUps = holdUpsIn(log, scene.fromNs, scene.toNs);
    scene.unmarked = holdUps.length > HOLD_UPS_MAX ? holdUps.length : 0;
    scene.holdUps = scene.unmarked > 0 ? [] : holdUps;
    return scene;
}

// ---- the picture ----

function fitCanvas(view, scene) {
    const { canvas } = view;
    const ratio = Math.min(devicePixelRatio || 1,
        Math.sqrt(PIXELS_MAX / (scene.width * scene.height)));
    const [width, height] = [Math.round(scene.width * ratio), Math.round(scene.height * ratio)];
    if (canvas.width !== width || canvas.height !== height) {
        [canvas.width, canvas.height] = [width, height];
        canvas.style.height = `${scene.height}px`;
    }
    const [columns, rows] = [scene.place.width, scene.place.height]
        .map((size) => Math.max(1, Math.round(size * ratio)));
    if (view.image === null || view.image.width !== columns || view.image.height !== rows) {
        view.image = new ImageData(columns, rows);
    }
    return ratio;
}

function drawView(view) {
    const run = timedRun(view.page, view.runKey);
    view.body.hidden = run === null;
    view.missing.hidden = run !== null;
    view.width = Math.floor(view.root.clientWidth);
    if (run === null || view.width < 60) {
        return;
    }
    const scene = sceneOf(view, run.log);
    const ratio = fitCanvas(view, scene);
    drawTimeline(canvasPen(view.context, ratio, view.image, scene), scene);
    view.overview.draw(view.width);
    view.scene = scene;
    readOut(view, run.log);
    clearTimeout(view.settling);
    view.settling = setTimeout(() => settle(view, run), SETTLED_MS);
}

function readOut(view, log) {
    const { lit, serverName } = view.scene;
    const [about, line] = lit === null ? [HINT, ""] : readoutOf(log, lit, serverName);
    if (view.about.textContent !== about) {
        view.about.textContent = about;
        view.line.textContent = line;
    }
    if (view.runKey === "run") {
        const isPointed = view.pointed !== null && lit !== null;
        view.page.state.set({ pointedLine: isPointed ? lineOfInterval(log, lit) : -1 });
    }
}

// What the picture and its table do not have.
function leftOutWords(scene) {
    const intervals = countIntervals(scene);
    return [
        scene.leftOut > 0 ? `${scene.leftOut} more workers are not drawn: choose some.` : "",
        scene.unmarked > 0
            ? `${scene.unmarked} updates waited for somebody: zoom in to see for whom.` : "",
        intervals > INTERVALS_MAX ? `The window has about ${intervals} intervals; its table and ` +
            `the CSV have the first ${INTERVALS_MAX}.` : "",
    ].filter((words) => words !== "").join(" ");
}

// One timeline is heard: that with the focus, else the one by itself.
function isSpeaker({ root, runKeys }) {
    const focused = document.activeElement.closest(".timeline");
    return focused === null ? runKeys.length === 1 : focused === root;
}

// What need not follow each frame.
function settle(view, run) {
    const { scene, canvas } = view;
    canvas.setAttribute("aria-label", `${run.label || run.name}: what each worker does from ` +
        `${formatSeconds(scene.fromNs)} to ${formatSeconds(scene.toNs)}, ` +
        `${scene.rows.length} lanes; the table below has the intervals`);
    view.heard.textContent = scene.lit === null || !isSpeaker(view) ? ""
        : `${view.about.textContent} ${view.line.textContent}`.trim();
    view.leftOut.textContent = leftOutWords(scene);
    view.frame.refresh();
    const legendOf = [run.log, scene.theme.isDark];
    if (legendOf.some((value, i) => value !== view.legendOf[i])) {
        view.legendOf = legendOf;
        view.legend.replaceChildren(timelineLegend(scene.index, hasHoldUps(run.log)));
    }
}

function schedule(view) {
    if (view.frameRequest === 0) {
        view.frameRequest = requestAnimationFrame(() => {
            view.frameRequest = 0;
            drawView(view);
        });
    }
}

// ---- what the pointer does ----

function pointerActions(view) {
    const { page, runKeys } = view;
    const { state } = page;
    const point = (pointed) => {
        view.pointed = pointed;
        schedule(view);
    };
    const shareAt = (x) => (x - view.scene.place.left) / view.scene.place.width;
    return {
        hover: (x, y) => point({ x, y }),
        leave: () => point(null),
        click(x, y) {
            const row = rowAt(view.scene, y);
            view.pointed = { x, y };
            const lit = row === null ? null : litInterval(view, view.scene.index, view.scene);
            state.set({
                timeNs: Math.round(Math.min(Math.max(0, timeOf(view.scene, x)),
                    clockEndNs(page, runKeys))),
                worker: row === null ? null : row.lane,
                ...(view.runKey === "run" ? { row: gradientRowOf(lit) } : {}),
            });
        },
        panPixels(pixels) {
            const { fromNs, toNs } = windowOf(state);
            const byNs = (-pixels / view.scene.place.width) * (toNs - fromNs);
            state.set(clampWindow(fromNs + byNs, toNs + byNs, clockEndNs(page, runKeys)));
        },
        zoomAt: (x, factor) =>
            zoomBy(page, runKeys, factor, Math.min(1, Math.max(0, shareAt(x)))),
    };
}

// ---- its elements ----

function framed(view) {
    const { page, runKey } = view;
    const name = () => timedRun(page, runKey)?.label ?? "";
    return chartFrame({
        id: () => `timeline-${view.runKey}`,
        title: view.title,
        note: "Each pixel has the colour of what takes most of it, paler the more of it is " +
            "empty. The strip above shows what share of the workers does what, over the whole run. " +
            ARROWS_NOTE,
        columns: INTERVAL_COLUMNS,
        rows: () => (view.scene === null ? [] : intervalRows(view.scene)),
        png: () => timelinePng(sceneAlone(view.scene, name())),
        svg: () => timelineSvg(sceneAlone(view.scene, name()), `${name()}: ` +
            `${formatSeconds(view.scene.fromNs)} to ${formatSeconds(view.scene.toNs)}`),
    });
}

function makeElements(view) {
    view.canvas = make("canvas", { class: "timeline-canvas", role: "img" });
    view.context = view.canvas.getContext("2d", { willReadFrequently: true });
    view.overview = timelineOverview(view.page, view.runKey, view.runKeys);
    view.about = make("p", { class: "timeline-about" });
    view.line = make("p", { class: "timeline-line" });
    view.heard = make("p", { class: "unseen", role: "status" });
    view.leftOut = make("p", { class: "timeline-left-out" });
    view.legend = make("div");
    view.missing = make("p", { hidden: true }, "This page has no timeline of the run: ",
        "\"desgd report --rounds N\" brings those of more rounds.");
    view.body = make("div", {}, view.overview.element, view.canvas,
        make("div", { class: "timeline-readout", "aria-hidden": "true" }, view.about, view.line),
        view.heard, view.leftOut, view.legend);
    view.root = make("div", { class: "timeline", tabindex: "0", role: "group",
        "aria-label": `${view.title}; its keys are listed below` }, view.missing, view.body);
    view.frame = framed(view);
    view.frame.body.append(view.root);
}

function listen(view) {
    const { state } = view.page;
    const again = () => schedule(view);
    listenToPointer(view.root, view.canvas, pointerActions(view));
    listenToKeys(view.root, view.page, view.runKeys, () => {
        view.pointed = null; // keys go on from the moment, wherever the pointer rests
        const lit = gradientRowOf(view.scene?.lit ?? null);
        again();
        return view.runKey !== "run" || lit < 0 ? state.get("row") : lit;
    });
    state.watch([...WATCHED, ...view.runKeys], again);
    new ResizeObserver(again).observe(view.root);
    const { signal } = view.page;
    watchInks(signal, again);
    addEventListener("beforeprint", () => drawView(view), { signal });
    addEventListener("afterprint", again, { signal });
}

// runKey: of the state, which run it shows; runKeys: all whose runs share the clock, the first of
// which is that of the gradients that are followed. Returns the element.
export function timelineView(page, options = {}) {
    const { runKey = "run", runKeys = [runKey], title = "Timeline" } = options;
    const view = { page, runKey, runKeys, title, width: 0, image: null, scene: null, pointed: null,
        frameRequest: 0, settling: 0, legendOf: [] };
    makeElements(view);
    listen(view);
    schedule(view);
    return view.frame.element;
}
