// SPDX-License-Identifier: GPL-3.0-or-later
// A labelled list to choose one of several texts from.
import { make } from "./dom.js";

// entries: {value, text}; chosen: a value; call(value): a reader has chosen it.
export function chooser(label, entries, chosen, call) {
    const list = make("select", { onchange: () => call(entries[list.selectedIndex].value) },
        entries.map(({ value, text }) => make("option", { selected: value === chosen }, text)));
    return make("label", { class: "chooser" }, `${label} `, list);
}
