// SPDX-License-Identifier: GPL-3.0-or-later
// In front of uPlot, which asks for the number format of the browser's language as it loads, and
// fails if that is no language ("en-US@posix", of a browser in a POSIX locale). No module.
try {
    new Intl.NumberFormat(navigator.language);
} catch {
    Object.defineProperty(navigator, "language", { value: "en-US" });
}
