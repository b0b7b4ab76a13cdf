// SPDX-License-Identifier: GPL-3.0-or-later
// What kind of run a log is of, by its scenario.
import { canonicalValue } from "./canonical_text.js";
import { parseTime } from "./format.js";

const STEPS_LOCALLY = new WeakMap(); // to look through a scenario each time would take long

// Whether workers step models of their own (sim/report/untrained.c).
export function stepsLocally(log) {
    if (!STEPS_LOCALLY.has(log)) {
        STEPS_LOCALLY.set(log, canonicalValue(log.scenario, "cluster.network.all_reduce") !== null ||
            canonicalValue(log.scenario, "policy.name") === "easgd");
    }
    return STEPS_LOCALLY.get(log);
}

// Whether they send them to a centre, and get answers.
export function hasCentre(log) {
    return log.policy === "easgd";
}

// Whether the workers of the run send to a server, rather than average models of their own.
export function hasServer(log) {
    return hasCentre(log) || !stepsLocally(log);
}

// Nobody does anything before; 0 if the log does not say.
export function startUpNs(log) {
    const ns = parseTime(canonicalValue(log.scenario, "cluster.start_up") ?? "0 s");
    return Number.isNaN(ns) ? 0 : ns;
}
