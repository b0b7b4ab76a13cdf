// SPDX-License-Identifier: GPL-3.0-or-later
// The section "Moment": what is told and known of the moment that the timeline looks at, and of the
// gradient that is followed.
import { make } from "./dom.js";
import { eventList } from "./event_list.js";
import { inspector } from "./inspector.js";
import { player } from "./player.js";

export const MOMENT = {
    id: "moment",
    title: "Moment",
    applies: (page) => page.runs.some((run) => run.timed),
    build: (page) => make("div", {}, player(page),
        make("div", { class: "beside" }, eventList(page), inspector(page))),
};
