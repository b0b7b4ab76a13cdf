// SPDX-License-Identifier: GPL-3.0-or-later
// How long the frames of a timeline take as one moves, in a page that is open.

// Sets the window by the page's address, presses keys, one a frame, and returns the milliseconds of
// work of each frame. The drawing of a canvas that is meant to be read is done when its calls return.
async function pressInFrames({ keys, hash }) {
    const request = globalThis.request ??= window.requestAnimationFrame.bind(window);
    const frame = () => new Promise((done) => {
        const channel = new MessageChannel();
        channel.port1.onmessage = done;
        request(() => channel.port2.postMessage(0));
    });
    const timeline = document.querySelector(".timeline");
    let workMs = 0;
    window.requestAnimationFrame = (call) => request((now) => {
        const beganMs = performance.now();
        call(now);
        workMs += performance.now() - beganMs;
    });
    location.hash = hash;
    for (let i = 0; i < 5; i++) {
        await frame();
    }
    const found = [];
    for (const key of keys) {
        workMs = 0;
        timeline.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
        await frame();
        found.push(workMs);
    }
    return found;
}

export function medianOf(values) {
    return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

// Waits until a timeline has been drawn and has settled.
export function timelineIsDrawn(page, timeout) {
    return page.locator(".timeline-canvas[aria-label]").first().waitFor({ timeout });
}

// The median of the frames of one window, "seconds" wide in the middle of the run, as it is panned
// there and back; of the whole run, which cannot be panned, as it is redrawn.
export async function medianFrameMs(page, seconds, endSeconds) {
    const FRAMES = 40;
    const from = (endSeconds - seconds) / 2;
    const keys = seconds < endSeconds ? ["ArrowRight", "ArrowRight", "ArrowLeft", "ArrowLeft"] : ["w"];
    return medianOf(await page.evaluate(pressInFrames, {
        hash: `#from=${from.toFixed(6)}&to=${(from + seconds).toFixed(6)}`,
        keys: Array.from({ length: FRAMES }, (_, i) => keys[i % keys.length]),
    }));
}
