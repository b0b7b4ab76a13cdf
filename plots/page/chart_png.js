// SPDX-License-Identifier: GPL-3.0-or-later
// An SVG image as PNG.
import { make } from "./dom.js";

const PNG_SCALE = 2; // sharp on paper and on dense screens

// svg: text with a width and a height. A promise of a Blob.
export async function pngOfSvg(svg) {
    const address = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
    try {
        const image = make("img", { src: address, alt: "" });
        await image.decode();
        const canvas = make("canvas",
            { width: PNG_SCALE * image.naturalWidth, height: PNG_SCALE * image.naturalHeight });
        canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
        return await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
    } finally {
        URL.revokeObjectURL(address);
    }
}
