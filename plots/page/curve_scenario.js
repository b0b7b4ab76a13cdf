// SPDX-License-Identifier: GPL-3.0-or-later
// What the curves of a run need to know of its scenario: the page's sim/report/curve_scenario.c.
import { canonicalValue } from "./canonical_text.js";
import { hasServer, stepsLocally } from "./log_traits.js";
import { pastChanges, pastValue } from "./past_changes.js";

const MESSAGE_UNITS = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 };

// Of digits alone; NaN: it is something else.
function numberOfDigits(text) {
    return /^[0-9]{1,15}$/.test(text) ? Number(text) : NaN;
}

// Of a message of the network: "500 kB", or "model".
function messageBytes(log) {
    const text = canonicalValue(log.scenario, "cluster.network.message") ?? "";
    const [, digits, unit] = text.match(/^([0-9]{1,15}) ([kMGT]?B)$/) ?? [];
    return digits === undefined ? 4 * log.parameters : Number(digits) * MESSAGE_UNITS[unit];
}

function phaseAt(changes, scenario, timeNs) {
    const valueOf = (key) => pastValue(changes, scenario, timeNs, key);
    const steps = valueOf("policy.local_steps");
    return {
        untilNs: Infinity,
        samples: numberOfDigits(valueOf("training.batch"))
            * (steps === "none" ? 1 : numberOfDigits(steps)),
        addsUp: valueOf("policy.combine") === "sum",
    };
}

// phases: of a scenario that changed on its way: {untilNs, samples in a gradient (NaN: no data),
// addsUp: an update applies the sum of its gradients, not their mean}.
export function curveScenario(log) {
    const changes = pastChanges(log.scenario);
    const phases = changes.map(({ timeNs }) =>
        ({ ...phaseAt(changes, log.scenario, timeNs - (timeNs > 0 ? 1 : 0)), untilNs: timeNs }));
    return {
        phases: [...phases, phaseAt(changes, log.scenario, Infinity)],
        messageBytes: messageBytes(log),
        stepsLocally: stepsLocally(log),
        hasServer: hasServer(log),
        trains: log.parameters > 0,
    };
}

export function curvePhaseAt(scenario, timeNs) {
    return scenario.phases.find((phase) => phase.untilNs > timeNs);
}
