// SPDX-License-Identifier: GPL-3.0-or-later
// The star (star.h) by the core of ns-3, with the fastest of its schedulers.
#include <ns3/core-module.h>

#include "tests/bench/star.h"

using ns3::NanoSeconds;
using ns3::Simulator;

static struct star star;

static void served();
static void delivered(uint32_t worker);

static void arrives(uint32_t worker) {
    if (star_arrives(&star, worker)) {
        Simulator::Schedule(NanoSeconds(star.service_ns), &served);
    }
}

static void served() {
    Simulator::Schedule(NanoSeconds(star.latency_ns), &delivered, star.in_service);
    if (star_served(&star)) {
        Simulator::Schedule(NanoSeconds(star.service_ns), &served);
    }
    if (star.gradients == star.until) {
        Simulator::Stop();
    }
}

static void delivered(uint32_t worker) {
    Simulator::Schedule(NanoSeconds(star_compute_ns(&star) + star.latency_ns), &arrives, worker);
}

int main(int argc, char **argv) {
    star_init(&star, argc, argv);
    ns3::GlobalValue::Bind("SchedulerType", ns3::StringValue("ns3::PriorityQueueScheduler"));
    for (uint32_t i = 0; i < star.workers; i++) {
        delivered(i);
    }
    Simulator::Run();
    star_end(&star, Simulator::Now().GetNanoSeconds());
    Simulator::Destroy();
    return 0;
}
