// SPDX-License-Identifier: GPL-3.0-or-later
// Cells of tables with many columns: short texts stay on a line, and words whole as long as they are
// of a usual length.
import { make } from "./dom.js";

const LINE_MAX = 16; // letters; a longer text may take several lines
const WORD_MAX = 24; // a longer word is broken anywhere

// The class of a cell or a head.
export function cellClass(text, isText) {
    const isLong = text.split(/[\s.]/).some((word) => word.length > WORD_MAX);
    const length = isLong ? " is-long" : (text.length <= LINE_MAX ? " is-short" : "");
    return `${isText ? "is-text" : "is-number"}${length}`;
}

// The text, which may be broken behind its dots.
export function breakable(text) {
    return text.split(/(?<=\.)/).flatMap((part, i) => (i === 0 ? [part] : [make("wbr", {}), part]));
}
