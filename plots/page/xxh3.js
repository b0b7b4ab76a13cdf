// SPDX-License-Identifier: GPL-3.0-or-later
// XXH3, 64 bits, without a seed, of more than 240 bytes: the checksum in the seal of a log. After
// xxHash's specification (XXH3 algorithm overview, "Algorithm on inputs longer than 240 bytes");
// numbers of 64 bits are two of 32, since BigInts would take seconds for a large log.

export const XXH3_SHORTEST = 241; // bytes; what is shorter has another algorithm
const STRIPE_WORDS = 16; // of 32 bits
const BLOCK_STRIPES = 16;
const PRIME32_1 = 0x9e3779b1;
const PRIME64_1 = 0x9e3779b185ebca87n;
const AVALANCHE_PRIME = 0x165667919e3779f9n;
const XXH3_START = [
    0xc2b2ae3dn, PRIME64_1, 0xc2b2ae3d27d4eb4fn, 0x165667b19e3779f9n, 0x85ebca77c2b2ae63n, 0x85ebca77n,
    0x27d4eb2f165667c5n, 0x9e3779b1n,
];
const XXH3_SECRET = Uint8Array.from((
    "b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671fcb79e64eccc0e578825ad07dccff7221" +
    "b8084674f743248ee03590e6813a264c3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8" +
    "a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364eac5ac8334d3ebc3c581a0fffa1363eb" +
    "170ddd51b7f0da49d316552629d4689e2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e"
).match(/../g), (byte) => parseInt(byte, 16));

// The 32-bit words of bytes, wherever they begin.
function wordsFrom(bytes, start, end) {
    return new Uint32Array(bytes.slice(start, end).buffer);
}

// The upper 32 bits of a product of two numbers of 32 bits.
function highProduct(a, b) {
    const a0 = a & 0xffff;
    const a1 = a >>> 16;
    const b0 = b & 0xffff;
    const b1 = b >>> 16;
    const middle = (Math.imul(a1, b0) >>> 0) + (Math.imul(a0, b0) >>> 16); // below 2^32
    const other = (Math.imul(a0, b1) >>> 0) + (middle & 0xffff);
    return (Math.imul(a1, b1) >>> 0) + (middle >>> 16) + (other >>> 16);
}

// One stripe of the input into the eight lanes.
function accumulateStripe(low, high, words, at, secret, secretAt) {
    for (let i = 0; i < 8; i++) {
        const dataLow = words[at + 2 * i];
        const dataHigh = words[at + 2 * i + 1];
        const keyLow = dataLow ^ secret[secretAt + 2 * i];
        const keyHigh = dataHigh ^ secret[secretAt + 2 * i + 1];
        const other = i ^ 1;
        const sum = low[other] + dataLow;
        low[other] = sum;
        high[other] += dataHigh + (sum > 0xffffffff ? 1 : 0);
        const product = low[i] + (Math.imul(keyLow, keyHigh) >>> 0);
        low[i] = product;
        high[i] += highProduct(keyLow, keyHigh) + (product > 0xffffffff ? 1 : 0);
    }
}

function scrambleLanes(low, high, secret) {
    for (let i = 0; i < 8; i++) {
        const mixed = (low[i] ^ (high[i] >>> 15) ^ secret[secret.length - STRIPE_WORDS + 2 * i]) >>> 0;
        const upper = (high[i] ^ secret[secret.length - STRIPE_WORDS + 2 * i + 1]) >>> 0;
        low[i] = Math.imul(mixed, PRIME32_1);
        high[i] = (Math.imul(upper, PRIME32_1) >>> 0) + highProduct(mixed, PRIME32_1);
    }
}

function mergeLanes(low, high, size) {
    const wide = (value) => BigInt.asUintN(64, value);
    const view = new DataView(XXH3_SECRET.buffer);
    const lane = (i) => (BigInt(high[i]) << 32n | BigInt(low[i])) ^ view.getBigUint64(11 + 8 * i, true);
    let sum = wide(BigInt(size) * PRIME64_1);
    for (let i = 0; i < 8; i += 2) {
        const product = lane(i) * lane(i + 1);
        sum = wide(sum + (wide(product) ^ product >> 64n));
    }
    sum = wide((sum ^ sum >> 37n) * AVALANCHE_PRIME);
    return sum ^ sum >> 32n;
}

// bytes: a Uint8Array of XXH3_SHORTEST bytes at least, at a multiple of 4 of its buffer. A BigInt.
export function xxh3(bytes) {
    if (bytes.length < XXH3_SHORTEST || bytes.byteOffset % 4 !== 0) {
        throw new RangeError("xxh3 is of 241 bytes or more, at a multiple of 4 of their buffer");
    }
    const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2);
    const secret = new Uint32Array(XXH3_SECRET.buffer);
    const low = Uint32Array.from(XXH3_START, (value) => Number(value & 0xffffffffn));
    const high = Uint32Array.from(XXH3_START, (value) => Number(value >> 32n));
    const stripes = Math.floor((bytes.length - 1) / (4 * STRIPE_WORDS)); // but for the last one
    for (let s = 0; s < stripes; s++) {
        accumulateStripe(low, high, words, s * STRIPE_WORDS, secret, 2 * (s % BLOCK_STRIPES));
        if ((s + 1) % BLOCK_STRIPES === 0) {
            scrambleLanes(low, high, secret);
        }
    }
    const last = bytes.length - 4 * STRIPE_WORDS;
    accumulateStripe(low, high, wordsFrom(bytes, last, bytes.length), 0,
        wordsFrom(XXH3_SECRET, 192 - 64 - 7, 192 - 7), 0);
    return mergeLanes(low, high, bytes.length);
}
