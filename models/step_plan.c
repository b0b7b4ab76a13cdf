// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/step.h"

#include "models/layer_kinds.h"
#include "sim/base/check.h"

// ---- which layers make a step ----

static size_t reader_count(const struct layer *layers, size_t count, size_t read) {
    REQUIRE(read < count);
    size_t readers = 0;
    for (size_t i = read + 1; i < count; i++) {
        const struct layer_recipe *recipe = &layers[i].recipe;
        size_t back = recipe->reads == 0 ? 1 : recipe->reads;
        readers += i - back == read;
        readers += recipe->adds != 0 && i - recipe->adds == read;
    }
    return readers;
}

// Whether layer "next" can be part of the step that begins at "first": nobody else reads what lies
// between, and the kernels of the first layer know it.
static bool joins(const struct layer *layers, size_t count, const struct step *step, size_t next) {
    if (next == count || layers[next].recipe.reads > 1 ||
        reader_count(layers, count, next - 1) != 1) {
        return false;
    }
    const struct layer_kind *first = step->layer->recipe.kind;
    if (layers[next].recipe.kind == &layer_relu) {
        return !step->relu &&
               (first == &layer_conv2d || first == &layer_dense || first == &layer_maxpool2d);
    }
    return layers[next].recipe.kind == &layer_maxpool2d && step->pool == 1 &&
           (first == &layer_conv2d || first == &layer_relu);
}

// Takes the layers of the step that begins at "first"; returns how many.
static size_t take_layers(const struct layer *layers, size_t count, size_t first, bool fuse,
                          struct step *step) {
    REQUIRE(first < count);
    *step = (struct step){.layer = &layers[first], .pool = 1};
    size_t next = first + 1;
    while (fuse && joins(layers, count, step, next)) {
        step->relu = step->relu || layers[next].recipe.kind == &layer_relu;
        step->pool =
            layers[next].recipe.kind == &layer_maxpool2d ? layers[next].recipe.kernel : step->pool;
        next++;
    }
    step->last = &layers[next - 1];
    INVARIANT(next > first && next <= count);
    for (size_t i = first; i < next; i++) {
        step->kept_bytes += layers[i].kept_bytes;
    }
    return next - first;
}

// The step whose last layer lies "back" layers before the step's first.
static size_t step_back(const struct step_plan *plan, const struct step *step, size_t back) {
    REQUIRE(back >= 1);
    for (size_t i = 0; i < plan->count; i++) {
        if (plan->steps[i].last + back == step->layer) {
            return i;
        }
    }
    return STEP_NONE;
}

static void find_inputs(const struct step_plan *plan, struct step *step) {
    const struct layer_recipe *recipe = &step->layer->recipe;
    step->in = step_back(plan, step, recipe->reads == 0 ? 1 : recipe->reads);
    step->other = recipe->adds == 0 ? STEP_NONE : step_back(plan, step, recipe->adds);
}

// ---- where gradients by activations lie ----

// A place is taken by the gradient by one step's output, from the first reader that writes to it
// (in the backward order) until that step has used it.
struct places {
    struct step_plan *plan;
    bool taken[STEP_GRADIENTS_MAX];
    size_t of_step[MODEL_LAYER_MAX];
};

static size_t take_place(struct places *places, size_t width) {
    size_t place = 0;
    while (place < STEP_GRADIENTS_MAX && places->taken[place]) {
        place++;
    }
    INVARIANT(place < STEP_GRADIENTS_MAX);
    struct step_plan *plan = places->plan;
    places->taken[place] = true;
    plan->gradient_count = place + 1 > plan->gradient_count ? place + 1 : plan->gradient_count;
    size_t *most = &plan->gradient_widths[place];
    *most = width > *most ? width : *most;
    return place;
}

// The place of the gradient by the output of step "read"; *adds: somebody wrote to it before.
static size_t place_of_input(struct places *places, size_t read, bool *adds) {
    REQUIRE(read == STEP_NONE || read < places->plan->count);
    *adds = false;
    if (read == STEP_NONE) {
        return STEP_NONE;
    }
    *adds = places->of_step[read] != STEP_NONE;
    if (!*adds) {
        size_t width = layer_shape_count(&places->plan->steps[read].last->out);
        places->of_step[read] = take_place(places, width);
    }
    return places->of_step[read];
}

static void place_gradients(struct step_plan *plan) {
    struct places places = {.plan = plan};
    for (size_t i = 0; i < plan->count; i++) {
        places.of_step[i] = STEP_NONE;
    }
    size_t last = plan->count - 1;
    places.of_step[last] = take_place(&places, layer_shape_count(&plan->steps[last].last->out));
    for (size_t i = plan->count; i-- > 0;) {
        struct step *step = &plan->steps[i];
        step->d_out = places.of_step[i];
        INVARIANT(step->d_out != STEP_NONE); // somebody reads every step
        step->d_in = place_of_input(&places, step->in, &step->d_in_adds);
        step->d_other = place_of_input(&places, step->other, &step->d_other_adds);
        INVARIANT(!step->d_in_adds || !step->d_other_adds);
        step->d_extra = STEP_NONE;
        if (step->d_in_adds || step->d_other_adds) {
            step->d_extra = take_place(&places, layer_shape_count(&step->layer->in));
            places.taken[step->d_extra] = false;
        }
        places.taken[step->d_out] = false;
    }
}

void step_plan_make(struct step_plan *plan, const struct kernels *kernels,
                    const struct layer *layers, const size_t *offsets, size_t count) {
    REQUIRE(count >= 1 && count <= MODEL_LAYER_MAX);
    *plan = (struct step_plan){.kernels = kernels};
    for (size_t i = 0; i < count;) {
        struct step *step = &plan->steps[plan->count];
        size_t taken = take_layers(layers, count, i, kernels != NULL, step);
        step->parameters = offsets[i];
        find_inputs(plan, step);
        plan->count++;
        i += taken;
    }
    place_gradients(plan);
}
