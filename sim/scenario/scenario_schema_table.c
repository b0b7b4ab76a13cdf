// SPDX-License-Identifier: GPL-3.0-or-later
// The table of scenario_schema.h.
#include "models/data/dataset_catalogue.h"
#include "models/data/random_data.h"
#include "sim/scenario/scenario_law.h"
#include "sim/scenario/scenario_schedule.h"
#include "sim/scenario/scenario_schema_parts.h"
#include "sim/scenario/scenario_value_plain.h"
#include "sim/scenario/scenario_value_quantity.h"

#define AT(field) offsetof(struct scenario, field)
#define ANY_TIME 0, 4e18
#define ANY_COUNT 1, 1e15

const struct schema_key schema_table[KEY_COUNT] = {
    [KEY_TITLE] = {"title", &value_text, AT(title), NULL, 0, 0, "\"\"", &holds_when_titled,
                   "A line for people. It changes nothing: two runs that differ only in it are the "
                   "same run."},
    [KEY_SEED] = {"seed", &value_seed, AT(seed), NULL, 0, 0, "1", &holds_when_always,
                  "All random draws follow from it. Another seed gives another repetition."},
    [KEY_END] = {"end", &value_end, AT(end), NULL, 0, 0, "100 s", &holds_when_always,
                 "When the run stops: at a time of the cluster, or after a number of updates, of "
                 "applied gradients, or of epochs (passes over the training set, counted in "
                 "samples of applied gradients; fractions are allowed)."},
    [KEY_MODEL] = {"model.name", &value_name, AT(model), schema_word_model, 0, 0, "mnist_ray",
                   &holds_when_always,
                   "What is trained. none simulates the times alone. `model: softmax` is short for "
                   "`model: {name: softmax}`."},
    [KEY_HIDDEN] = {"model.hidden", &value_sizes, AT(mlp), NULL, 1, 65536, "[50]", &holds_when_deep,
                    "The sizes of the hidden layers, in order from the input."},
    [KEY_DIMENSION] = {"model.dimension", &value_int32, AT(quadratic.dimension), NULL, 1, 1e7, "10",
                       &holds_when_quadratic, "The number of parameters."},
    [KEY_CURVATURE] = {"model.curvature", &value_number, AT(quadratic.curvature), NULL, 1e-9, 1e9,
                       "1", &holds_when_quadratic,
                       "The second derivative in every direction. Without noise, the learning rate "
                       "1/curvature reaches the optimum in one step."},
    [KEY_NOISE] = {"model.noise", &value_number, AT(quadratic.noise), NULL, 0, 1e9, "1",
                   &holds_when_quadratic,
                   "The standard deviation of each coordinate of a gradient."},
    [KEY_DATA_NAME] = {"data.name", &value_name, AT(data.name), schema_word_data, 0, 0, "mnist",
                       &holds_when_learning,
                       "The data set; `data: random` is short for `data: {name: random}`. file: "
                       "data of your own."},
    [KEY_DATA_SHARDS] =
        {"data.shards", &value_choice, AT(data.shards), schema_word_shards, 0, 0, "disjoint",
         &holds_when_learning,
         "disjoint: each worker has its own part of the training set, and the parts are alike. "
         "whole: each worker draws from the whole set. dirichlet: disjoint parts with uneven "
         "numbers of each class, by a Dirichlet law; a worker that would have less than one batch "
         "gets samples from the workers that have the most."},
    [KEY_DATA_ALPHA] = {"data.alpha", &value_number, AT(data.alpha), NULL, 1e-9, 1e9, "1",
                        &holds_when_uneven,
                        "The parameter of the Dirichlet law: at 100 the parts are nearly even; at "
                        "0.1 most samples of a worker are of one or two classes."},
    [KEY_DATA_FEATURES] = {"data.features", &value_int32, AT(data.features), NULL, 1,
                           RANDOM_FEATURES_MAX, "20", &holds_when_random_data,
                           "Numbers in a sample. Half of them (at most 32) are informative, a "
                           "quarter are linear combinations of these, and the rest is noise."},
    [KEY_DATA_CLASSES] =
        {"data.classes", &value_int32, AT(data.classes), NULL, 2, DATASET_CLASSES_MAX, "10",
         &holds_when_random_data,
         "The number of classes. Each has two clusters, around corners of a hypercube."},
    [KEY_DATA_SAMPLES] = {"data.samples", &value_int32, AT(data.samples), NULL, 2,
                          RANDOM_SAMPLES_MAX, "10000", &holds_when_random_data,
                          "The number of samples: 80 % are for training, the rest is for testing."},
    [KEY_DATA_SEED] = {"data.seed", &value_data_seed, AT(data.seed), NULL, 0, 0, "scenario",
                       &holds_when_random_data,
                       "The seed of the samples. scenario: the scenario's own seed, so every "
                       "repetition has its own data."},
    [KEY_DATA_PATH] =
        {"data.path", &value_path, AT(data.path), NULL, 0, 0, "\"\"", &holds_when_own_data,
         "An HDF5 file with /train/inputs and /train/labels and, for testing, /test/inputs and "
         "/test/labels; or with /inputs and /labels alone. Or a folder of IDX files, with or "
         "without gzip (.gz): train-images-idx3-ubyte or train-inputs.idx, train-labels-idx1-ubyte "
         "or train-labels.idx; for testing t10k-images-idx3-ubyte or test-inputs.idx, "
         "t10k-labels-idx1-ubyte or test-labels.idx. Inputs are (N, features), (N, H, W) or (N, C, "
         "H, W), where C is the channel. Bytes are standardised to mean 0 and variance 1 per "
         "channel of the training set (features and (H, W) are one channel); floats are used as "
         "they are. The path is relative to the folder of the file in which it is written; if "
         "nothing is there, to the working folder, and then to the folder of the data sets. The "
         "data are not checked, but the log contains their hash."},
    [KEY_DATA_TEST_SHARE] = {"data.test_share", &value_share, AT(data.test_share), NULL, 0.001,
                             0.999, "20 %", &holds_when_own_data,
                             "If the file has no test set, this share of the samples becomes one: "
                             "always the same samples, whatever the seed."},
    [KEY_BATCH] = {"training.batch", &value_int32, AT(training.batch), NULL, 1, 1e6, "32",
                   &holds_when_learning, "Samples in a minibatch, that is in one gradient."},
    [KEY_LEARNING_RATE] = {"training.learning_rate", &value_number, AT(training.learning_rate),
                           NULL, 0, 1e30, "0.01", &holds_when_computing,
                           "The step size of gradient descent."},
    [KEY_RATE_SCHEDULE] = {"training.rate.schedule", &value_choice,
                           AT(training.optimizer.rate.schedule), schema_word_rate_schedule, 0, 0,
                           "constant", &holds_when_scheduled_rate,
                           "By what the learning rate is multiplied as n grows. constant: 1. step: "
                           "factor, to the power floor(n / every). cosine: from 1 down to least, "
                           "along half a cosine, until n reaches over."},
    [KEY_RATE_EVERY] = {"training.rate.every", &value_int64, AT(training.optimizer.rate.every),
                        NULL, ANY_COUNT, "1000", &holds_when_step_rate,
                        "The rate falls each time n has grown by this much."},
    [KEY_RATE_FACTOR] = {"training.rate.factor", &value_number, AT(training.optimizer.rate.factor),
                         NULL, 0, 1, "0.1", &holds_when_step_rate,
                         "The rate is multiplied by this each time it falls."},
    [KEY_RATE_OVER] = {"training.rate.over", &value_int64, AT(training.optimizer.rate.over), NULL,
                       ANY_COUNT, "1000", &holds_when_cosine_rate,
                       "From this n on the rate stays at its lowest value."},
    [KEY_RATE_LEAST] = {"training.rate.least", &value_number, AT(training.optimizer.rate.least),
                        NULL, 0, 1, "0", &holds_when_cosine_rate,
                        "The lowest value of the cosine, as a fraction of the learning rate."},
    [KEY_RATE_WARM_UP] = {"training.rate.warm_up", &value_int64,
                          AT(training.optimizer.rate.warm_up), NULL, 0, 1e15, "0",
                          &holds_when_warm_up,
                          "While n is below this, the rate is multiplied by (n + 1) / warm_up: it "
                          "rises in a straight line."},
    [KEY_RATE_COUNTS] =
        {"training.rate.counts", &value_choice, AT(training.optimizer.rate.counts),
         schema_word_rate_counts, 0, 0, "updates", &holds_when_counted_rate,
         "What n counts: the updates, or the gradients, that were applied before this update. For "
         "a local step of a worker: those of the version from which its model comes; gradients "
         "also adds the worker's own steps since then."},
    [KEY_RATE_SCALING] = {"training.rate.scaling", &value_choice,
                          AT(training.optimizer.rate.scaling), schema_word_rate_scaling, 0, 0,
                          "none", &holds_when_scaled_rate,
                          "linear: the rate is multiplied by the number of gradients in the "
                          "update. root: by its square root. For `combine: mean`, as K grows."},
    [KEY_RATE_OF] =
        {"training.rate.of", &value_choice, AT(training.optimizer.rate.of), schema_word_rate_of, 0,
         0, "server", &holds_when_local_rate,
         "Which steps follow the schedule and the warm-up. server: the server's step along the "
         "mean of the workers' changes; each local step has the learning rate itself. local: the "
         "local steps of a worker, all alike between two pushes, by the n of the version that the "
         "worker read; the server applies the mean of the changes as it is."},
    [KEY_MOMENTUM] = {"training.momentum", &value_number, AT(training.optimizer.momentum), NULL, 0,
                      0.999999, "0", &holds_when_momentum,
                      "v = momentum v + g, and the step is along v."},
    [KEY_NESTEROV] = {"training.nesterov", &value_bool, AT(training.optimizer.nesterov), NULL, 0, 0,
                      "false", &holds_when_momentum,
                      "Nesterov's momentum: the step is along g + momentum v."},
    [KEY_MOMENTUM_AT] = {"training.momentum_at", &value_choice,
                         AT(training.optimizer.momentum_place), schema_word_momentum_at, 0, 0,
                         "server", &holds_when_momentum_at,
                         "server: one v, of the updates. worker: each worker has its own v, of "
                         "those of its gradients that are applied, and sends v instead of g."},
    [KEY_WEIGHT_DECAY] = {"training.weight_decay", &value_number,
                          AT(training.optimizer.weight_decay), NULL, 0, 1e6, "0",
                          &holds_when_weight_decay,
                          "This number times the parameters at which a gradient was computed is "
                          "added to the gradient, before anything else is done with it."},
    [KEY_POLICY] = {"policy.name", &value_choice, AT(training.policy.policy), schema_word_policy, 0,
                    0, "async", &holds_when_always,
                    "When the server applies the gradients that it receives; or, without a server, "
                    "when the workers average their models."},
    [KEY_SCHEDULE] =
        {"policy.threshold.schedule", &value_choice, AT(training.policy.threshold.schedule),
         schema_word_schedule, 0, 0, "constant", &holds_when_threshold,
         "How the threshold K, the number of gradients in an update, changes. `threshold: 5` is "
         "short for `{schedule: constant, start: 5}`. For hybrid the default is step."},
    [KEY_EVERY] = {"policy.threshold.every", &value_extent, AT(training.policy.threshold.every),
                   NULL, ANY_COUNT, "300", &holds_when_periodic,
                   "step: K changes by one increment each time the count has grown by this much. "
                   "adasync: K is decided again each time."},
    [KEY_START] =
        {"policy.threshold.start", &value_threshold, AT(training.policy.threshold.start), NULL,
         1, 1e6, "1", &holds_when_threshold,
         "The first K. Where a worker waits after its push: at most the number of workers."},
    [KEY_INCREMENT] = {"policy.threshold.increment", &value_int64,
                       AT(training.policy.threshold.increment), NULL, -1e6, 1e6, "1",
                       &holds_when_growing,
                       "What is added to K each time; a negative number lets K fall. K stays "
                       "between 1 and the number of workers."},
    [KEY_COUNTS] =
        {"policy.threshold.counts", &value_choice, AT(training.policy.threshold.counts),
         schema_word_counts, 0, 0, "gradients", &holds_when_counting,
         "What the schedule counts: gradients received (including dropped ones), updates applied, "
         "time of the cluster, or epochs of received gradients. For adasync the default is time."},
    [KEY_LAST] = {"policy.threshold.end", &value_threshold, AT(training.policy.threshold.end), NULL,
                  1, 1e6, "workers", &holds_when_ending,
                  "The last K; at most the number of workers. If it is below start, K falls. step: "
                  "where K stops; without it, a K that falls stops at 1. An end on the other side "
                  "of start has no effect."},
    [KEY_OVER] = {"policy.threshold.over", &value_extent, AT(training.policy.threshold.over), NULL,
                  ANY_COUNT, "3000", &holds_when_going,
                  "K reaches its end when the count reaches this."},
    [KEY_STEEPNESS] = {"policy.threshold.steepness", &value_number,
                       AT(training.policy.threshold.steepness), NULL, 0.001, 100, "10",
                       &holds_when_sigmoid,
                       "The shape of the logistic curve: near 0 it is a straight line, at 100 a "
                       "jump in the middle."},
    [KEY_TABLE] = {"policy.threshold.table", &value_table, AT(training.policy.threshold.table),
                   NULL, 0, 1e15, "[]", &holds_when_table,
                   "Rows [when, K], in the order of when: from when on, the threshold is K."},
    [KEY_FORMULA] =
        {"policy.threshold.formula", &value_formula, AT(training.policy.threshold.formula), NULL, 0,
         0, "P", &holds_when_formula,
         "K as a formula, such as 1 + floor(n/300), rounded down and kept between 1 and P. "
         "Variables: n, gradients received; updates; time, in s; epoch; loss, the estimate of the "
         "training loss; P, the number of workers. Operators: + - * / % ^ < <= > >= == !=, with "
         "floor, ceil, round, abs, sqrt, exp, log, min, max and if(condition, then, else). Where "
         "the formula has no value, K is start."},
    [KEY_WINDOW] =
        {"policy.threshold.window", &value_threshold, AT(training.policy.threshold.window), NULL, 1,
         1e6, "workers", &holds_when_watching,
         "The estimate of the training loss is the mean over the minibatch losses of this many "
         "gradients, the last that were applied. Until there are as many, K is start."},
    [KEY_COMBINE] = {"policy.combine", &value_choice, AT(training.policy.combine),
                     schema_word_combine, 0, 0, "mean", &holds_when_combining,
                     "An update applies the sum of its gradients, or their mean. For sync, async "
                     "and hybrid the default is sum."},
    [KEY_PUSHED_WORKER] = {"policy.pushed_worker", &value_choice, AT(training.policy.pushed_worker),
                           schema_word_pushed_worker, 0, 0, "waits", &holds_when_pushing,
                           "waits: after its push a worker waits until its gradient is applied. "
                           "continues: it continues at once, with the newest parameters."},
    [KEY_BACKUP_WORKERS] = {"policy.backup_workers", &value_int32,
                            AT(training.policy.backup_workers), NULL, 0, 1e6, "1",
                            &holds_when_backup,
                            "How many workers an update does not wait for; 0 is sync."},
    [KEY_LATE] = {"policy.late", &value_choice, AT(training.policy.late_workers), schema_word_late,
                  0, 0, "cancel", &holds_when_backup,
                  "What a worker does that is late for an update. cancel: it stops at once and "
                  "starts again with the others. finish: it completes its gradient and pushes it, "
                  "and the server drops it."},
    [KEY_SPLITS] = {"policy.splits", &value_int32, AT(training.policy.splits), NULL, 1, 1e6, "1",
                    &holds_when_softsync,
                    "The n of n-softsync: an update takes floor(number of workers / n) gradients."},
    [KEY_STALE_WEIGHT] = {"policy.stale_weight", &value_choice, AT(training.policy.stale_weight),
                          schema_word_stale_weight, 0, 0, "one", &holds_when_weighting,
                          "The factor for a gradient of staleness tau (in versions). one: 1. "
                          "inverse: 1/tau, but 1 for tau = 0. inverse_root: 1/sqrt(1 + tau)."},
    [KEY_SLACK] = {"policy.slack", &value_slack, AT(training.policy.slack), NULL, 0, 1e15, "3",
                   &holds_when_ssp,
                   "How many gradients a worker may be ahead of the slowest. 0: a barrier after "
                   "each gradient, with P updates in between. unlimited: async."},
    [KEY_READ] = {"policy.read", &value_choice, AT(training.policy.read), schema_word_read, 0, 0,
                  "newest", &holds_when_ssp,
                  "newest: a worker waits for the server's reply and starts with its parameters. "
                  "cached: it continues with the parameters that it has, without a reply, until "
                  "they are older than the slack allows. They do not even contain its own "
                  "gradients, so a single worker, too, reads stale parameters."},
    [KEY_LOCAL_STEPS] = {"policy.local_steps", &value_int64, AT(training.policy.local_steps), NULL,
                         1, 10000, "1", &holds_when_fedbuff,
                         "How many minibatches a worker takes before it pushes. Each is a step of "
                         "the learning rate on a model of its own; their times add up."},
    [KEY_SERVER_RATE] = {"policy.server_rate", &value_number, AT(training.policy.server_rate), NULL,
                         0, 1e6, "1", &holds_when_fedbuff,
                         "The server multiplies the mean of the workers' changes by this."},
    [KEY_LAMBDA] = {"policy.lambda", &value_number, AT(training.policy.correction.lambda), NULL, 0,
                    1e9, "0.04", &holds_when_dc_asgd,
                    "How strongly a gradient g that was computed at w_read is corrected: g + "
                    "lambda g g (w - w_read), element by element. 0 is async."},
    [KEY_ADAPTIVE] =
        {"policy.adaptive", &value_bool, AT(training.policy.correction.adaptive), NULL, 0, 0,
         "false", &holds_when_dc_asgd,
         "lambda is divided by the root of the mean square of the gradients, element by element."},
    [KEY_DECAY] = {"policy.decay", &value_number, AT(training.policy.correction.decay), NULL, 0,
                   0.999999, "0.95", &holds_when_adaptive,
                   "The fraction of this mean square that is kept at each gradient."},
    [KEY_PER] = {"policy.per", &value_choice, AT(training.policy.correction.per), schema_word_per,
                 0, 0, "server", &holds_when_per_worker,
                 "server: one mean square, of all gradients, as in the paper. worker: one for each "
                 "worker, as in the code of its authors."},
    [KEY_STEP_DECAY] = {"policy.step_decay", &value_number,
                        AT(training.policy.correction.step_decay), NULL, 0, 0.999999, "0.999",
                        &holds_when_gap_aware,
                        "The gap is measured in units of the root of the mean square of the steps. "
                        "This is the fraction of that mean square that is kept at each update."},
    [KEY_STEPS] = {"policy.steps", &value_int64, AT(training.policy.averaging.steps), NULL,
                   ANY_COUNT, "8", &holds_when_stepping,
                   "Local steps of each worker between two averages of all models: K, for hier_avg "
                   "K2. For easgd: between two exchanges."},
    [KEY_CLUSTER_STEPS] = {"policy.cluster_steps", &value_int64,
                           AT(training.policy.averaging.cluster_steps), NULL, ANY_COUNT, "4",
                           &holds_when_clustered,
                           "Local steps between two averages of a cluster: K1. policy.steps must "
                           "be a multiple of it."},
    [KEY_CLUSTER_SIZE] = {"policy.cluster_size", &value_int32,
                          AT(training.policy.averaging.cluster_size), NULL, 1, WORKERS_MAX, "5",
                          &holds_when_clustered,
                          "S, the number of workers in a cluster that averages by itself; they "
                          "have neighbouring numbers. It must divide the number of workers."},
    [KEY_AFTER] = {"policy.after", &value_int64, AT(training.policy.averaging.after), NULL,
                   ANY_COUNT, "100", &holds_when_switching,
                   "This many averages come first, after one step each; then policy.steps holds."},
    [KEY_ADAPT_EVERY] =
        {"policy.adapt_every", &value_time, AT(training.policy.averaging.adapt_every_ns), NULL, 1,
         4e18, "10 s", &holds_when_adapting,
         "How often the number of local steps follows the training loss F. The new number is "
         "ceil(sqrt(eta_0 F / (eta F_0)) policy.steps); if that is not less than the present "
         "number, it is half of the present one, rounded up. F is the mean loss of the minibatches "
         "between the last two averages, F_0 that of the minibatches before the first average; eta "
         "is the learning rate of a step at the version before, eta_0 the first."},
    [KEY_WEIGHTS] =
        {"policy.weights", &value_choice, AT(training.policy.averaging.weights),
         schema_word_weights, 0, 0, "equal", &holds_when_weighing,
         "The weight of a worker's model (for hpsgd: of its window) in an average, and in the mean "
         "that is evaluated. equal: all alike. samples: the number of samples in its shard."},
    [KEY_PULL] = {"policy.alpha", &value_number, AT(training.policy.averaging.pull), NULL, 1e-6, 1,
                  "0.6", &holds_when_pulling,
                  "How far a model is pulled towards the previous average (1 replaces it). For "
                  "easgd: how far it is pulled towards the centre, and the centre towards it; with "
                  "P workers 0.9/P is usual."},
    [KEY_ELASTIC_GRADIENT] = {"policy.gradient", &value_choice,
                              AT(training.policy.averaging.gradient), schema_word_elastic_gradient,
                              0, 0, "before", &holds_when_elastic,
                              "Whether the gradient of the step after a pull was computed before "
                              "the pull, as in the paper, or is computed after it."},
    [KEY_EVALUATE] = {"policy.evaluate", &value_choice, AT(training.policy.averaging.evaluate),
                      schema_word_evaluate, 0, 0, "mean", &holds_when_centred,
                      "What is evaluated, and becomes the final parameters: the mean of the "
                      "workers' models, or the centre, as in the paper."},
    [KEY_WORKERS] = {"cluster.workers", &value_int32, AT(cluster.workers), NULL, 1, WORKERS_MAX,
                     "25", &holds_when_always, "The number of workers that compute gradients."},
    [KEY_COMPUTE] = {"cluster.compute", &value_law, AT(cluster.compute), NULL, 1, 0,
                     "{law: uniform, min: 180 ms, max: 220 ms}", &holds_when_always,
                     "The time that a worker needs for one gradient, drawn for each gradient."},
    [KEY_DELAY] = {"cluster.delay", &value_delay, AT(cluster.delay), NULL, 0, 0, "none",
                   &holds_when_always,
                   "An extra time for some workers, drawn for each of their gradients. The two "
                   "keys below are in the same map."},
    [KEY_DELAY_WORKERS] =
        {"cluster.delay.workers", &value_share_or_count, AT(cluster.delay), NULL, 0, WORKERS_MAX,
         "50 %", &holds_when_delayed,
         "How many workers are delayed: a share (50 % of 25 workers are 12) or a count."},
    [KEY_DELAY_WHO] = {"cluster.delay.who", &value_choice, AT(cluster.delay.who), schema_word_who,
                       0, 0, "fixed", &holds_when_delayed,
                       "fixed: always the first workers. random: each gradient by chance, so that "
                       "on average this many are delayed."},
    [KEY_LATENCY] =
        {"cluster.network.latency", &value_law, AT(cluster.network.latency), NULL, 0, 0, "0 s",
         &holds_when_always,
         "The time of a message one way between a worker and the server, drawn for each push and "
         "each reply. For a reduction: the latency of the slowest link, drawn for each reduction."},
    [KEY_BANDWIDTH] = {"cluster.network.bandwidth", &value_bandwidth,
                       AT(cluster.network.bandwidth_bits_per_s), NULL, 1e3, 1e15, "unlimited",
                       &holds_when_always,
                       "A message takes its size divided by this, in addition to the latency."},
    [KEY_MESSAGE] = {"cluster.network.message", &value_message, AT(cluster.network.message_bytes),
                     NULL, 0, 1e12, "model", &holds_when_always,
                     "The size of a push, of a reply, or of a model that is averaged. model: 4 "
                     "bytes for each parameter."},
    [KEY_ALL_REDUCE] =
        {"cluster.network.all_reduce", &value_choice, AT(cluster.network.all_reduce),
         schema_word_all_reduce, 0, 0, "ring", &holds_when_averaging,
         "How m workers average models of n bytes over links of latency a and bandwidth b, those "
         "of the slowest link. ring: 2 (m-1) a + 2 (m-1)/m n/b. tree: 2 ceil(log2 m) (a + n/b). "
         "server: 2 a + 2 m n/b. none: the network has links to a parameter server alone."},
    [KEY_NETWORK_CLUSTER] =
        {"cluster.network.cluster_size", &value_int32, AT(cluster.network.cluster_size), NULL, 0,
         WORKERS_MAX, "0", &holds_when_averaging,
         "So many workers, neighbours in their numbers, are joined by the links "
         "above: a cluster. 0: all of them."},
    [KEY_INTER_LATENCY] = {"cluster.network.inter_latency", &value_law,
                           AT(cluster.network.inter_latency), NULL, 0, 0, "0 s", &holds_when_inter,
                           "The latency of links between clusters, drawn anew for each reduction."},
    [KEY_INTER_BANDWIDTH] = {"cluster.network.inter_bandwidth", &value_bandwidth,
                             AT(cluster.network.inter_bandwidth_bits_per_s), NULL, 1e3, 1e15,
                             "unlimited", &holds_when_inter,
                             "The bandwidth of links between clusters."},
    [KEY_RECEIVE] = {"cluster.server.receive", &value_law, AT(cluster.server.receive), NULL, 0, 0,
                     "0 s", &holds_when_served,
                     "The server serves one gradient at a time, first come, first served. This is "
                     "its time to receive one."},
    [KEY_UPDATE] = {"cluster.server.update", &value_law, AT(cluster.server.update), NULL, 0, 0,
                    "0 s", &holds_when_served,
                    "The server's time for one update of the parameters."},
    [KEY_REPLY] = {"cluster.server.reply", &value_law, AT(cluster.server.reply), NULL, 0, 0, "0 s",
                   &holds_when_served, "The server's time for one reply to one worker."},
    [KEY_START_UP] = {"cluster.start_up", &value_time, AT(cluster.start_up_ns), NULL, ANY_TIME,
                      "0 s", &holds_when_always, "The time before the first gradients begin."},
    [KEY_EVALUATION_EVERY] =
        {"evaluation.every", &value_time, AT(evaluation.every_ns), NULL, ANY_TIME, "1 s",
         &holds_when_computing,
         "Loss and accuracy are measured at 0, each time this much time has passed, and at the "
         "end. This takes no time of the cluster. 0 s: only at 0 and at the end."},
    [KEY_TEST_SAMPLES] = {"evaluation.test_samples", &value_int32, AT(evaluation.test_samples),
                          NULL, 0, 1e9, "10000", &holds_when_learning,
                          "Loss and accuracy are measured on the first so many samples of the test "
                          "set; 0: on none. If the set has fewer, all are used; but a number that "
                          "is written must not be larger than the set, except for `data: file`."},
    [KEY_TRAIN_SAMPLES] = {"evaluation.train_samples", &value_int32, AT(evaluation.train_samples),
                           NULL, 0, 1e9, "1000", &holds_when_learning,
                           "The same for the training set."},
    [KEY_LOG_EVENTS] = {"log.events", &value_bool, AT(log.events), NULL, 0, 0, "true",
                        &holds_when_always, "The log contains every event."},
    [KEY_LOG_SAMPLES] = {"log.samples", &value_bool, AT(log.samples), NULL, 0, 0, "false",
                         &holds_when_learning,
                         "The log contains the sample numbers of every minibatch."},
    [KEY_LOG_GRADIENTS] = {"log.gradients", &value_bool, AT(log.gradients), NULL, 0, 0, "false",
                           &holds_when_computing,
                           "The log contains every applied gradient itself: for short runs, to "
                           "compare desgd with other programs. This takes four bytes for each "
                           "parameter of each gradient, also in memory."},
    [KEY_TIES] = {"ties", &value_choice, AT(ties), schema_word_ties, 0, 0, "fifo",
                  &holds_when_always,
                  "Which of two events at the same nanosecond comes first: fifo, the one that was "
                  "scheduled first; random, by a draw from the seed."},
    [KEY_SEMANTICS] =
        {"semantics", &value_int32, AT(semantics), NULL, 1, 1e6, "1", &holds_when_always,
         "The version of the rules that turn a scenario into a run; this program knows 1 and 2. If "
         "it is left out, it is the lowest version under which the scenario gives the same bits. A "
         "scenario with a lower version, because one of its rules has changed since, can be read, "
         "but not run, replayed, resumed or forked."},
    [KEY_ARITHMETIC] = {"arithmetic", &value_choice, AT(arithmetic), schema_word_arithmetic, 0, 0,
                        "portable", &holds_when_learning,
                        "What computes the gradients. portable: desgd's own kernels, with the same "
                        "bits on every CPU. openblas: matrix products by OpenBLAS."},
    [KEY_PAST] =
        {"past", &value_past, AT(past), NULL, 0, 0, "none", &holds_when_forked,
         "The values that keys had before: until each of these moments the keys beside it had "
         "these values. `desgd run --from FILE.h5 --at TIME` writes it. All keys under training, "
         "policy and cluster may change except the batch, the workers and start_up."},
};
