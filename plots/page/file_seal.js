// SPDX-License-Identifier: GPL-3.0-or-later
// The 32 bytes behind the end of a log as desgd wrote it (sim/runlog/file_seal.h): a text, the size
// of the file before them and its checksum, which tell a changed file from a damaged one.
import { XXH3_SHORTEST, xxh3 } from "./xxh3.js";

const SEAL_BYTES = 32;
const SEAL_MAGIC = "desgd whole file";

// bytes: a Uint8Array of the whole file, at a multiple of 4 of its buffer. "holds", "missing" (another
// program has changed or made the file) or "broken" (it is damaged).
export function fileSeal(bytes) {
    const sealed = bytes.length - SEAL_BYTES;
    if (sealed < XXH3_SHORTEST) { // no log is
        return "missing";
    }
    const magic = String.fromCharCode(...bytes.subarray(sealed, sealed + SEAL_MAGIC.length));
    if (magic !== SEAL_MAGIC) {
        return "missing";
    }
    const seal = new DataView(bytes.buffer, bytes.byteOffset + sealed + SEAL_MAGIC.length);
    const isWhole = seal.getBigUint64(0, true) === BigInt(sealed) &&
        seal.getBigUint64(8, true) === xxh3(bytes.subarray(0, sealed));
    return isWhole ? "holds" : "broken";
}
