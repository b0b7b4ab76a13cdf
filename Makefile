# SPDX-License-Identifier: GPL-3.0-or-later
# "make help" lists the targets. "make test" and "make demo" do everything on a fresh Debian 12
# machine: they install what is missing, fetch the data, build and run. New source files and tests
# are found by wildcard: nobody edits this file for them.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.SECONDARY:
.DEFAULT_GOAL := build

# Use all cores unless told otherwise (make -j1 is obeyed), or unless what is made is cleaned first.
ifeq ($(MAKELEVEL)$(filter clean,$(MAKECMDGOALS)),0)
MAKEFLAGS += -j$(shell nproc)
endif
AGAIN := $(MAKE) --no-print-directory
# make V=1 shows every command.
QUIET := $(if $(V),,@)

ifeq ($(origin CC),default)
CC := gcc
endif
# "0.1.0 2026-11-28": of the first version that CHANGELOG.md names, the one place where it stands.
RELEASE := $(shell sed -n 's/^.. \([0-9][0-9.]*\) (\(.*\))$$/\1 \2/p' CHANGELOG.md | head -n 1)
VERSION := $(word 1,$(RELEASE))
# A tarball of "make dist" brings its commit and the text of the licence along.
COMMIT = $(or $(shell cat .dist/commit 2>/dev/null),$(shell git describe --always --dirty 2>/dev/null),unknown)
LICENCE_TEXT := $(firstword $(wildcard COPYING /usr/share/common-licenses/GPL-3))
PREFIX ?= /usr/local
DESTDIR ?=

# ---- What Debian provides ----

BUILD_PACKAGES := gcc make pkg-config libgsl-dev libopenblas-pthread-dev libhdf5-dev libfyaml-dev \
    librandom123-dev libxxhash-dev libjansson-dev libseccomp-dev zlib1g-dev libisal-dev
DEMO_PACKAGES := gnuplot-nox
# Any node will do: where there is one, whoever put it there, Debian's is not installed beside it.
LESSONS_PACKAGES := python3-markdown-it
PAGE_PACKAGES := $(LESSONS_PACKAGES) chromium $(if $(shell command -v node),,nodejs) python3-h5py
TEST_PACKAGES := $(DEMO_PACKAGES) git libcmocka-dev hdf5-tools valgrind python3-h5py python3-xxhash python3-yaml strace clang \
    libclang-rt-dev lld dpkg-dev parallel mandoc zsh python3-matplotlib python3-xarray python3-h5netcdf \
    $(PAGE_PACKAGES)
SLURM_PACKAGES := slurm-wlm munge
TORCH_PACKAGES := python3-torch python3-h5py
PEERS_PACKAGES := $(TORCH_PACKAGES) libdnnl-dev
ENGINES_PACKAGES := g++ libns3-dev libsimgrid-dev
TIDY_PACKAGES := libcmocka-dev clang-format clang-tidy
# What fetching needs, when a set has to be fetched (models/data/fetch.sh).
NPM_PACKAGES := npm
PNG_PACKAGES := libpng-dev
LIBRARIES := openblas gsl hdf5 libfyaml libxxhash jansson libseccomp zlib libisal

# OpenBLAS is loaded by the runs that need it, and Debian lets the administrator choose which one
# "openblas" means. Only the pthread build is safe here (the serial one breaks under threads, the
# OpenMP one ignores our thread count), so it is named by its folder, for the compiler and, through
# the rpath, for the loader.
MULTIARCH := $(shell gcc -print-multiarch 2>/dev/null)
OPENBLAS_FOLDER := /usr/lib/$(MULTIARCH)/openblas-pthread
PKG_CONFIG := PKG_CONFIG_PATH=$(OPENBLAS_FOLDER)/pkgconfig pkg-config

# ---- Flags ----

# System headers through -isystem: their warnings are not ours to mend.
LIBRARY_CFLAGS := $(patsubst -I%,-isystem %,$(shell $(PKG_CONFIG) --cflags $(LIBRARIES) 2>/dev/null))
# Debian's shared HDF5 can read from the network and so loads libcurl and 25 libraries more, which
# takes four times as long as a small run: the archive beside it leaves that out.
HDF5 := $(or $(wildcard $(patsubst -L%,%/libhdf5.a,$(shell $(PKG_CONFIG) --libs-only-L hdf5 2>/dev/null))),-lhdf5)
LDLIBS := $(patsubst -lhdf5,$(HDF5),$(filter-out -lopenblas,$(shell $(PKG_CONFIG) --libs $(LIBRARIES) 2>/dev/null))) \
    $(if $(filter %.a,$(HDF5)),-lsz -lz -ldl) -lpthread -lm
LDFLAGS := -Wl,-rpath,$(OPENBLAS_FOLDER)

# No contraction by the compiler's own choice, no -ffast-math: the same source gives the same bits.
CFLAGS := -std=c17 -O2 -g -ffp-contract=off -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes \
    -Wmissing-prototypes -Wdouble-promotion -Wvla -Werror
