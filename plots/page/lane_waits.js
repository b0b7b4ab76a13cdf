// SPDX-License-Identifier: GPL-3.0-or-later
// For whom a gradient's worker waited, and until when; and when it stopped computing one in vain
// (sim/report/timeline.c). A row is that of the gradient, next that of its worker's next one, -1: none.
import { OUTCOME } from "./log.js";
import { crashNs, nextStartNs } from "./lane_facts.js";
import { firstAfter } from "./search.js";

// When the server began the reply to a gradient; -1: neither its events nor its rows tell, as of a
// worker's last one, or under incidents.
function answeredNs(facts, row, next) {
    const { replyNs, travelNs, portWaitNs, dispatchedNs } = facts.gradients;
    if (facts.repliedNs[row] >= 0) {
        return facts.pauses.began(facts.repliedNs[row], replyNs[row]);
    }
    if (next < 0 || facts.hasIncidents) {
        return -1;
    }
    return dispatchedNs[next] - (travelNs[row] + portWaitNs[next] + replyNs[row]);
}

// Whether the worker of a gradient that was received waited for others then: it had not gone on at
// its push, nor was it replied to at once. Of its last one: whether it ever did.
export function hasWaited(facts, row, next) {
    const { receivedNs, dispatchedNs, versionRead, worker } = facts.gradients;
    const answered = answeredNs(facts, row, next);
    if (answered >= 0) {
        return answered > receivedNs[row];
    }
    if (next >= 0) {
        // Perhaps for no time; but no one waits for the version that was there at first.
        return dispatchedNs[next] > receivedNs[row] && versionRead[next] > 0;
    }
    return facts.hasWaited[worker[row]] === true;
}

// How many updates there were before the reply. Under incidents it may have been long on its way; but
// it brought the version that the worker read next.
function updatesBefore(facts, row, next) {
    const { versionRead } = facts.gradients;
    const answered = answeredNs(facts, row, next);
    if (answered < 0 && next >= 0 && versionRead[next] >= 0) {
        return Math.min(versionRead[next], facts.updateNs.length);
    }
    return answered >= 0 ? firstAfter(facts.updateNs, answered) : 0;
}

// When the wait for others ended: at the start of the update before the reply. A gradient that filled
// the buffer at its receipt never waited, even if the run ended during the update.
export function waitEndedNs(facts, row, next) {
    const { versionApplied, receivedNs } = facts.gradients;
    let count = updatesBefore(facts, row, next);
    const applied = versionApplied[row];
    if (count === 0 && applied >= 0 && applied < facts.updateNs.length) {
        count = applied + 1;
    }
    const endedNs = count > 0 ? facts.updateBeganNs[count - 1] : facts.lastUpdateNs;
    return Math.max(endedNs, receivedNs[row]);
}

// When a cancelled gradient stopped: at the start of the update whose version its worker took next; if
// there is none, or the worker has crashed, of the first that ended after the dispatch. Infinity: it
// was not cancelled.
export function stoppedNs(facts, row) {
    const { outcome, versionRead, dispatchedNs } = facts.gradients;
    if (outcome[row] !== OUTCOME.cancelled) {
        return Infinity;
    }
    const began = facts.updateBeganNs;
    const next = facts.next[row];
    if (next >= 0 && versionRead[next] > versionRead[row] && versionRead[next] <= began.length &&
        crashNs(facts, row) > dispatchedNs[next]) {
        return began[versionRead[next] - 1];
    }
    let update = Math.max(versionRead[row], 0);
    while (update < began.length && began[update] < dispatchedNs[row]) {
        update++;
    }
    return update < began.length ? began[update]
        : Math.min(nextStartNs(facts, row), facts.lastUpdateNs);
}

// Whether its worker is held back, with its gradient applied, when the run ends or it crashes: no reply
// has set out, though there was time for one.
export function isHeldBack(facts, row, untilNs) {
    const { appliedNs, replyNs, travelNs } = facts.gradients;
    if (!facts.holdsBack || appliedNs[row] < 0 || facts.repliedNs[row] >= 0) {
        return false;
    }
    const travel = facts.hasEvents ? 0 : travelNs[row];
    return appliedNs[row] + replyNs[row] + travel < untilNs &&
        (facts.next[row] < 0 || crashNs(facts, row) === untilNs);
}
