// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/scenario_law_parameter.h"

#include <math.h>
#include <stdio.h>

#include "sim/base/check.h"
#include "sim/base/sim_time.h"
#include "sim/scenario/scenario_number.h"
#include "sim/scenario/scenario_value_refuse.h"

bool law_parameter_allows(const struct law_parameter *parameter, double value) {
    bool above =
        value > parameter->least || (parameter->least_allowed && value >= parameter->least);
    switch (parameter->kind) {
    case LAW_PARAMETER_TIME:
        return above;
    case LAW_PARAMETER_NUMBER:
        return above && value >= LAW_NUMBER_LEAST && value <= LAW_NUMBER_MOST;
    case LAW_PARAMETER_WHOLE:
        return above && value >= 1 && value <= LAW_NUMBER_MOST && value == floor(value);
    }
    INVARIANT(parameter->kind <= LAW_PARAMETER_WHOLE);
    return false;
}

void law_parameter_write_allowed(const struct law_parameter *parameter,
                                 struct text_buffer *buffer) {
    bool whole = parameter->kind == LAW_PARAMETER_WHOLE;
    double least = whole ? 1 : LAW_NUMBER_LEAST;
    REQUIRE(parameter->kind != LAW_PARAMETER_TIME);
    if (least > parameter->least || (parameter->least_allowed && least >= parameter->least)) {
        text_buffer_add(buffer, "a %snumber from %g to %g", whole ? "whole " : "", least,
                        LAW_NUMBER_MOST);
    } else {
        text_buffer_add(buffer, "a %snumber %s %g, at most %g", whole ? "whole " : "",
                        parameter->least_allowed ? "of at least" : "above", parameter->least,
                        LAW_NUMBER_MOST);
    }
}

static enum status read_time(const struct value_reading *reading) {
    const struct law_parameter *parameter = reading->part;
    REQUIRE(parameter->kind == LAW_PARAMETER_TIME);
    int64_t span_ns = 0;
    char excerpt[EXCERPT_SIZE];
    const char *text = text_excerpt(reading->node->text, excerpt);
    const char *wrong = number_read_time(reading->node->text, &span_ns);
    if (reading->node->kind != NODE_SCALAR) {
        wrong = "a time is one value, as in '200 ms'";
    }
    if (wrong != NULL) {
        char name[2 * WORD_SIZE];
        snprintf(name, sizeof name, "%s.%s", reading->key->key, parameter->name);
        return value_refuse_part(reading, name, wrong, "units of time: ns, us, ms, s, min, h");
    }
    if ((int64_t)(double)span_ns != span_ns) { // past 104 days a double skips some nanoseconds
        return value_refuse_with(reading, "use fewer digits",
                                 "'%s.%s' is '%s': a law cannot hold so long a time to the "
                                 "nanosecond",
                                 reading->key->key, parameter->name, text);
    }
    if (!law_parameter_allows(parameter, (double)span_ns)) {
        char least[SIM_TIME_TEXT_SIZE];
        return value_refuse_with(reading, NULL, "'%s.%s' must be %s %s, got %s", reading->key->key,
                                 parameter->name,
                                 parameter->least_allowed ? "at least" : "longer than",
                                 sim_time_format(llrint(parameter->least), least), text);
    }
    *(double *)reading->field = (double)span_ns;
    return STATUS_OK;
}

static enum status read_number(const struct value_reading *reading) {
    const struct law_parameter *parameter = reading->part;
    REQUIRE(parameter->kind != LAW_PARAMETER_TIME);
    double value = 0;
    if (reading->node->kind == NODE_SCALAR && number_read_decimal(reading->node->text, &value) &&
        law_parameter_allows(parameter, value)) {
        *(double *)reading->field = value;
        return STATUS_OK;
    }
    char excerpt[EXCERPT_SIZE];
    struct text_buffer allowed = {0};
    law_parameter_write_allowed(parameter, &allowed);
    enum status status = value_refuse_with(
        reading, NULL, "'%s.%s' must be %s, got '%s'", reading->key->key, parameter->name,
        text_buffer_text(&allowed), text_excerpt(reading->node->text, excerpt));
    text_buffer_clear(&allowed);
    return status;
}

enum status law_parameter_read(struct value_reading *reading) {
    const struct law_parameter *parameter = reading->part;
    REQUIRE(parameter != NULL);
    reading->read = parameter->kind == LAW_PARAMETER_TIME ? read_time : read_number;
    return reading->read(reading);
}
