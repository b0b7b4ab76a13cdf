// SPDX-License-Identifier: GPL-3.0-or-later
// What the network does to a message.
#include "tests/support/log_audit_parts.h"

bool audit_attempts_fit(const struct audit *audit, const struct gradient_row *row) {
    const struct loss_options *loss =
        &audit_scenario_at(audit, row->dispatched_ns)->cluster.network.loss;
    double pushes = (double)row->push_attempts - 1;
    double replies = (double)row->reply_attempts - 1;
    if (loss->share == 0 || pushes < 0 || replies < 0) {
        return pushes == 0 && replies == 0;
    }
    return (double)row->push_ns >= pushes * (double)loss->timeout_ns &&
           (double)row->reply_travel_ns >= replies * (double)loss->timeout_ns;
}
