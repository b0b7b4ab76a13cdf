// SPDX-License-Identifier: GPL-3.0-or-later
// h5wasm, which the viewer has inside, packed: it is unpacked and run once, when the first file comes.
// It is a script whose hash the page's policy names, so nothing else could be in its place.
import { make } from "./dom.js";
import { bytesOfBase64, inflate } from "./report_data.js";

async function runLibrary() {
    const packed = document.getElementById("h5wasm");
    const text = new TextDecoder().decode(await inflate(bytesOfBase64(packed.textContent), "gzip"));
    packed.remove();
    document.head.append(make("script", {}, text));
    const module = await globalThis.h5wasm.ready;
    module.activate_throwing_error_handler(); // or a damaged column would read as zeros
    return { File: globalThis.h5wasm.File, FS: module.FS };
}

const LIBRARY = { running: null };

// What is used of h5wasm, ready: {File, FS}. What HDF5 complains of is thrown.
export function hdf5Library() {
    LIBRARY.running ??= runLibrary();
    return LIBRARY.running;
}