ifneq ($(findstring clang,$(CC)),)
CFLAGS += -Wno-double-promotion # clang means NAN and INFINITY, too, which C makes floats
endif
CPPFLAGS := -D_GNU_SOURCE -I. $(LIBRARY_CFLAGS) -MMD -MP

# The rooms that an event passes through are compiled once more when the program is linked, all
# together: what one calls in another is inlined there, for which -O2 has too narrow bounds. Tests
# are linked without.
TOGETHER_ROOMS := base engine cluster training simulation
ifeq ($(findstring clang,$(CC)),) # which keeps no objects that are linked either way
TOGETHER := -O3 -flto -ffat-lto-objects
PROGRAM_release := -flto=auto -O3 -g -ffp-contract=off
endif

# One folder of objects per configuration, so that flags never mix.
CONFIGURATIONS := release double asan asan-double tsan fuzz coverage
# What a sanitizer prints needs functions and lines, not variables: without these (-g1) gcc takes half
# the time for the kernels.
ASAN := -g1 -fsanitize=address -fsanitize=undefined -fno-omit-frame-pointer -fno-sanitize-recover=all
FLAGS_release :=
FLAGS_double := -DDESGD_REAL_DOUBLE
FLAGS_asan := $(ASAN)
FLAGS_asan-double := $(ASAN) -DDESGD_REAL_DOUBLE
# Functions are not cloned for CPUs under ThreadSanitizer: gcc instruments the choice between the
# clones, which the loader makes before the sanitizer is there. The bits are the same.
FLAGS_tsan := -g1 -fsanitize=thread -fno-omit-frame-pointer
# libFuzzer is clang's. (gcc has warned already; clang does not say so by a macro that it sanitizes.)
CC_fuzz := clang
FLAGS_fuzz := -fsanitize=fuzzer-no-link $(ASAN) -D__SANITIZE_ADDRESS__=1 -w
# Of the branches as they are written: with little made of them. Children write their counts, too.
FLAGS_coverage := -O1 -fno-inline -Wno-error --coverage -fprofile-update=atomic
CHILDREN := build/obj/coverage/tests/coverage/children.o
OBJECTS_coverage := $(CHILDREN)
LINK_coverage := -Wl,--wrap=_exit,--wrap=_Exit,--wrap=seccomp_load
compiler_of = $(or $(CC_$(1)),$(CC))

# ---- Sources ----

