// SPDX-License-Identifier: GPL-3.0-or-later
// The page of a lesson (plots/lessons/site.py): what was measured stays locked until every question
// is answered; then each choice is told what belongs to it, and sliders choose among the lesson's
// runs: their numbers here, and their timeline and curves in the page of the runs below.
// A playground has no questions and nothing locked.
import { make } from "./dom.js";

function each(selector, call) {
    document.querySelectorAll(selector).forEach(call);
}

// The choice of each question; null where there is none yet.
function predictions() {
    return [...document.querySelectorAll("fieldset")]
        .map((question) => question.querySelector("input:checked")?.value ?? null);
}

// What the choices are told, and, of a wrong one, what the right one is told as well.
function tell(chosen) {
    each("[data-question]", (answer) => {
        const isChosen = chosen[Number(answer.dataset.question)] === answer.dataset.letter;
        answer.hidden = !isChosen && !("right" in answer.dataset);
        answer.classList.toggle("chosen", isChosen);
        const { question, letter } = answer.dataset;
        const words = document.querySelector(`label[for="q${question}${letter}"]`).textContent;
        answer.prepend(make("p", { class: "yours" },
            `${isChosen ? "You predicted" : "What happens"}: ${words}`));
    });
}

function unlock(chosen) {
    each("fieldset", (question) => { question.disabled = true; });
    document.getElementById("lock").hidden = true;
    tell(chosen);
    document.getElementById("reveal").hidden = false;
    const heading = document.querySelector("#reveal h2");
    heading.focus({ preventScroll: true });
    heading.scrollIntoView();
    startRuns();
}

function startPredicting() {
    const button = document.getElementById("show");
    const hint = document.getElementById("hint");
    const follow = () => {
        const left = predictions().filter((choice) => choice === null).length;
        button.disabled = left > 0;
        hint.textContent = left === 0 ? "Every question has an answer."
            : `Still to answer: ${left} of ${predictions().length}.`;
    };
    each("fieldset input", (choice) => choice.addEventListener("change", follow));
    button.addEventListener("click", () => unlock(predictions()));
    follow();
}

// ---- the runs ----

// A slider over the values; its words are beside it, and below them the name of what it sets.
function runSlider({ label, setting, values }, moved) {
    const said = make("output", {}, values[0]);
    const range = make("input", {
        type: "range", min: 0, max: values.length - 1, value: 0, "aria-label": label,
        "aria-valuetext": values[0],
        oninput: () => {
            said.textContent = values[range.valueAsNumber];
            range.setAttribute("aria-valuetext", values[range.valueAsNumber]);
            moved();
        },
    });
    const named = make("span", {}, label, " ", make("code", {}, setting));
    return { range, element: make("p", { class: "slider" }, named, range, said) };
}

function factRows(run) {
    return Object.entries(run.facts).map(([name, value]) =>
        make("tr", {}, make("th", { scope: "row" }, name), make("td", {}, value)));
}

// Sliders for {axes: [{label, setting, values}], runs: [{at, facts}], pages: [{file, names}]}; at: a
// position on each axis; names: of each run in that page.
function startRuns() {
    const data = document.getElementById("runs-data");
    if (data === null) {
        return;
    }
    const { axes, runs, pages } = JSON.parse(data.textContent);
    const table = document.querySelector("#facts tbody");
    const frames = [...document.querySelectorAll("iframe")];
    const show = () => {
        const at = sliders.map(({ range }) => range.valueAsNumber);
        const run = runs.findIndex((one) => one.at.every((place, i) => place === at[i]));
        table.replaceChildren(...factRows(runs[run]));
        frames.forEach((frame, i) => {
            const name = encodeURIComponent(pages[i].names[run]);
            frame.src = `${pages[i].file}#run=${name}&lit=${name}`;
        });
    };
    const sliders = axes.map((axis) => runSlider(axis, show));
    document.getElementById("sliders").replaceChildren(...sliders.map(({ element }) => element));
    show();
}

if (document.getElementById("show") !== null) {
    startPredicting();
} else {
    startRuns();
}
