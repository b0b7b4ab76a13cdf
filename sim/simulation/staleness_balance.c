// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/simulation/staleness_balance.h"

#include "sim/base/check.h"

void staleness_balance_open(struct staleness_balance *balance, int64_t late) {
    REQUIRE(late >= 0);
    balance->open++;
    balance->expected += late;
}

void staleness_balance_close(struct staleness_balance *balance, int64_t late) {
    REQUIRE(balance->open > 0 && late >= 0);
    balance->open--;
    balance->closed += late;
}

void staleness_balance_flush(struct staleness_balance *balance, int64_t gradients, int64_t sum) {
    REQUIRE(gradients >= 0 && gradients <= balance->open);
    REQUIRE(sum >= 0);
    balance->open -= gradients;
    balance->closed += sum;
    balance->expected += balance->open;
}

bool staleness_balance_holds(const struct staleness_balance *balance, int64_t open_sum) {
    INVARIANT(balance->open >= 0);
    return balance->closed + open_sum == balance->expected;
}
