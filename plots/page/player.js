// SPDX-License-Identifier: GPL-3.0-or-later
// The player: what starts and stops the clock, a slider for the moment, and how things stand at it.
import { make } from "./dom.js";
import { formatFixed, formatSeconds } from "./format.js";
import { goTo, logOfTimeline } from "./moment.js";
import { playOrPause, runClock } from "./play_clock.js";
import { tellerOf } from "./timeline_data.js";

const SPEEDS = [0.01, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100];
const KEY_SHARE = 1 / 50; // of the window, for a step of the slider by a key
const WIDE_KEY_SHARE = 1 / 2;

// ---- what one takes hold of ----

function playButton(page) {
    const button = make("button", { type: "button", onclick: () => playOrPause(page) }, "Play");
    page.state.watch(["isPlaying"], () => {
        button.textContent = page.state.get("isPlaying") ? "Pause" : "Play";
    });
    return button;
}

function speedChooser(page) {
    const options = SPEEDS.map((speed) => make("option",
        { value: String(speed), selected: speed === page.state.get("speed") }, `×${speed}`));
    const select = make("select", {
        onchange: () => page.state.set({ speed: Number(select.value) }),
        title: "seconds of cluster time in a second",
    }, options);
    return make("label", {}, "Speed ", select);
}

// Keys move the moment by parts of the window, as one sees it; the pointer anywhere in the run.
function slider(page) {
    const input = make("input", { type: "range", min: "0", step: "any", class: "scrub",
        "aria-label": "Moment" });
    const onkeydown = (event) => {
        const shares = {
            ArrowLeft: -KEY_SHARE, ArrowDown: -KEY_SHARE, ArrowRight: KEY_SHARE, ArrowUp: KEY_SHARE,
            PageDown: -WIDE_KEY_SHARE, PageUp: WIDE_KEY_SHARE, Home: -Infinity, End: Infinity,
        };
        const share = shares[event.key];
        if (share !== undefined && !event.ctrlKey && !event.altKey && !event.metaKey) {
            event.preventDefault();
            event.stopPropagation();
            const spanNs = Math.max(1, page.state.get("toNs") - page.state.get("fromNs"));
            goTo(page, page.state.get("timeNs") + share * spanNs);
        }
    };
    input.addEventListener("keydown", onkeydown);
    input.addEventListener("input", () => goTo(page, Number(input.value)));
    const show = (timeNs, endNs) => {
        input.max = String(endNs);
        input.value = String(timeNs);
        input.setAttribute("aria-valuetext", formatSeconds(timeNs));
    };
    return { input, show };
}

// ---- how things stand ----

function countOrDash(value) {
    return value === null ? "–" : String(value);
}

// Percent as in the lines of events.
function percentText(share) {
    return share === null ? "–" : `${formatFixed(100 * share, 2)} %`;
}

function readings(moment, timeNs) {
    return [
        ["Time", formatSeconds(timeNs)],
        ["Version", countOrDash(moment.version)],
        ["Threshold K", countOrDash(moment.threshold)],
        ["Buffer", moment.buffered === null ? "–"
            : moment.threshold === null ? String(moment.buffered)
                : `${moment.buffered} of ${moment.threshold}`],
        ["Queue", countOrDash(moment.queued)],
        ["Test accuracy", percentText(moment.testAccuracy)],
        ["Test loss", moment.testLoss === null ? "–" : formatFixed(moment.testLoss, 4)],
        ["Workers down", countOrDash(moment.down)],
    ];
}

const BOARD_NOTE = "Version: how many updates there were. ";
const SERVER_NOTE = "Threshold K: gradients that an update waits for, as it was last set " +
    "(–: not yet). Buffer: those that wait in the server for the update. Queue: those in line " +
    "before the server.";

// Without a server there are no threshold, buffer and queue.
function isThere(name, moment) {
    return name === "Queue" ? moment.queued !== null
        : moment.buffered !== null || !["Threshold K", "Buffer"].includes(name);
}

// Texts that stay in their places, since they change at every step.
function board() {
    const texts = readings({}, 0).map(([name]) => [name, make("dd")]);
    const meter = make("meter", { min: "0", "aria-label": "Buffer" });
    const element = make("dl", { class: "moment" }, texts.map(([name, text]) =>
        make("div", {}, make("dt", {}, name), text,
            name === "Buffer" ? make("dd", {}, meter) : null)));
    const note = make("p", { class: "chart-note" });
    const show = (moment, timeNs) => {
        note.textContent = BOARD_NOTE + (moment.buffered === null ? "" : SERVER_NOTE);
        readings(moment, timeNs).forEach(([name, text], i) => {
            element.children[i].hidden = !isThere(name, moment);
            if (texts[i][1].textContent !== text) {
                texts[i][1].textContent = text;
            }
        });
        meter.hidden = moment.buffered === null || moment.threshold === null;
        meter.max = Math.max(1, moment.threshold ?? 1);
        meter.value = moment.buffered ?? 0;
    };
    return { element: make("div", {}, element, note), show };
}

export function player(page) {
    const { input, show: showSlider } = slider(page);
    const { element: readout, show: showBoard } = board();
    const element = make("div", { class: "player", role: "group", "aria-label": "Player" },
        make("div", { class: "player-bar" }, playButton(page), speedChooser(page), input), readout);
    const show = () => {
        const log = logOfTimeline(page);
        element.hidden = log === null;
        if (log !== null) {
            const timeNs = page.state.get("timeNs");
            showSlider(timeNs, log.endNs);
            showBoard(tellerOf(log).momentAt(timeNs), timeNs);
        }
    };
    runClock(page, element);
    page.state.watch(["timeNs", "run"], show);
    page.state.watch(["run"], () => page.state.set({ isPlaying: false }));
    show();
    return element;
}
