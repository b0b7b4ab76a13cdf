// SPDX-License-Identifier: GPL-3.0-or-later
// What a page with a timeline costs: processor time of its main thread, as Chromium counts it,
// since other programs run beside a test.

// Returns a function that gives the milliseconds that the page has taken so far.
export async function processorClock(page) {
    const session = await page.context().newCDPSession(page);
    await session.send("Performance.enable", { timeDomain: "threadTicks" });
    return async () => {
        const { metrics } = await session.send("Performance.getMetrics");
        return 1000 * metrics.find(({ name }) => name === "TaskDuration").value;
    };
}

// Waits until a timeline has been drawn and has settled.
export async function timelineIsDrawn(page) {
    await page.locator(".timeline-canvas[aria-label]").first().waitFor({ timeout: 120000 });
}

// Sets the window by the page's address, then presses keys, one a frame; and none, for what the
// page does after a move. An await of a frame returns when it is drawn.
async function pressInFrames({ keys, hash }) {
    const frame = () => new Promise((done) => {
        const channel = new MessageChannel();
        channel.port1.onmessage = done;
        requestAnimationFrame(() => channel.port2.postMessage(0));
    });
    const timeline = document.querySelector(".timeline");
    if (hash !== "") {
        location.hash = hash;
    }
    for (const key of keys) {
        timeline.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
        await frame();
    }
}

// Milliseconds a frame, on average, of one window, "seconds" wide in the middle of the run, as it
// is panned there and back; of the whole run, which cannot be panned, as it is redrawn.
export async function frameMs(page, clock, seconds, endSeconds) {
    const FRAMES = 40;
    const from = (endSeconds - seconds) / 2;
    const keys = seconds < endSeconds ? ["ArrowRight", "ArrowRight", "ArrowLeft", "ArrowLeft"] : ["w"];
    const press = (count, hash) => page.evaluate(pressInFrames,
        { hash, keys: Array.from({ length: count }, (_, i) => keys[i % keys.length]) });
    await press(keys.length * 2, `#from=${from.toFixed(6)}&to=${(from + seconds).toFixed(6)}`);
    const beganMs = await clock();
    await press(FRAMES, "");
    return (await clock() - beganMs) / FRAMES;
}
