// SPDX-License-Identifier: GPL-3.0-or-later
// The events of runs with a server in words (sim/report/tell.c).
import { OUTCOME } from "./log.js";
import {
    attemptsWords, delayWords, portWords, stalledWords, tellThreshold, waitWords,
} from "./tell_details.js";
import { tellHeardOf } from "./tell_missing.js";
import { tellUpdated } from "./tell_update.js";
import {
    BACK_WITHOUT_REPLY, LINE_KIND, NO_REPLY, rowOfEvent, rowOfVersion, sayEvent,
} from "./teller.js";

function tellDispatched(teller, event) {
    const { state, events, gradients } = teller;
    const worker = events.actor[event];
    const gradient = events.gradient[event];
    const version = events.version[event];
    const reply = state.replyVersion[worker];
    state.replyVersion[worker] = NO_REPLY;
    sayEvent(teller, event, () => {
        if (gradient === 0 || reply === BACK_WITHOUT_REPLY) {
            return `worker ${worker} starts gradient ${gradient} at version ${version}`;
        }
        if (reply < 0) {
            return `worker ${worker} goes on with gradient ${gradient} at version ${version}`;
        }
        const port = portWords(gradients.reply_port_wait_ns, rowOfEvent(teller, event));
        return `worker ${worker} receives version ${version}${port} and starts gradient ${gradient}`;
    });
}

function tellReady(teller, event) {
    const { events, gradients } = teller;
    sayEvent(teller, event, () => {
        const row = rowOfEvent(teller, event);
        return `worker ${events.actor[event]} pushes gradient ${events.gradient[event]}, ` +
            `read at version ${events.version[event]}${delayWords(teller, row)}` +
            stalledWords(teller, row) + attemptsWords(gradients.push_attempts, row);
    });
}

// Its service begins later than it arrived, although no one is ahead of it: updates and replies are
// part of a service, too.
function findsServerBusy({ gradients }, row) {
    return row >= 0 && gradients.received_ns[row] >= 0 &&
        gradients.received_ns[row] - gradients.receive_ns[row] > gradients.arrived_ns[row];
}

function queueWords(teller, ahead, row) {
    if (ahead > 0) {
        return `; ${ahead} ahead of it`;
    }
    return !teller.serverPauses && findsServerBusy(teller, row) ? "; the server is busy" : "";
}

function tellArrived(teller, event) {
    const { state, events, gradients } = teller;
    const ahead = state.queued++;
    sayEvent(teller, event, () => {
        const row = rowOfEvent(teller, event);
        return `gradient ${events.gradient[event]} of worker ${events.actor[event]} joins the ` +
            `server's queue${portWords(gradients.push_port_wait_ns, row)}${queueWords(teller, ahead, row)}`;
    });
    tellHeardOf(teller, events.time_ns[event], events.actor[event]);
}

function bufferWords({ gradients }, row) {
    if (row < 0) {
        return "";
    }
    return gradients.outcome[row] === OUTCOME.dropped ? " and drops it"
        : `; buffer ${gradients.buffered[row]} of ${gradients.threshold[row]}`;
}

function tellReceived(teller, event) {
    const { state, events, gradients } = teller;
    const row = rowOfEvent(teller, event);
    state.queued -= state.queued > 0 ? 1 : 0;
    if (row >= 0) {
        tellThreshold(teller, events.time_ns[event], gradients.threshold[row]);
    }
    if (row >= 0 && gradients.outcome[row] !== OUTCOME.dropped) {
        state.buffer.push(row);
    }
    sayEvent(teller, event, () =>
        `server receives gradient ${events.gradient[event]} of worker ${events.actor[event]}` +
        waitWords(teller, row) + bufferWords(teller, row));
}

function tellReplied(teller, event) {
    const { state, events, gradients } = teller;
    const worker = events.actor[event];
    const version = events.version[event];
    state.replyVersion[worker] = version;
    sayEvent(teller, event, () => `server sends version ${version} to worker ${worker}` +
        attemptsWords(gradients.reply_attempts, rowOfEvent(teller, event)));
}

