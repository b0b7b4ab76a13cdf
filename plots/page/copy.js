// SPDX-License-Identifier: GPL-3.0-or-later
// A button that copies a text.
import { make } from "./dom.js";

// For browsers that do not let a page from a disk use the clipboard.
function copyBySelection(text) {
    const field = make("textarea", { readonly: true, "aria-hidden": "true" });
    field.value = text;
    document.body.append(field);
    field.select();
    const isDone = document.execCommand("copy");
    field.remove();
    return isDone;
}

async function copyText(text) {
    try {
        await navigator.clipboard.writeText(text);
        return true;
    } catch {
        return copyBySelection(text);
    }
}

// what: names the text for those who cannot see where the button stands.
export function copyButton(what, text) {
    const said = make("span", { role: "status" });
    const copy = async () => {
        said.replaceChildren(await copyText(text) ? " copied" : " this browser does not let a page copy");
        button.focus();
    };
    const button = make("button", { type: "button", onclick: copy, "aria-label": `Copy ${what}` }, "Copy");
    return make("span", { class: "copy" }, button, said);
}
