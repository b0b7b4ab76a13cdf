// SPDX-License-Identifier: GPL-3.0-or-later
// Pointer and wheel in a timeline: hover reads, a click follows, a drag pans, two fingers and the
// wheel zoom.

const CLICK_PIXELS = 4; // a press that moves less is a click
const WHEEL_LINE = 16;

function wheelPixels(event) {
    return event.deltaY * (event.deltaMode === 1 ? WHEEL_LINE : event.deltaMode === 2 ? 400 : 1);
}

// The wheel zooms with Ctrl, or once the timeline has the focus: else the page scrolls.
function listenToWheel(element, canvas, actions) {
    canvas.addEventListener("wheel", (event) => {
        if (!event.ctrlKey && document.activeElement !== element) {
            return;
        }
        event.preventDefault();
        const sideways = event.shiftKey ? event.deltaX || event.deltaY : event.deltaX;
        if (Math.abs(sideways) > Math.abs(event.deltaY) || event.shiftKey) {
            actions.panPixels(-sideways);
        } else {
            const pixels = Math.max(-200, Math.min(200, wheelPixels(event)));
            actions.zoomAt(event.offsetX, Math.exp(pixels / 300));
        }
    }, { passive: false });
}

function distanceOf([a, b]) {
    return Math.max(10, Math.hypot(a.x - b.x, a.y - b.y));
}

// Two fingers: the window follows their middle and their distance.
function pinch(pressed, event, actions) {
    const before = [...pressed.values()];
    pressed.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
    const after = [...pressed.values()];
    const middle = (points) => (points[0].x + points[1].x) / 2;
    actions.panPixels(middle(after) - middle(before));
    actions.zoomAt(middle(after), distanceOf(before) / distanceOf(after));
}

// actions: {hover(x, y), leave(), click(x, y), panPixels(dx), zoomAt(x, factor)}; places in pixels
// of the canvas.
export function listenToPointer(element, canvas, actions) {
    const pressed = new Map();
    let travelled = 0;
    listenToWheel(element, canvas, actions);
    canvas.addEventListener("pointerdown", (event) => {
        if (event.button !== 0) {
            return;
        }
        travelled = pressed.size === 0 ? 0 : travelled;
        pressed.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
        canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", (event) => {
        const last = pressed.get(event.pointerId);
        if (last === undefined) {
            actions.hover(event.offsetX, event.offsetY);
        } else if (pressed.size === 2) {
            travelled = Infinity;
            pinch(pressed, event, actions);
        } else {
            travelled += Math.abs(event.offsetX - last.x) + Math.abs(event.offsetY - last.y);
            if (travelled > CLICK_PIXELS) {
                actions.panPixels(event.offsetX - last.x);
            }
            pressed.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
        }
    });
    canvas.addEventListener("pointerup", (event) => {
        if (pressed.delete(event.pointerId) && pressed.size === 0 && travelled <= CLICK_PIXELS) {
            actions.click(event.offsetX, event.offsetY);
        }
    });
    canvas.addEventListener("pointercancel", (event) => pressed.delete(event.pointerId));
    canvas.addEventListener("pointerleave", () => actions.leave());
    canvas.addEventListener("dblclick", (event) =>
        actions.zoomAt(event.offsetX, event.shiftKey ? 4 : 1 / 4));
}
