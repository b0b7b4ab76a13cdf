// SPDX-License-Identifier: GPL-3.0-or-later
// The star (star.h) by SimGrid: an actor for each worker and for the server, which talk through
// mailboxes. A message within a host takes the latency of the loopback.
#include <simgrid/s4u.hpp>

#include "tests/bench/star.h"

namespace s4u = simgrid::s4u;

static struct star star;

static s4u::Mailbox *mailbox(uint32_t worker) {
    return s4u::Mailbox::by_name(std::to_string(worker));
}

static void work(uint32_t worker) {
    s4u::Mailbox *door = s4u::Mailbox::by_name("server");
    s4u::Mailbox *home = mailbox(worker);
    home->set_receiver(s4u::Actor::self());
    for (;;) {
        s4u::this_actor::sleep_for((double)star_compute_ns(&star) * 1e-9);
        door->put(home, 0);
        home->get<void>();
    }
}

static void serve() {
    s4u::Mailbox *door = s4u::Mailbox::by_name("server");
    door->set_receiver(s4u::Actor::self()); // a message sets out at once, whatever the server does
    while (star.gradients < star.until) {
        s4u::Mailbox *home = door->get<s4u::Mailbox>();
        if (star.service_ns > 0) {
            s4u::this_actor::sleep_for((double)star.service_ns * 1e-9);
        }
        home->put_init(home, 0)->detach();
        star.gradients++;
    }
    star_end(&star, (int64_t)(s4u::Engine::get_clock() * 1e9));
    fflush(stdout);
    _Exit(0);
}

int main(int argc, char **argv) {
    star_init(&star, argc, argv);
    std::string latency =
        "--cfg=network/loopback-lat:" + std::to_string((double)star.latency_ns * 1e-9);
    std::string stack = "--cfg=contexts/stack-size:16"; // KiB: a million actors are many
    std::string guard = "--cfg=contexts/guard-size:0";
    std::string model = "--cfg=network/latency-factor:1";
    std::string log = "--log=root.thres:error";
    char *arguments[] = {argv[0], &latency[0], &stack[0], &guard[0], &model[0], &log[0], NULL};
    int count = 6;
    s4u::Engine engine(&count, arguments);
    auto *zone = s4u::create_full_zone("world");
    auto *host = zone->create_host("host", 1e9);
    zone->seal();
    s4u::Actor::create("server", host, serve);
    for (uint32_t i = 0; i < star.workers; i++) {
        s4u::Actor::create("worker", host, work, i);
    }
    engine.run();
    return 1;
}
