// SPDX-License-Identifier: GPL-3.0-or-later
// The inks of page.css, for what is drawn on a canvas.
import { isDark } from "./colours.js";

const INKS = {
    light: { paper: "#ffffff", ink: "#1a1a1a", faint: "#595959", accent: "#005a9c",
        grid: "rgba(0,0,0,.13)" },
    dark: { paper: "#16181c", ink: "#e8e8e8", faint: "#a8a8a8", accent: "#7cc4ff",
        grid: "rgba(255,255,255,.16)" },
};

// Paper is never dark.
export function isDarkNow() {
    return isDark() && !matchMedia("print").matches;
}

export function inksNow() {
    return isDarkNow() ? INKS.dark : INKS.light;
}

// Calls when the inks have become others, until the signal: the system turns dark or light, or the
// page is printed.
export function watchInks(signal, call) {
    for (const query of ["(prefers-color-scheme: dark)", "print"]) {
        matchMedia(query).addEventListener("change", call, { signal });
    }
}
