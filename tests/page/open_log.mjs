// SPDX-License-Identifier: GPL-3.0-or-later
// Opens a log for the tests that run in node, as the viewer does.
import { packageFolder } from "./packages.mjs";
import { logOfHdf5 } from "../../plots/page/log_hdf5.js";

const { default: h5wasm } =
    await import(`${packageFolder("h5wasm")}/dist/node/hdf5_hl.js`);
await h5wasm.ready;

// The file stays open.
export function openLog(path) {
    return logOfHdf5(new h5wasm.File(path, "r"), path);
}
