// SPDX-License-Identifier: GPL-3.0-or-later
// The page finds the seal of every log that the program has written, and that it does not hold if one
// bit is another. Usage: node seal_is_right.mjs LOG...
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { fileSeal } from "../../plots/page/file_seal.js";
import { xxh3 } from "../../plots/page/xxh3.js";

const logs = process.argv.slice(2).filter((name) => name.endsWith(".h5"));
assert.ok(logs.length > 0, "no log is given");
for (const [i, name] of logs.entries()) {
    const bytes = new Uint8Array(readFileSync(name)); // a copy, at the start of its buffer
    assert.equal(fileSeal(bytes), "holds", name);
    for (const place of [i * 997 % bytes.length, bytes.length - 33, bytes.length - 1, bytes.length - 9]) {
        bytes[place] ^= 1 << i % 8;
        assert.notEqual(fileSeal(bytes), "holds", `${name}: byte ${place}`);
        bytes[place] ^= 1 << i % 8;
    }
    assert.equal(fileSeal(bytes.slice(0, -32)), "missing");
    assert.equal(fileSeal(bytes.slice(0, -1)), "missing");
}

// Lengths around the ends of stripes (64 bytes) and blocks (1024); by XXH3_64bits of libxxhash 0.8.1.
const KNOWN = [
    [241, "541b19226f0052e8"], [255, "99b37c2c806e33d3"], [256, "ff5a1cefade75bb9"],
    [257, "84eb2acdd4c7b1a1"], [320, "a1de328cc060b895"], [1023, "3d31fcc1037648a4"],
    [1024, "71bee625238addb4"], [1025, "d9b414f4e1bbf7ad"], [1088, "b74e423e955e509d"],
    [1089, "6acaa6909cdbe786"], [2048, "3293e8238bd8f743"], [2049, "922549b11c04c2eb"],
    [5000, "ed0146266d138bd8"],
];
for (const [size, hash] of KNOWN) {
    const bytes = Uint8Array.from({ length: size }, (_, i) => i * 7 + (i >> 8));
    assert.equal(xxh3(bytes).toString(16), hash, `${size} bytes`);
}
assert.throws(() => xxh3(new Uint8Array(240)), RangeError);
assert.equal(fileSeal(new Uint8Array(3)), "missing");
console.log(`${logs.length} seals hold, and none of a changed file; ${KNOWN.length} known checksums`);