LIBRARY_SOURCES := $(filter-out sim/cli/main.c,$(wildcard sim/*/*.c models/*.c models/*/*.c))
# In double there are only the layers and what they stand on.
LAYER_SOURCES := $(filter sim/base/% models/%,$(LIBRARY_SOURCES))
sources_of = $(if $(findstring double,$(1)),$(LAYER_SOURCES),$(LIBRARY_SOURCES))
SUPPORT_SOURCES := $(wildcard tests/support/*.c)
TOOL_SOURCES := $(wildcard models/data/tools/*.c)
FORMATTED := $(wildcard sim/*/*.[ch] models/*.[ch] models/*/*.[ch] tests/*/*.[ch]) $(TOOL_SOURCES)

TEST_KINDS := unit trace property determinism gradient fuzz cli
TESTS := $(patsubst %.c,%,$(wildcard $(TEST_KINDS:%=tests/%/test_*.c)))
# Gradients are checked by differences in double, except where a test says that it is about float.
DOUBLE_TESTS := $(filter-out tests/gradient/test_gradient_float_%,$(filter tests/gradient/%,$(TESTS)))
FLOAT_TESTS := $(filter-out $(DOUBLE_TESTS),$(TESTS))
# What runs threads: the pool, all that simulates with it, and the program itself; a gradient alone is
# computed by the thread that asks for it.
# The commands of documents and lessons run as they are, which is what they test; the sanitizers have the
# same program under the other tests.
SANITIZED_TESTS := $(filter-out tests/cli/test_documents tests/cli/test_lessons,$(TESTS))
TSAN_TESTS := $(filter tests/determinism/% tests/cli/% $(foreach word,executor simulation replay thread,\
    tests/unit/test_$(word)% tests/property/test_property_$(word)%),\
    $(filter-out tests/determinism/test_gradient_bits,$(SANITIZED_TESTS)))

TEST_PROGRAMS := $(FLOAT_TESTS:%=build/obj/release/%) $(DOUBLE_TESTS:%=build/obj/double/%)
ASAN_PROGRAMS := $(patsubst %,build/obj/asan/%,$(filter $(SANITIZED_TESTS),$(FLOAT_TESTS))) $(DOUBLE_TESTS:%=build/obj/asan-double/%)
LONG_PROGRAMS := $(patsubst %.c,build/obj/release/%,$(wildcard tests/long/test_*.c))
TIDY_PROGRAMS := $(patsubst %.c,build/obj/release/%,$(wildcard tests/tidy/test_*.c))
TSAN_PROGRAMS := $(TSAN_TESTS:%=build/obj/tsan/%)

# Sanitizers make a test take five times as long and more.
SANITIZED_RUN := TEST_JOBS=$$(nproc) TEST_SECONDS=3000 tests/run.sh

# ---- The commands ----

## build: the program build/desgd (this is what plain "make" does)
.PHONY: build
build: build/desgd

build/desgd: build/obj/release/desgd
	@ln -f $< $@

## test: install what is missing, fetch the data, build, and run every test
.PHONY: test
test: deps-test
	+@$(AGAIN) data build
	+@$(AGAIN) run-tests
	+@$(AGAIN) valgrind
	+@$(AGAIN) run-crash
	@tests/slurm/parallel.sh build/desgd
	+@$(AGAIN) run-page

# Where the data are that "make data" sees to; $DESGD_DATA is a place where it finds some.
HERE := DESGD_DATA=data

## demo: the smooth switch on MNIST: five rounds of sync, async and hybrid; a table, a page, two pictures
.PHONY: demo
demo: deps-demo
	+@$(AGAIN) data-mnist build
	$(HERE) build/desgd sweep scenarios/demo_sweep.yaml -o results/demo
	build/desgd compare results/demo --baseline policy.name=async
	plots/demo.sh

# Studies: scenarios/studies/NAME asks, results/NAME answers. "make study-NAME" makes as many rounds as
# the study's sweep says, or ROUNDS; called again, it does what is missing.
STUDIES := mnist_table cifar_table random_batch random_step random_delay hier_avg hpsgd
ROUNDS :=
# The data sets of each that has some.
DATA_OF_mnist_table := mnist
DATA_OF_cifar_table := cifar10
DATA_OF_hier_avg := mnist
DATA_OF_hpsgd := mnist

## studies: the seven studies at five rounds, tables in results/ (study-NAME: one of them in full)
.PHONY: studies $(STUDIES:%=study-%)
studies: deps
	+@$(AGAIN) $(sort $(foreach study,$(STUDIES),$(DATA_OF_$(study):%=data-%))) build
	@for study in $(STUDIES); do $(HERE) scenarios/studies/run.sh $$study 5; done

$(STUDIES:%=study-%): study-%: deps
	+@$(AGAIN) $(DATA_OF_$*:%=data-%) build
	$(HERE) scenarios/studies/run.sh $* $(ROUNDS)

.PHONY: run-tests
run-tests: build/desgd $(TEST_PROGRAMS)
	@tests/harness.sh
	@DESGD=build/desgd TEST_JOBS=$$(nproc) TEST_SECONDS=1800 tests/run.sh $(TEST_PROGRAMS) $(ORACLE)

# The second engine, in Python: written from the documents alone, it takes from a log what was drawn.
ORACLE := tests/oracle/test_oracle.py

## oracle: N (500) random scenarios and all of scenarios/ by the program and by the second engine
.PHONY: oracle run-oracle
oracle: deps-test
	+@$(AGAIN) data build
	+@$(AGAIN) run-oracle
run-oracle: build/desgd
	@DESGD=build/desgd ORACLE_SCENARIOS=$(or $(N),500) TEST_SECONDS=7200 tests/run.sh $(ORACLE)

## valgrind: one timing-only and one tiny training run without a memory error or a leak
.PHONY: valgrind
valgrind: build/desgd
	@tests/valgrind.sh build/desgd

## test-crash: every crash point and fault of a run's files (some minutes), and 200 rounds of kill -9
.PHONY: test-crash
test-crash: deps-test
	+@$(AGAIN) data build
	+@$(AGAIN) run-crash CRASH_POINTS=1 CRASH_KILLS=200

# "make test" takes every seventeenth point.
CRASH_POINTS ?= 17
CRASH_KILLS ?= 20
.PHONY: run-crash
run-crash: build/desgd
	@tests/crash/points.sh $< $(CRASH_POINTS)
	@tests/crash/kills.sh $< $(CRASH_KILLS)
	@tests/crash/sweep_kills.sh $< $(CRASH_KILLS)

## test-long: the tests that take too long for every change (tests/long), then test-crash
.PHONY: test-long run-long
test-long: deps-test
	+@$(AGAIN) data build
	+@$(AGAIN) run-long run-oracle
	+@$(AGAIN) test-lessons
	+@$(AGAIN) test-crash

# The timeline of a long run within its bounds, which "make test" doubles, and of a very long one.
TIMELINE_SPEED = tests/page/run.sh build/desgd build/viewer.html tests/page/test_timeline_speed.mjs
run-long: build/desgd $(LONG_PROGRAMS) build/viewer.html
	@PAGE_SLOWER=1 $(TIMELINE_SPEED)
	@PAGE_GRADIENTS=2000000 $(TIMELINE_SPEED)
	@DESGD=build/desgd TEST_SECONDS=7200 tests/run.sh $(LONG_PROGRAMS)

# What a sanitizer finds is our own crash, 70: its own statuses mean something else here (1: an answer,
# 66: no input, after which a sweep does the run again).

## asan: all tests under AddressSanitizer and UndefinedBehaviorSanitizer
.PHONY: asan
asan: deps-test
	+@$(AGAIN) data
	+@$(AGAIN) run-asan

.PHONY: run-asan
run-asan: build/obj/asan/desgd $(ASAN_PROGRAMS)
	@DESGD=build/obj/asan/desgd ASAN_OPTIONS=exitcode=70:allocator_may_return_null=1:strict_string_checks=1 \
	    UBSAN_OPTIONS=print_stacktrace=1 $(SANITIZED_RUN) $(ASAN_PROGRAMS)

## tsan: the tests with threads under ThreadSanitizer
.PHONY: tsan
tsan: deps-test
	+@$(AGAIN) data
	+@$(AGAIN) run-tsan

.PHONY: run-tsan
run-tsan: build/obj/tsan/desgd $(TSAN_PROGRAMS)
	@DESGD=build/obj/tsan/desgd TSAN_OPTIONS=exitcode=70:halt_on_error=1:allocator_may_return_null=1 \
	    $(SANITIZED_RUN) $(TSAN_PROGRAMS)

## test-page: the pages of report and viewer, in node and in a browser without a network
.PHONY: test-page run-page
test-page: deps-page
	+@$(AGAIN) run-page
run-page: build/desgd build/viewer.html
	@tests/page/run.sh $^

## test-slurm: install Slurm, start it on this machine alone, and sweep with a job array (as root)
.PHONY: test-slurm
test-slurm: deps-slurm
	+@$(AGAIN) build
	tests/slurm/run.sh build/desgd

## test-torch: install PyTorch (Debian's python3-torch) and hold short runs against it
.PHONY: test-torch
test-torch: deps-torch
	+@$(AGAIN) data-mnist data-cifar10 build
	tests/torch/run.sh build/desgd data

## bench: the speed on this machine
.PHONY: bench
bench: build/desgd
	build/desgd bench

## bench-peers: the same work by desgd, PyTorch and (layer by layer) oneDNN, in turn on the same cores
.PHONY: bench-peers bench-layers
bench-peers: deps-peers
	+@$(AGAIN) data-mnist data-cifar10 build
	/usr/bin/python3 -B tests/bench/peers.py build/desgd data
	+@$(AGAIN) bench-layers
bench-layers: build/obj/release/tests/bench/layer_peers
	@for isa in avx2 $$(grep -qw avx512f /proc/cpuinfo && echo avx512); do $< $$isa; done

## bench-engines: events of one star by desgd, ns-3's core, a plain heap and SimGrid, in turn
.PHONY: bench-engines
ENGINES := $(addprefix build/bench/star_,heap ns3 simgrid)
bench-engines: deps-engines
	+@$(AGAIN) build $(ENGINES)
	tests/bench/engines.py build/desgd build/bench

## bench-results: measure all of it and write this processor's chapter of results/bench.md (15 minutes, on a quiet machine)
.PHONY: bench-results
bench-results: deps-peers deps-engines
	+@$(AGAIN) data-mnist data-cifar10 build $(ENGINES) build/obj/release/tests/bench/layer_peers
	tests/bench/results.sh build/desgd data results/bench.md >build/bench.md
	mv build/bench.md results/bench.md

## mutants: small wrong changes to the source, each against the tests that should see it (MUTANTS=ID...: some)
.PHONY: mutants run-mutants
MUTANTS :=
MUTANT_TESTS = $(shell cut -s -f 5 tests/mutants/mutants.tsv | tr ' ' '\n' | grep ^tests/ | sort -u)
mutants: deps-test
	+@$(AGAIN) data build
	+@$(AGAIN) run-mutants
run-mutants: build/desgd $(MUTANT_TESTS:%=build/obj/release/%.o) build/obj/release/libsupport.a
	@CC='$(CC)' CFLAGS='$(CFLAGS) $(filter-out -MMD -MP,$(CPPFLAGS))' LDFLAGS='$(LDFLAGS)' LDLIBS='$(LDLIBS)' \
	    tests/mutants/mutants.py $(MUTANTS)

## coverage: the share of the branches that the tests take, by folder, and the least covered files
.PHONY: coverage run-coverage
COVERED_TESTS := $(filter-out tests/cli/test_documents tests/cli/test_lessons tests/fuzz/%,$(FLOAT_TESTS))
coverage: deps-test
	+@$(AGAIN) data
	+@$(AGAIN) run-coverage
run-coverage: build/obj/coverage/desgd $(COVERED_TESTS:%=build/obj/coverage/%)
	@find build/obj/coverage -name '*.gcda' -delete
	@DESGD=$< $(SANITIZED_RUN) $(filter-out $<,$^) || echo "coverage: of the tests that passed"
	@tests/coverage/coverage.py build/obj/coverage

## swarm: N random scenarios (5,000) of SEED (1) under every rule; what breaks one is made small, in build/swarm
.PHONY: swarm
SEED ?= 1
swarm: build/obj/release/tests/swarm/swarm
	@$< $(or $(N),5000) $(SEED) build/swarm

## fuzz: every fuzzer of tests/fuzz for FUZZ_SECONDS (600), one on each core; FUZZ_TARGETS names some
.PHONY: fuzz
fuzz: deps-test
	+@$(AGAIN) run-fuzz

.PHONY: run-fuzz
run-fuzz: build/fuzz/fuzz
	@tests/fuzz/run.sh $< $(FUZZ_SECONDS) $(FUZZ_TARGETS)

## tidy: layout, include directions, the measures of the house and their bounds, clang-tidy
.PHONY: tidy
tidy: deps-tidy
	+@$(AGAIN) run-tidy

.PHONY: run-tidy
run-tidy: $(TIDY_PROGRAMS)
	@fine=yes; \
	unformatted=$$(clang-format --dry-run $(FORMATTED) 2>&1 | sed -n 's/^\([^: ]*\):[0-9].*/\1/p' | sort -u); \
	[ -z "$$unformatted" ] || { echo "clang-format: 'make format' mends" $$unformatted; fine=; }; \
	tests/run.sh $(TIDY_PROGRAMS) || fine=; \
	printf '%s\n' $(LIBRARY_SOURCES) sim/cli/main.c | xargs -P $$(nproc) -I {} clang-tidy --quiet {} -- \
	    $(filter-out -MMD -MP,$(CPPFLAGS)) -std=c17 '-DDESGD_DATA_DIR=""' '-DDESGD_VERSION=""' '-DDESGD_COMMIT=""' '-DDESGD_DATE=""' \
	    2> >(grep -v 'warnings\? generated' >&2) || fine=; \
	[ -n "$$fine" ]
	@echo "tidy: $(words $(FORMATTED)) files are laid out, and $(words $(LIBRARY_SOURCES)) analysed, without a finding"

## format: lay out every source file with clang-format
.PHONY: format
format:
	clang-format -i $(FORMATTED)

## cli-accept: take what the command-line cases print now as what they must print
.PHONY: cli-accept
cli-accept: build/desgd build/obj/release/tests/cli/test_cli
	DESGD=build/desgd DESGD_CLI_ACCEPT=1 build/obj/release/tests/cli/test_cli

## viewer: build/viewer.html, a page that shows any log dropped into it, without a network
.PHONY: viewer
viewer: build/viewer.html

## lessons: build/lessons, the lessons as a site without a network (LESSON=FOLDER: and one of your own)
LESSON :=
LESSONS := plots/lessons/site.py build/desgd build/viewer.html build/page/lesson.css build/page/lesson.js build/lessons
.PHONY: lessons run-lessons
lessons: deps-lessons
	+@$(AGAIN) data-mnist
	+@$(AGAIN) run-lessons
## test-lessons: make the lessons' site and go through each lesson in a browser without a network
.PHONY: test-lessons
test-lessons: deps-page
	+@$(AGAIN) lessons
	@$(PAGE)/fetch.sh axe-core playwright-core
	@TEST_SECONDS=1800 tests/run.sh tests/long/test_lessons_site.mjs
run-lessons: build/desgd build/viewer.html build/page/lesson.css build/page/lesson.js
	DESGD_DATA=$(CURDIR)/data /usr/bin/python3 -B $(LESSONS) $(LESSON)
	@echo build/lessons/index.html

## docs: the tables of scenarios/README.md and results/SCHEMA.md, from the program's own
.PHONY: docs
docs: build/desgd
	for page in scenarios/README.md results/SCHEMA.md; do \
	    awk -v desgd=build/desgd -f scenarios/tables.awk $$page >build/reference; mv build/reference $$page; \
	done

## validation: every closed form against the simulator, into results/validation.md (two minutes)
.PHONY: validation
validation: build/desgd
	sed '/<!-- table -->/q' results/validation.md >build/validation.md
	build/desgd validate --markdown >>build/validation.md
	mv build/validation.md results/validation.md

## data: see to it that MNIST, Fashion-MNIST and CIFAR-10 are in data/ and whole (data-mnist: this one)
DATA_SETS := mnist fashion_mnist cifar10
.PHONY: data $(DATA_SETS:%=data-%)
data:
	+@models/data/fetch.sh data $(DATA_SETS)
$(DATA_SETS:%=data-%): data-%:
	+@models/data/fetch.sh data $*

## deps: install the Debian packages that building needs (nothing when they are there)
.PHONY: deps
deps:
	@$(call install_missing,$(BUILD_PACKAGES))
# Building and what one target more needs.
OTHER_DEPS := demo lessons test page torch peers engines slurm tidy png
.PHONY: $(OTHER_DEPS:%=deps-%) deps-npm
$(OTHER_DEPS:%=deps-%): deps-%:
	@$(call install_missing,$(BUILD_PACKAGES) $($(shell echo $* | tr a-z A-Z)_PACKAGES))
deps-npm:
	@$(call install_missing,$(NPM_PACKAGES))

## install: program, viewer, manual pages, completion, scenarios and data below DESTDIR/PREFIX
SHARE = $(DESTDIR)$(PREFIX)/share
DATA_FOLDER := data
DOCUMENTS := LICENSE README.md CHANGELOG.md CITATION.cff
# The files below a folder of the tree that go to share/desgd.
files_below = $(shell cd $(1) 2>/dev/null && find -L . -type f ! -path '*/.*' -printf '%P\n')
.PHONY: install
install: build/obj/release/desgd-installed pages build/viewer.html
	install -D build/obj/release/desgd-installed $(DESTDIR)$(PREFIX)/bin/desgd
	install -D -m 644 -t $(SHARE)/man/man1 build/pages/*.1
	install -D -m 644 build/pages/bash $(SHARE)/bash-completion/completions/desgd
	install -D -m 644 build/pages/zsh $(SHARE)/zsh/site-functions/_desgd
	install -D -m 644 -t $(SHARE)/doc/desgd $(DOCUMENTS)
	install -D -m 644 -t $(SHARE)/desgd build/viewer.html
	$(if $(LICENCE_TEXT),install -m 644 $(LICENCE_TEXT) $(SHARE)/doc/desgd/COPYING)
	@for file in $(call files_below,scenarios); do install -D -m 644 scenarios/$$file $(SHARE)/desgd/scenarios/$$file; done
	@for file in $(call files_below,$(DATA_FOLDER)); do install -D -m 644 $(DATA_FOLDER)/$$file $(SHARE)/desgd/data/$$file; done

## uninstall: remove what "make install" put there, and no other file
.PHONY: uninstall
uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/desgd $(SHARE)/desgd/viewer.html $(SHARE)/man/man1/desgd.1 $(SHARE)/man/man1/desgd-*.1 \
	    $(SHARE)/bash-completion/completions/desgd $(SHARE)/zsh/site-functions/_desgd
	@for file in $(call files_below,scenarios); do rm -f $(SHARE)/desgd/scenarios/$$file; done
	@for file in $(call files_below,$(DATA_FOLDER)); do rm -f $(SHARE)/desgd/data/$$file; done
	rm -f $(addprefix $(SHARE)/doc/desgd/,$(DOCUMENTS) COPYING)
	@for folder in desgd doc/desgd; do [ ! -d $(SHARE)/$$folder ] || \
	    find $(SHARE)/$$folder -depth -type d -empty -delete; done

# The manual pages and the completion of two shells, from the program's own tables.
.PHONY: pages
pages: build/desgd
	@mkdir -p build/pages
	@build/desgd list --man >build/pages/desgd.1
	@for name in $$(build/desgd list commands | sed 's/ .*//'); do \
	    build/desgd list --man=$$name >build/pages/desgd-$$name.1; done
	@for shell in bash zsh; do build/desgd list --completion=$$shell >build/pages/$$shell; done

## dist: build/desgd-VERSION.tar.gz of the last commit; of one commit always the same bytes
DIST := desgd-$(VERSION)
.PHONY: dist
dist:
	@[ -n "$(LICENCE_TEXT)" ] || { echo "dist: /usr/share/common-licenses/GPL-3 is missing" >&2; exit 1; }
	@git diff --quiet HEAD || echo "dist: changes that are not committed are left out" >&2
	@$(PAGE)/fetch.sh uplot h5wasm
	@mkdir -p build/dist
	@git rev-parse --short=12 HEAD >build/dist/commit
	@cp $(LICENCE_TEXT) build/dist/COPYING
	@git -c tar.umask=0022 archive --prefix=$(DIST)/.dist/ --add-file=build/dist/commit \
	    --prefix=$(DIST)/.dist/npm/ --add-file=$(UPLOT).tgz --add-file=$(H5WASM).tgz \
	    --prefix=$(DIST)/ --add-file=build/dist/COPYING HEAD | gzip -9 -n >build/dist/tar.gz
	@mv build/dist/tar.gz build/$(DIST).tar.gz
	@echo build/$(DIST).tar.gz

## clean: remove what was built (not the data, the results, or npm's packages in build/npm)
.PHONY: clean
clean:
	rm -rf $(filter-out build/npm,$(wildcard build/*))

## help: this list
.PHONY: help
help:
	@sed -n 's/^## \([a-z-]*\): /\1\t/p' Makefile | expand -t 12

# ---- Rules ----

# $(call install_missing,PACKAGES): silent and fast when there is nothing to do. One at a time on this
# machine, by a lock on dpkg's folder that nothing which an installation starts inherits: apt-get would
# fail beside another, and the second one then misses only what the first did not install.
define install_missing
command -v dpkg-query >/dev/null || { echo "deps: not a Debian system: please see to these: $(1)"; exit 0; }; \
exec 9</var/lib/dpkg; flock 9; \
missing=$$(comm -23 <(printf '%s\n' $(1) | sort) \
    <(dpkg-query -W -f='$${db:Status-Abbrev} $${Package}\n' $(1) 2>/dev/null | sed -n 's/^ii *//p' | sort)); \
[ -z "$$missing" ] && exit 0; \
sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
[ -z "$$sudo" ] || command -v sudo >/dev/null || { echo "deps: please install as root:" $$missing >&2; exit 1; }; \
echo "deps: installing" $$missing; \
$$sudo apt-get update -q 9<&- && \
$$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends \
    -o DPkg::Lock::Timeout=600 $$missing 9<&-
endef

# $(call write_if_changed,TEXT,FILE): so that what depends on FILE is made again only then.
write_if_changed = mkdir -p $(dir $(2)); printf '%s\n' '$(1)' | cmp -s - $(2) || printf '%s\n' '$(1)' >$(2)

.PHONY: always
build/version: always
	@$(call write_if_changed,$(VERSION) $(COMMIT) $(word 2,$(RELEASE)),$@)
build/sources: always
	@$(call write_if_changed,$(LIBRARY_SOURCES) $(SUPPORT_SOURCES),$@)

define rules_of_configuration
build/obj/$(1)/flags: always
	@$(PKG_CONFIG) --exists $(LIBRARIES) && [ -e $(OPENBLAS_FOLDER)/libopenblas.so ] || \
	    { echo "libraries are missing: 'make deps' installs them" >&2; exit 1; }
	@$$(call write_if_changed,$(CURDIR): $(call compiler_of,$(1)) $(CFLAGS) $(CPPFLAGS) $(FLAGS_$(1)) $(TOGETHER),$$@)

build/obj/$(1)/%.o: %.c build/obj/$(1)/flags
	@mkdir -p $$(@D)
	@echo "compile $$< ($(1))"
	$(QUIET)$(call compiler_of,$(1)) $(CFLAGS) $(FLAGS_$(1)) $$(ROOM_FLAGS) $$(CPPFLAGS) $$(DEFINES) -c -o $$@ $$<

build/obj/$(1)/sim/run/data_folder.o: DEFINES = -DDESGD_DATA_DIR='"$(CURDIR)/data"'
build/obj/$(1)/sim/run/build_info.o: DEFINES = -DDESGD_VERSION='"$$(word 1,$$(file <build/version))"' \
    -DDESGD_COMMIT='"$$(word 2,$$(file <build/version))"' -DDESGD_DATE='"$$(word 3,$$(file <build/version))"'
build/obj/$(1)/sim/run/build_info.o: build/version

# It has the page inside.
build/obj/$(1)/sim/report/page_shell.o: build/page/report.html

build/obj/$(1)/libdesgd.a: $(patsubst %.c,build/obj/$(1)/%.o,$(call sources_of,$(1))) build/sources
build/obj/$(1)/libsupport.a: $(SUPPORT_SOURCES:%.c=build/obj/$(1)/%.o) build/sources
build/obj/$(1)/libdesgd.a build/obj/$(1)/libsupport.a:
	@mkdir -p $$(@D) && rm -f $$@
	$(QUIET)$(AR) rcs $$@ $$(filter %.o,$$^)

build/obj/$(1)/desgd: build/obj/$(1)/sim/cli/main.o build/obj/$(1)/libdesgd.a $(OBJECTS_$(1))
	$(QUIET)$(call compiler_of,$(1)) $(FLAGS_$(1)) $(LINK_$(1)) $(PROGRAM_$(1)) $(LDFLAGS) -o $$@ $$(filter %.o %.a,$$^) $$(LDLIBS)

build/obj/$(1)/tests/%: build/obj/$(1)/tests/%.o build/obj/$(1)/libsupport.a build/obj/$(1)/libdesgd.a $(OBJECTS_$(1))
	$(QUIET)$(call compiler_of,$(1)) $(FLAGS_$(1)) $(LINK_$(1)) -fno-lto -fuse-ld=lld $(LDFLAGS) -o $$@ $$(filter %.o %.a,$$^) $$(LDLIBS) -lcmocka

build/obj/$(1)/tests/cli/test_cli: | build/obj/$(1)/tests/cli/followed_run
endef
$(foreach configuration,$(CONFIGURATIONS),$(eval $(call rules_of_configuration,$(configuration))))

$(TOGETHER_ROOMS:%=build/obj/release/sim/%/%.o): ROOM_FLAGS := $(TOGETHER)

# The star of bench-engines, by other engines.
build/bench/star_heap: tests/bench/star_heap.c tests/bench/star.h
	@mkdir -p $(@D)
	$(QUIET)$(CC) -std=c17 -O2 -I. -o $@ $< -lm
build/bench/star_ns3: PEER := ns3-core
build/bench/star_simgrid: PEER := simgrid
build/bench/star_ns3 build/bench/star_simgrid: build/bench/%: tests/bench/%.cc tests/bench/star.h
	@mkdir -p $(@D)
	$(QUIET)g++ -std=c++17 -O2 -I. -o $@ $< $$(pkg-config --cflags --libs $(PEER))

# Layers by desgd and by oneDNN, for bench-peers.
build/obj/release/tests/bench/layer_peers: $(patsubst %,build/obj/release/tests/bench/%.o,layer_peers onednn_layer) \
    build/obj/release/libdesgd.a
	$(QUIET)$(CC) -fno-lto $(LDFLAGS) -o $@ $^ $(LDLIBS) -ldnnl -lgomp

# The kernels meet no stranger, and clang takes minutes to instrument them.
build/obj/fuzz/models/kernels/%.o: DEFINES = -fno-sanitize=all -O1

# The fuzzers. The YAML library is built from its source, so that libFuzzer sees where in it an input
# leads and the sanitizer what it touches.
FUZZ_SECONDS ?= 600
FUZZ_TARGETS :=
build/fuzz/libfyaml.a: tests/fuzz/fetch_libfyaml.sh
	tests/fuzz/fetch_libfyaml.sh build/fuzz
	@rm -f $@ && mkdir -p build/fuzz/objects
	@cd build/fuzz/objects && printf '%s\0' ../libfyaml-*/src/lib/*.c ../libfyaml-*/src/xxhash/*.c | \
	    xargs -0 -P $$(nproc) -n 4 clang -O2 -g -w -fsanitize=fuzzer-no-link,address -D_GNU_SOURCE -DNDEBUG \
	    -DHAVE_QSORT_R=1 '-DVERSION="0.7.12"' -I../libfyaml-0.7.12/include -I../libfyaml-0.7.12/src/lib \
	    -I../libfyaml-0.7.12/src/xxhash -c
	@$(AR) rcs $@ build/fuzz/objects/*.o

build/fuzz/fuzz: build/obj/fuzz/tests/fuzz/fuzz_main.o build/obj/fuzz/libsupport.a build/obj/fuzz/libdesgd.a \
    build/fuzz/libfyaml.a
	$(QUIET)clang -fsanitize=fuzzer $(ASAN) $(LDFLAGS) -Wl,--wrap=_Exit -o $@ $^ \
	    $(filter-out -lfyaml,$(LDLIBS)) -lcmocka

# The page: modules in one script, style, uPlot with its licence, and a policy with their hashes. A
# report's is inside the program (sim/report/page_shell.c), the viewer's is a file.
PAGE := plots/page
npm_package = build/npm/$(1)-$(shell awk '$$1 == "$(1)" { print $$2 }' $(PAGE)/packages.tsv)
UPLOT := $(call npm_package,uplot)
H5WASM := $(call npm_package,h5wasm)

build/npm/%/package.json:
	@$(PAGE)/fetch.sh $*

build/page/script.js: $(wildcard $(PAGE)/*.js) $(PAGE)/bundle.sh
	@mkdir -p $(@D)
	$(QUIET)$(PAGE)/bundle.sh $(PAGE)/main.js >$@
build/page/lesson.js: $(PAGE)/lesson_page.js $(PAGE)/dom.js $(PAGE)/bundle.sh
	@mkdir -p $(@D)
	$(QUIET)$(PAGE)/bundle.sh $< >$@
build/page/lesson.css: $(PAGE)/page.css $(PAGE)/lesson_page.css
	@mkdir -p $(@D)
	$(QUIET)cat $^ >$@
build/page/style.css: $(PAGE)/page.css $(UPLOT)/package.json
	@mkdir -p $(@D)
	$(QUIET)cat $(UPLOT)/dist/uPlot.min.css $(PAGE)/page.css >$@
build/page/library.js: $(PAGE)/uplot_locale.js $(UPLOT)/package.json
	@mkdir -p $(@D)
	$(QUIET){ cat $(PAGE)/uplot_locale.js; printf '/*\n'; cat $(UPLOT)/LICENSE; printf '\n*/\n'; \
	    cat $(UPLOT)/dist/uPlot.iife.min.js; } >$@

PAGE_PARTS := $(PAGE)/page.html build/page/style.css build/page/library.js build/page/script.js
build/page/report.html: $(PAGE_PARTS) $(PAGE)/assemble.sh
	$(QUIET)$(PAGE)/assemble.sh $(PAGE_PARTS) >$@
build/viewer.html: $(PAGE_PARTS) $(H5WASM)/package.json $(PAGE)/assemble.sh
	$(QUIET)$(PAGE)/assemble.sh $(PAGE_PARTS) $(H5WASM)/dist/iife/h5wasm.js $(H5WASM)/LICENSE.txt >$@

# What turns fetched data into a set's own format; from its sources, since the program may be under way.
build/tools/%: models/data/tools/%.c sim/base/memory.c sim/base/check.c
	@mkdir -p $(@D)
	$(QUIET)$(CC) $(CFLAGS) $(filter-out -MMD -MP,$(CPPFLAGS)) -o $@ $^ -lpng -ljansson

# The installed program looks for its data where "make install" puts them.
build/obj/release/desgd-installed: build/obj/release/sim/cli/main.o build/obj/release/libdesgd.a always
	$(CC) $(CFLAGS) $(CPPFLAGS) -DDESGD_DATA_DIR='"$(PREFIX)/share/desgd/data"' -c \
	    -o build/obj/release/data_folder_installed.o sim/run/data_folder.c
	$(CC) $(PROGRAM_release) $(LDFLAGS) -o $@ build/obj/release/data_folder_installed.o $(filter %.o %.a,$^) $(LDLIBS)

-include $(shell find build -name '*.d' 2>/dev/null)