function tellCancelled(teller, event) {
    const { events } = teller;
    sayEvent(teller, event, () =>
        `worker ${events.actor[event]} is told to stop gradient ${events.gradient[event]}`);
}

function tellCrashed(teller, event) {
    const worker = teller.events.actor[event];
    teller.state.down[worker] = 1;
    teller.state.crashedNs[worker] = teller.events.time_ns[event];
    sayEvent(teller, event, () => `worker ${worker} crashes`);
}

function tellLost(teller, event) {
    const { events } = teller;
    sayEvent(teller, event, () =>
        `gradient ${events.gradient[event]} of worker ${events.actor[event]} is lost`);
}

function tellReturned(teller, event) {
    const { state, events } = teller;
    const worker = events.actor[event];
    state.down[worker] = 0;
    state.replyVersion[worker] = BACK_WITHOUT_REPLY;
    sayEvent(teller, event, () => `worker ${worker} is back, with version ${events.version[event]}`);
    tellHeardOf(teller, events.time_ns[event], worker);
}

// Since it pushed the gradient, or, told to stop it, started it; else it starts none before a crash.
function hasCrashedSince(teller, event) {
    const { ready_ns: ready, dispatched_ns: dispatched } = teller.gradients;
    const row = rowOfEvent(teller, event);
    const crashedNs = teller.state.crashedNs[teller.events.actor[event]];
    return row < 0 || crashedNs >= (ready[row] >= 0 ? ready[row] : dispatched[row]);
}

function tellVanished(teller, event) {
    const { state, events } = teller;
    const worker = events.actor[event];
    const version = events.version[event];
    const isUnderWay = state.replyVersion[worker] === version;
    const idles = !hasCrashedSince(teller, event);
    if (isUnderWay) {
        state.replyVersion[worker] = idles ? BACK_WITHOUT_REPLY : NO_REPLY;
    }
    sayEvent(teller, event, () => (idles
        ? `worker ${worker} receives version ${version} and starts nothing before its crash`
        : `version ${version} vanishes: worker ${worker} has crashed since it pushed gradient ` +
            `${events.gradient[event]}`));
}

const EVENT_TELLERS = [];
EVENT_TELLERS[LINE_KIND.dispatched] = tellDispatched;
EVENT_TELLERS[LINE_KIND.ready] = tellReady;
EVENT_TELLERS[LINE_KIND.arrived] = tellArrived;
EVENT_TELLERS[LINE_KIND.received] = tellReceived;
EVENT_TELLERS[LINE_KIND.updated] = tellUpdated;
EVENT_TELLERS[LINE_KIND.replied] = tellReplied;
EVENT_TELLERS[LINE_KIND.cancelled] = tellCancelled;
EVENT_TELLERS[LINE_KIND.crashed] = tellCrashed;
EVENT_TELLERS[LINE_KIND.lost] = tellLost;
EVENT_TELLERS[LINE_KIND.returned] = tellReturned;
EVENT_TELLERS[LINE_KIND.vanished] = tellVanished;

export function tellEvent(teller, event) {
    const { kind, actor } = teller.events;
    const isOfWorker = actor[event] >= 0 && actor[event] < teller.log.workers;
    const tellIt = EVENT_TELLERS[kind[event]];
    if (tellIt !== undefined && (isOfWorker || kind[event] === LINE_KIND.updated)) {
        tellIt(teller, event);
    }
}

// Whether it is at once that the server does this, because the roll has been called: an update
// begins of a buffer that its last receipt did not fill, or a reply that none led to.
export function followsRollCall(teller, event) {
    const { state, events, gradients, updates } = teller;
    const kind = events.kind[event];
    let begins = kind === LINE_KIND.cancelled;
    if (kind === LINE_KIND.updated) {
        const update = rowOfVersion(teller, events.version[event]);
        begins = update >= 0 && updates.update_ns[update] === 0;
    }
    if (kind === LINE_KIND.replied && state.servedNs < events.time_ns[event]) {
        const row = rowOfEvent(teller, event);
        return row >= 0 && gradients.reply_ns[row] === 0;
    }
    const last = state.buffer.at(-1);
    return begins && last !== undefined && gradients.buffered[last] < gradients.threshold[last];
}
