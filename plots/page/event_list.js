// SPDX-License-Identifier: GPL-3.0-or-later
// The events of the run in words, line by line as "desgd tell" prints them: a list in which only
// the lines that are seen exist. It follows the moment; a chosen line is gone to, and its gradient
// followed.
import { make } from "./dom.js";
import { linesOfWorkers } from "./lines_of_workers.js";
import { goTo, logOfTimeline } from "./moment.js";
import { countLeading } from "./search.js";
import { tellerOf } from "./timeline_data.js";

const LINE_PX = 24;
const SPARE = 4; // lines above and below those that are seen
const REACH = 100000; // lines that one can scroll to; behind them it goes on from the middle

// The lines that are shown: count of them, the number of the i-th, which is the last one not later
// than a time (0: all are), and which has that number (-1: none).
function shownLines(log, teller, workers) {
    const lines = linesOfWorkers(log, teller, workers);
    const count = lines === null ? teller.lineCount : lines.length;
    const at = (i) => (lines === null ? i : lines[i]);
    const lastUntil = (timeNs) =>
        Math.max(0, countLeading(count, (i) => teller.timeOf(at(i)) <= timeNs) - 1);
    const indexOf = (line) => (lines === null ? line : lines.indexOf(line));
    return { count, at, lastUntil, indexOf };
}

function noLines(page) {
    const log = logOfTimeline(page);
    return log === null ? "The page has no events of this run." : tellerOf(log).why
        || "No event of these workers.";
}

// Whether a line is of the gradient in that row, or of the update that it joined.
function isOfGradient(log, line, row) {
    const isJoined = line.kind === "updated" || line.kind === "reduced";
    return row >= 0 && (line.gradientRow === row
        || (isJoined && log.tables.gradients.column("applied_ns")[row] === line.timeNs));
}

function classOf(model, index, line) {
    const isPointed = index === model.pointed;
    return [model.isFollowed(line) && "followed", isPointed && "pointed"].filter(Boolean).join(" ");
}

// The list on the screen. model: what it shows now: {teller, lines, chosen, first, isFollowed}.
function drawLines(list, canvas, model) {
    const { lines, teller } = model;
    const reach = Math.min(lines.count, REACH);
    const seen = Math.ceil(list.clientHeight / LINE_PX);
    const top = Math.floor(list.scrollTop / LINE_PX);
    const begin = Math.max(0, top - SPARE);
    const end = Math.min(reach, top + seen + SPARE);
    canvas.style.height = `${reach * LINE_PX}px`;
    const items = [];
    for (let i = begin; i < end; i++) {
        const index = model.first + i;
        const line = teller.lineAt(lines.at(index));
        const item = make("li", {
            role: "option", id: `event-${index}`, class: classOf(model, index, line),
            "aria-selected": String(index === model.chosen), "aria-posinset": String(index + 1),
            "aria-setsize": String(lines.count), "data-index": String(index),
        }, line.text);
        item.style.top = `${i * LINE_PX}px`;
        items.push(item);
    }
    canvas.replaceChildren(...items);
    const isSeen = model.chosen >= model.first + begin && model.chosen < model.first + end;
    if (isSeen) {
        list.setAttribute("aria-activedescendant", `event-${model.chosen}`);
    } else {
        list.removeAttribute("aria-activedescendant");
    }
}

// Brings a line into sight, and moves the reach if the line is not in it.
function reveal(list, model, index) {
    const reach = Math.min(model.lines.count, REACH);
    const inReach = index - model.first;
    if (inReach < 0 || inReach >= reach) {
        model.first = Math.min(Math.max(0, index - (reach >> 1)), model.lines.count - reach);
    }
    const topPx = (index - model.first) * LINE_PX;
    if (topPx < list.scrollTop || topPx + LINE_PX > list.scrollTop + list.clientHeight) {
        list.scrollTop = topPx - (list.clientHeight - LINE_PX) / 2;
    }
}

