// SPDX-License-Identifier: GPL-3.0-or-later
// The section "Moment": what is known of the moment that the timeline looks at, and of the gradient
// that is followed.
import { make } from "./dom.js";
import { inspector } from "./inspector.js";

export const MOMENT = {
    id: "moment",
    title: "Moment",
    applies: (page) => page.runs.some((run) => run.timed),
    build: (page) => make("div", { class: "beside" }, inspector(page)),
};
