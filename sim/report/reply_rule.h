// SPDX-License-Identifier: GPL-3.0-or-later
// Which gradients of a log were replied to, by their rows alone: it depends on the policy. For logs
// from before runlog_service was kept, and so for the policies of then alone.
#pragma once

#include "sim/runlog/runlog.h"

enum reply_rule {
    REPLY_TO_APPLIED,   // with the flush: sync, async, hybrid that waits, k_async, ssp ...
    REPLY_TO_RECEIVED,  // at once: hybrid that continues, k_batch_async, n_softsync, fedbuff
    REPLY_TO_ALL_OVER,  // applied, dropped or cancelled: k_sync, backup
    REPLY_TO_CANCELLED, // a worker goes on at its push, and hears at the flush: k_batch_sync
};

// scenario: the canonical text.
enum reply_rule reply_rule_of(const char *scenario);

bool reply_rule_holds(enum reply_rule rule, const struct gradient_row *row);