// At an end of its reach the list goes on: the reach moves by a half, and the scroll bar with it.
function moveReach(list, model) {
    const reach = Math.min(model.lines.count, REACH);
    const atTop = list.scrollTop < LINE_PX && model.first > 0;
    const bottomPx = reach * LINE_PX - list.clientHeight;
    const atBottom = list.scrollTop > bottomPx - LINE_PX && model.first + reach < model.lines.count;
    if (atTop || atBottom) {
        const wanted = model.first + (atTop ? -1 : 1) * (reach >> 1);
        const first = Math.min(Math.max(0, wanted), model.lines.count - reach);
        list.scrollTop += (model.first - first) * LINE_PX;
        model.first = first;
    }
}

const STEPS = {
    ArrowUp: -1, ArrowDown: 1, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity,
};

function lineChooser(page, model, shown) {
    const choose = (index) => {
        const line = model.teller.lineAt(model.lines.at(index));
        model.chosen = index;
        model.isOwn = true; // of several lines at one time it is this one
        goTo(page, line.timeNs, line.gradientRow >= 0 ? { row: line.gradientRow } : {});
        shown();
        model.isOwn = false;
    };
    const onkeydown = (event) => {
        const step = STEPS[event.key];
        if (step === undefined || event.ctrlKey || event.altKey || event.metaKey) {
            return;
        }
        event.preventDefault();
        event.stopPropagation();
        choose(Math.min(Math.max(0, model.chosen + step), model.lines.count - 1));
    };
    const onclick = (event) => {
        const item = event.target.closest("[data-index]");
        if (item !== null) {
            choose(Number(item.getAttribute("data-index")));
        }
    };
    return { onkeydown, onclick };
}

export function eventList(page) {
    const model = { teller: null, lines: { count: 0 }, chosen: 0, pointed: -1, first: 0,
        isOwn: false };
    model.isFollowed = (line) => isOfGradient(logOfTimeline(page), line, page.state.get("row"));
    const canvas = make("ul", { role: "presentation" });
    const list = make("div", { class: "events", role: "listbox", tabindex: "0",
        "aria-label": "Events", ...lineChooser(page, model, () => follow()) }, canvas);
    const nothing = make("p", { role: "status" });
    const draw = () => {
        if (model.lines.count > 0) {
            drawLines(list, canvas, model);
        }
    };
    function follow() {
        if (model.lines.count > 0) {
            model.chosen = model.isOwn ? model.chosen
                : model.lines.lastUntil(page.state.get("timeNs"));
            reveal(list, model, model.chosen);
            draw();
        }
    }
    const load = () => {
        const log = logOfTimeline(page);
        model.teller = log === null ? null : tellerOf(log);
        model.lines = log === null ? { count: 0 }
            : shownLines(log, model.teller, page.state.get("workers"));
        model.first = 0;
        list.hidden = model.lines.count === 0;
        nothing.textContent = list.hidden ? noLines(page) : "";
        follow();
    };
    list.addEventListener("scroll", () => {
        moveReach(list, model);
        draw();
    });
    let heightPx = 0; // before it is laid out there is nothing to scroll
    new ResizeObserver(() => {
        const isNew = heightPx === 0;
        heightPx = list.clientHeight;
        (isNew ? follow : draw)();
    }).observe(list);
    page.state.watch(["run", "workers"], load);
    page.state.watch(["timeNs", "row"], follow);
    page.state.watch(["pointedLine"], () => {
        const line = page.state.get("pointedLine");
        model.pointed = line < 0 ? -1 : model.lines.indexOf(line);
        if (model.lines.count > 0) {
            reveal(list, model, model.pointed < 0 ? model.chosen : model.pointed);
            draw();
        }
    });
    load();
    return make("div", { class: "event-list", role: "group", "aria-label": "Events" },
        make("h3", {}, "Events"), nothing, list);
}
