// SPDX-License-Identifier: GPL-3.0-or-later
// The page without data: logs are dropped into it, or chosen. They go into the memory of h5wasm, which
// reads their columns; nothing leaves the page.
import { cellsOf, titleOfScenario } from "./cells.js";
import { curvesOf } from "./curves.js";
import { make } from "./dom.js";
import { hdf5Library } from "./hdf5_library.js";
import { fileSeal } from "./file_seal.js";
import { logOfHdf5 } from "./log_hdf5.js";

const BYTES_MAX = 2e9; // what an array of a browser holds
const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

function checkBytes(file, bytes) {
    if (bytes.length === 0) {
        throw new Error(`${file.name} is empty`);
    }
    if (SIGNATURE.some((byte, i) => bytes[i] !== byte)) {
        throw new Error(`${file.name} is no HDF5 file, and so no log of desgd`);
    }
}

function damaged(file) {
    return new Error(`${file.name} cannot be read: it is cut off or damaged`);
}

// What HDF5 complains of is about its own code; of several files one must know which it is.
function inWords(file, error) {
    if (/HDF5|Invalid|not defined/.test(error.message)) {
        return damaged(file);
    }
    return error.message.startsWith(file.name) ? error : new Error(`${file.name}: ${error.message}`);
}

// Reads every column, so that damage is found here and the file is not needed any more.
function readColumns(log) {
    for (const table of Object.values(log.tables)) {
        table.names.forEach((name) => table.column(name));
    }
    return log;
}

// The log at a place of h5wasm's memory, which is free again then.
function takeLog(library, file, place) {
    let open = null;
    try {
        open = new library.File(place, "r");
        return readColumns(logOfHdf5(open, file.name));
    } catch (error) {
        throw inWords(file, error);
    } finally {
        open?.close();
        library.FS.unlink(place);
    }
}

// number: of the file, by which it is called in h5wasm's memory. {log, altered}.
async function openFile(file, number) {
    if (file.size > BYTES_MAX) {
        throw new Error(`${file.name} has ${(file.size / 1e9).toFixed(1)} GB: a browser has room for ` +
            `${BYTES_MAX / 1e9} GB. Look at a part of the run: desgd report, or desgd tell`);
    }
    const bytes = new Uint8Array(await file.arrayBuffer());
    checkBytes(file, bytes);
    const seal = fileSeal(bytes);
    if (seal === "broken") {
        throw damaged(file);
    }
    const library = await hdf5Library();
    const place = `/log-${number}.h5`;
    library.FS.writeFile(place, bytes, { canOwn: true }); // without a copy
    return { log: takeLog(library, file, place), altered: seal === "missing" };
}

// A run as the page has it, but for its cell.
function viewedRun({ log, altered }) {
    return {
        name: log.name,
        round: log.attributes.seed,
        log,
        altered,
        timed: true,
        curves: curvesOf(log),
    };
}

function titleOf(logs) {
    const titles = new Set(logs.map((log) => titleOfScenario(log.scenario)));
    const [title] = titles.size === 1 ? titles : [""];
    return title || (logs.length === 1 ? logs[0].name : `${logs.length} runs`);
}

function pageOf(runs) {
    const logs = runs.map((run) => run.log);
    const cells = cellsOf(logs);
    return {
        title: titleOf(logs),
        runs: runs.map((run, i) => ({ ...run, ...cells[i] })),
        comparison: null,
        notes: [],
        isViewer: true,
    };
}

// The parts of the viewer around the page.
function controlsOf(openAll) {
    const input = make("input", {
        type: "file", multiple: true, accept: ".h5", id: "logs",
        onchange: () => openAll([...input.files]).finally(() => (input.value = "")),
    });
    const status = make("p", { role: "status" }, "Nothing leaves this page: it works without a network.");
    const complaints = make("ul", { class: "complaints" });
    const element = make("div", { class: "drop" },
        make("label", { for: "logs" }, "Drop logs of runs here (files .h5), or choose some: "), input,
        status, make("div", { role: "alert" }, complaints));
    return { element, status, complaints };
}

function watchDrops(zone, openAll) {
    document.addEventListener("dragover", (event) => {
        event.preventDefault();
        zone.classList.add("ready");
    });
    document.addEventListener("dragleave", () => zone.classList.remove("ready"));
    document.addEventListener("drop", (event) => {
        event.preventDefault();
        zone.classList.remove("ready");
        openAll([...event.dataTransfer.files]);
    });
}

// show: app.js's. Files that come while others are read wait for these.
export function startViewer(place, show) {
    const runs = new Map(); // by the names of their files
    const below = make("div", {});
    const queue = { last: Promise.resolve(), opened: 0 };

    function complain(error) {
        controls.complaints.append(make("li", {}, error.message));
    }

    async function openOne(file) {
        try {
            runs.set(file.name, viewedRun(await openFile(file, queue.opened++)));
        } catch (error) {
            complain(error);
        }
    }

    async function openNow(files) {
        controls.complaints.replaceChildren();
        for (let i = 0; i < files.length; i++) {
            controls.status.textContent = `Reading ${files[i].name} (${i + 1} of ${files.length}) …`;
            await openOne(files[i]);
        }
        controls.status.textContent = `${runs.size} ${runs.size === 1 ? "log is" : "logs are"} open. ` +
            "More can be added; one of the same name takes the place of the other.";
        if (runs.size > 0) {
            show(below, pageOf([...runs.values()]));
        }
    }

    function openAll(files) {
        queue.last = queue.last.then(() => openNow(files)).catch(complain);
        return queue.last;
    }

    const controls = controlsOf(openAll);
    watchDrops(controls.element, openAll);
    place.replaceChildren(make("h1", {}, "desgd viewer"), controls.element, below);
}
