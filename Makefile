# kcdaudit: `make demo` shows it, `make check` proves it.
#
#   make                 build/kcdaudit
#   make SAN=address,undefined ...   the same under sanitizers, in build-san/
#   make CC=clang ...    in build-clang/

VERSION := 0.1.0
# Of the manual pages: never the day of the build.
MANUAL_DATE := 2026-11-21
PREFIX ?= /usr/local
DESTDIR ?=
SYSCONFDIR ?= /etc
DEFAULTDIR ?= $(SYSCONFDIR)/default
UNITDIR ?= $(PREFIX)/lib/systemd/system
ZSHDIR ?= $(PREFIX)/share/zsh/site-functions
PLACES = DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' SYSCONFDIR='$(SYSCONFDIR)' DEFAULTDIR='$(DEFAULTDIR)' \
         UNITDIR='$(UNITDIR)' ZSHDIR='$(ZSHDIR)'
CC ?= gcc
ifeq ($(origin CC),default)
CC := gcc
endif
SAN ?=
WERROR ?=

# Objects of different compilers and sanitizers never mix.
B := build$(if $(filter-out gcc,$(notdir $(CC))),-$(notdir $(CC)))$(if $(SAN),-san)
ifeq ($(SAN),thread)
B := build-tsan
endif

PKGS := glib-2.0 krb5 krb5-gssapi jansson nettle sqlite3 libpq
# ldap has no .pc file on every distribution; libldap is loaded by who needs it (src/collect/libldap.h).
LDAP_LIBS := -llber -lresolv
LIBLDAP_SONAME = $(shell readelf -d "$$($(CC) -print-file-name=libldap.so)" 2>/dev/null | sed -n 's/.*SONAME.*\[\(.*\)\]/\1/p')
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
# libpq is loaded by who needs it (src/store/libpq.h).
PKG_LIBS := $(shell pkg-config --libs $(filter-out libpq,$(PKGS)) 2>/dev/null)

WARN := -Wall -Wextra -Wshadow -Wconversion -Wno-unused-command-line-argument -Werror=switch \
        $(if $(WERROR),-Werror)
ifeq ($(SAN),)
OPT ?= -O2 -g -D_FORTIFY_SOURCE=3
else
# What libFuzzer, which is clang's, counts: the fuzzers are linked with the objects of every other sanitized test.
# Its table of addresses, which only names what is new, takes a fifth of a short run to relocate.
COUNTED := $(if $(filter clang%,$(notdir $(CC))),$(if $(findstring address,$(SAN)),-fsanitize=fuzzer-no-link -fno-sanitize-coverage=pc-table))
SANOPT ?= -O1 -g
OPT ?= $(SANOPT) -fno-omit-frame-pointer -fsanitize=$(SAN) $(COUNTED) -fno-sanitize-recover=undefined
# Hundreds of tests and fuzzers are linked with the same large objects: lld takes two thirds of the time.
LDSAN := -fsanitize=$(SAN) $(if $(filter clang%,$(notdir $(CC))),$(shell command -v ld.lld >/dev/null && echo -fuse-ld=lld))
endif
# What not every compiler and machine has.
takes = $(shell $(CC) $(1) -Werror -x c -c -o /dev/null /dev/null 2>/dev/null && echo $(1))
HARDEN := -fstack-protector-strong -fPIE $(call takes,-fstack-clash-protection) $(call takes,-fcf-protection)
LDHARDEN := -pie -Wl,-z,relro,-z,now
CFLAGS_ALL = -std=c11 -D_GNU_SOURCE -DKCDAUDIT_VERSION='"$(VERSION)"' -Iinclude $(WARN) \
             $(OPT) $(HARDEN) $(PKG_CFLAGS) $(CFLAGS)
LIBS_ALL = $(LDHARDEN) $(LDSAN) $(PKG_LIBS) $(LDAP_LIBS) $(LDFLAGS)

# Where nothing is optimised, most of what clang does is to read glib.h: two fifths of the time.
PCH := $(if $(filter clang%,$(notdir $(CC))),$(if $(SAN),$(B)/glib.pch))
READ := $(PCH:%=-include-pch %)

SOURCES := $(sort $(wildcard src/*/*.c))
OBJECTS := $(SOURCES:src/%.c=$(B)/%.o) $(B)/embedded.o
# What a test is linked with: of ours, as much of it as it asks for.
LIB := $(B)/kcdaudit.a
LIBOBJS := $(filter-out $(B)/cli/%,$(OBJECTS))
# Of that layer, what a fuzzer asks for: it brings a main of its own.
CLI := $(B)/cli.a
CLIOBJS := $(filter-out $(B)/cli/main.o,$(filter $(B)/cli/%,$(OBJECTS)))
ifeq ($(SAN),thread)
OBJECTS += $(B)/tsan/glib.o
LIB += $(B)/tsan/glib.o
endif
QUERIES := $(sort $(wildcard queries/*))
TABLES := $(sort $(wildcard data/diagnose/*.table))
WORKLOADS := $(sort $(wildcard data/workloads/*.table))
# What the binary carries: the queries, the page of each rule, the table of errors, the
# topics of help, the style and the script of the HTML report.
EMBEDDED := $(QUERIES) $(sort $(wildcard docs/rules/*.md)) $(TABLES) $(WORKLOADS) $(sort $(wildcard data/help/*)) \
            $(sort $(wildcard data/report/*))
UNITS := $(patsubst tests/unit/%.c,$(B)/unit/%,$(sort $(wildcard tests/unit/test-*.c)))
ACCESS := $(B)/differential/access
# Manual pages and completion: made by a program of the same tables.
MANUAL := $(B)/manual/manual
MANUAL_OBJECTS := $(patsubst tools/manual/%.c,$(B)/manual/%.o,$(sort $(wildcard tools/manual/*.c)))
PAGES := $(sort $(wildcard data/man/*.md))
SHELLS := $(sort $(wildcard data/completion/*.in))
PYTHON ?= /usr/bin/python3

# V=1 shows the commands.
Q := $(if $(V),,@)

.PHONY: schemas all deps demo check unit golden formats growth fuzz fuzz-replay sbom history differential oracle system browser lint analyze layers format manual manual-tests install uninstall dist deb packaging newcomer engines clean bench timed contributing mutate soak tsan
.DELETE_ON_ERROR:
# The last line of a step is its own (tools/check.sh).
MAKEFLAGS += --no-print-directory

all: $(B)/kcdaudit manual

$(B)/kcdaudit: $(OBJECTS)
	$(if $(V),,@echo "  LINK $@")
	$(Q)$(CC) -o $@ $^ $(LIBS_ALL)

# The objects stay where they are; nothing of one that is gone is left.
$(B)/kcdaudit.a: $(LIBOBJS)
$(CLI): $(CLIOBJS)
$(B)/kcdaudit.a $(CLI):
	$(Q)rm -f $@ && $(AR) rcsT $@ $^

# Once: what is missing to compile, in one line.
$(B)/tools:
	@CFLAGS='$(CFLAGS)' tools/needs.sh '$(CC)' $(PKGS)
	@mkdir -p $(@D)
	@touch $@

$(B)/glib.pch: | $(B)/tools
	$(Q)printf '#include <string.h>\n#include <glib.h>\n' | $(CC) $(CFLAGS_ALL) -x c-header -o $@ -

$(B)/%.o: src/%.c | $(B)/tools $(PCH)
	@mkdir -p $(@D)
	$(if $(V),,@echo "  CC   $@")
	$(Q)$(CC) $(CFLAGS_ALL) $(READ) -MMD -MP -c -o $@ $<

$(B)/collect/libldap.o: private PKG_CFLAGS += -DLIBLDAP_SONAME='"$(LIBLDAP_SONAME)"'

$(B)/embedded.c: tools/embed.sh $(EMBEDDED)
	@mkdir -p $(@D)
	$(Q)tools/embed.sh $(EMBEDDED) >$@

$(B)/embedded.o: $(B)/embedded.c | $(B)/tools
	$(Q)$(CC) $(CFLAGS_ALL) -c -o $@ $<

$(B)/tsan/%.o: tests/tsan/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_ALL) -c -o $@ $<

# Tests may look inside a layer. Optimised they take three times as long to compile, and as long to run.
$(B)/unit/%: private OPT := $(if $(SAN),$(OPT),-O0 -g)
$(B)/unit/%: tests/unit/%.c $(LIB)
	@mkdir -p $(@D)
	$(if $(V),,@echo "  LINK $@")
	$(Q)$(CC) $(CFLAGS_ALL) $(READ) -Isrc -MMD -MP -o $@ $< $(LIB) $(LIBS_ALL)

$(B)/fuzz/%: tests/fuzz/%.c $(LIB) $(CLI)
	@mkdir -p $(@D)
	$(if $(V),,@echo "  LINK $@")
	$(Q)$(CC) $(CFLAGS_ALL) -Isrc -fsanitize=fuzzer -MMD -MP -o $@ $< $(CLI) $(LIB) $(LIBS_ALL)

$(ACCESS): tests/differential/access.c $(LIB)
	@mkdir -p $(@D)
	$(if $(V),,@echo "  LINK $@")
	$(Q)$(CC) $(CFLAGS_ALL) -MMD -MP -o $@ $< $(LIB) $(LIBS_ALL)

$(B)/manual/%.o: tools/manual/%.c | $(B)/tools
	@mkdir -p $(@D)
	$(if $(V),,@echo "  CC   $@")
	$(Q)$(CC) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

$(MANUAL): $(MANUAL_OBJECTS) $(filter-out $(B)/cli/main.o,$(OBJECTS))
	$(if $(V),,@echo "  LINK $@")
	$(Q)$(CC) -o $@ $^ $(LIBS_ALL)

$(B)/man/made: $(MANUAL) $(PAGES)
	$(Q)rm -rf $(@D) && mkdir -p $(@D)
	$(if $(V),,@echo "  MAN  $(@D)")
	$(Q)$(MANUAL) pages $(MANUAL_DATE) data/man $(@D)
	$(Q)touch $@

$(B)/completion/made: $(MANUAL) $(SHELLS)
	$(Q)rm -rf $(@D) && mkdir -p $(@D)
	$(if $(V),,@echo "  COMP $(@D)")
	$(Q)$(MANUAL) completion data/completion $(@D)
	$(Q)touch $@

-include $(MANUAL_OBJECTS:.o=.d) $(OBJECTS:.o=.d) $(UNITS:%=%.d) $(ACCESS).d

# What is missing comes from the distribution's packages; silent when nothing is.
deps:
	@tools/deps.sh build

# Manual pages and shell completion, in $(B)/man and $(B)/completion.
manual: $(B)/man/made $(B)/completion/made

# The pages against the program, its examples, and completion in the real shells.
manual-tests: $(B)/kcdaudit manual
	@KCDAUDIT=$(abspath $(B)/kcdaudit) KCDAUDIT_BUILD=$(abspath $(B)) $(PYTHON) -B -m pytest -q -rs -p no:cacheprovider tests/manual

demo:
	@tools/deps.sh demo
	@$(MAKE) -s all
	@tools/demo.sh $(B)/kcdaudit

check:
	@tools/deps.sh check
	@tools/check.sh

unit: $(UNITS)
	@tests/unit/run.sh $(UNITS)

golden: $(B)/kcdaudit
	@$(PYTHON) tests/golden/run.py $(B)/kcdaudit fixtures
	@$(PYTHON) -B tests/golden/rules_pages.py $(B)/kcdaudit

# CSV, JUnit XML and Prometheus by their own validators; several reports in one run.  FORMATS='tests/facts': a
# part of them.  Thousands of short runs compare words (pytest.mark.many): not again under a sanitizer, which the
# same fixtures went through.  Nor are leaks, whose search takes as long as such a run: of every fixture `golden`
# looks for them, of every format and command a test of their own (test_nothing_is_leaked).
FORMATS ?= tests/formats tests/exports tests/facts tests/estate
WITHOUT_MANY := $(if $(SAN),-m 'not many')
formats: export ASAN_OPTIONS = detect_leaks=0
formats: $(B)/kcdaudit
	@KCDAUDIT=$(abspath $(B)/kcdaudit) $(PYTHON) -B -m pytest -q -rs -p no:cacheprovider --ignore=tests/formats/test_shapes.py $(WITHOUT_MANY) $(FORMATS)

# What an audit takes of instructions, by valgrind: twice the estate, twice as many.
growth: $(B)/kcdaudit
	@KCDAUDIT=$(abspath $(B)/kcdaudit) $(PYTHON) -B -m pytest -q -rs -p no:cacheprovider tests/growth

# Audits that are kept: several writers, kill -9, full disks, files of others.
# HISTORY='tests/history/test_file.py': a part of them.
HISTORY ?= tests/history
history: $(B)/kcdaudit
	@KCDAUDIT=$(abspath $(B)/kcdaudit) $(PYTHON) -B -m pytest -q -rs -p no:cacheprovider $(HISTORY)

# Our access check against Samba's own.
differential: $(ACCESS)
	@KCDAUDIT_ACCESS=$(abspath $(ACCESS)) $(PYTHON) -B -m pytest -q -rs -p no:cacheprovider tests/differential

# Verdicts against a real KDC's answers: of pairs, SEEDS="1..300", and of every delegation, EDGES="1..100";
# KCDAUDIT=another binary, ORACLE="--keep DIR".
SEEDS ?= 1..5
EDGES ?= 1..2
oracle: $(if $(KCDAUDIT),,$(B)/kcdaudit)
	@$(PYTHON) -B -m pytest -q -rs -p no:cacheprovider tests/oracle
	@KCDAUDIT=$(abspath $(or $(KCDAUDIT),$(B)/kcdaudit)) $(PYTHON) -B tests/oracle/oracle.py $(SEEDS) $(ORACLE)
	@KCDAUDIT=$(abspath $(or $(KCDAUDIT),$(B)/kcdaudit)) $(PYTHON) -B tests/oracle/edges.py $(EDGES)

# TESTS='tests/system/test_bind.py -k silent': one of them.
TESTS ?= tests/lab tests/diagnose tests/network tests/system
system: $(B)/kcdaudit
	@KCDAUDIT=$(abspath $(B)/kcdaudit) $(PYTHON) -B -m pytest -q -rs -p no:cacheprovider $(TESTS)

# The HTML report in a real headless Chromium.
browser: $(B)/kcdaudit
	@KCDAUDIT=$(abspath $(B)/kcdaudit) $(PYTHON) -B -m pytest -q -rs -p no:cacheprovider tests/browser

# Two whole builds of the package, as different as can be, are the same to the byte.
.PHONY: reproducible
reproducible:
	@tools/deps.sh check
	@$(PYTHON) -B -m pytest -q -rs -p no:cacheprovider tests/packaging/reproducible.py

# The README's ways in for who has only Windows, by its lines alone, in clean roots and containers; a quarter of an hour
# where nothing else runs.
# UBUNTU=URI: an archive of Ubuntu, for 24.04.
newcomer:
	@tools/deps.sh newcomer
	@$(PYTHON) -B -m pytest -q -p no:cacheprovider tests/newcomer

# data/slurm and data/ansible by Slurm and Ansible of the distribution, before a real KDC: some minutes.
engines: $(B)/kcdaudit
	@tools/deps.sh engines
	@KCDAUDIT=$(abspath $(B)/kcdaudit) $(PYTHON) -B -m pytest -q -rs -p no:cacheprovider tests/engines

# Races: what has threads, built for ThreadSanitizer, before a real KDC.
TSAN_UNITS := build-tsan/unit/test-pool build-tsan/unit/test-ports
TSAN_TESTS ?= tests/system/test_tickets.py tests/system/test_proofs.py tests/system/test_ports.py tests/system/test_progress.py
tsan:
	@$(MAKE) SAN=thread build-tsan/kcdaudit $(TSAN_UNITS)
	@for unit in $(TSAN_UNITS); do \
		G_SLICE=always-malloc TSAN_OPTIONS=suppressions=$(abspath tests/tsan/suppressions):exitcode=66 $$unit --tap >build-tsan/unit.log 2>&1 || \
			{ cat build-tsan/unit.log; exit 1; }; \
	done
	@KCDAUDIT=$(abspath build-tsan/kcdaudit) $(PYTHON) -B -m pytest -q -rs -p no:cacheprovider $(TSAN_TESTS)

# Memory: every fixture with all its commands, and live audits, under valgrind.
VALGRIND_TESTS ?= tests/system/test_audit.py tests/system/test_proofs.py
.PHONY: valgrind
valgrind: $(B)/kcdaudit
	@$(PYTHON) tests/golden/run.py tests/golden/under-valgrind fixtures
	@KCDAUDIT=$(abspath tests/golden/under-valgrind) $(PYTHON) -B -m pytest -q -rs -p no:cacheprovider $(VALGRIND_TESTS)

# CONTRIBUTING.md, followed to the letter in a copy of the tree.
# CONTRIBUTING='tests/contributing/test_places.py': that each change has its place, without a build.
CONTRIBUTING ?= tests/contributing
contributing:
	@$(PYTHON) -B -m pytest -q -rs -p no:cacheprovider $(CONTRIBUTING)

# Takes each row out of each table of rules, and expects red; ROWS=--one: of each table one.
mutate: $(B)/kcdaudit
	@$(PYTHON) -B tools/mutate.py $(ROWS)

# What does not fit into `make check`, for some hours of a quiet machine; docs/reliability.md keeps what the last run said.
soak:
	@for kind in check newcomer engines; do tools/deps.sh $$kind || exit; done
	@$(MAKE) all
	@tools/check.sh soak

# By what is published elsewhere, fetched: the manifests by Kubernetes' own schemas, the dashboard by Grafana's types, the SBOM by SPDX's tools.
schemas: $(B)/kcdaudit
	@KCDAUDIT=$(abspath $(B)/kcdaudit) $(PYTHON) -B -m pytest -q -rs -p no:cacheprovider tests/schemas

# What the program is made of, by dpkg: SPDX 2.3; `make schemas` validates it.
sbom: $(B)/kcdaudit
	@tools/sbom.py $(B)/kcdaudit $(VERSION) >$(B)/kcdaudit.spdx.json && echo $(B)/kcdaudit.spdx.json

# Looks for inputs that break a parser: TARGET=ldif SECONDS=60; the targets are tests/fuzz/*.c.
TARGET ?= ldif
SECONDS ?= 60
fuzz:
	@tests/fuzz/run.sh fuzz $(TARGET) $(SECONDS)

# Every corpus again, and as many new inputs as tests/fuzz/runs says, the same each time.
fuzz-replay:
	@tests/fuzz/run.sh replay

bench: $(B)/kcdaudit
	@/usr/bin/python3 -B tests/bench/bench.py $(B)/kcdaudit $(ROW)

# The tests that bound a time, with their bounds: on a quiet machine only. No other test fails because something took longer.
TIMED_TESTS := tests/system/test_progress.py tests/system/test_bind.py tests/system/test_proofs.py \
               tests/system/test_errors.py tests/system/test_ports.py tests/system/test_late_dc.py \
               tests/system/test_collect2.py tests/system/test_evidence.py tests/system/test_tickets.py tests/network/test_realms.py \
               tests/history/test_file.py tests/browser/test_size.py
timed: $(B)/kcdaudit $(B)/unit/test-ports
	@$(B)/unit/test-ports -m perf --tap
	@for test in $(TIMED_TESTS); do \
		KCDAUDIT_TIMED=1 KCDAUDIT=$(abspath $(B)/kcdaudit) \
			$(PYTHON) -B -m pytest -q -rs -p no:cacheprovider $$test || exit; \
	done

layers:
	@$(PYTHON) -B tools/circles.py
	@tools/layers.sh

# What is the same as when it was last clean is not looked at again.
lint:
	@tools/lint.sh

# gcc's analyzer (12, Debian 12's) and clang's ten times as far as `lint` has it go (DEEP=1: as far as it goes), silent
# of every source; only what changed is asked again.
analyze:
	@tools/lint.sh analyze

format:
	@clang-format -i $(wildcard src/*/*.[ch] include/*/*.h tests/unit/*.c tests/differential/*.c tools/*/*.[ch])

# Everywhere else than in a package: `systemctl daemon-reload` afterwards.
install: $(B)/kcdaudit manual
	@$(PLACES) tools/install.sh install $(B)

uninstall:
	@$(PLACES) tools/install.sh uninstall $(B)

# The tree as it is tracked, in dist/.
dist:
	@tools/dist.sh dist/kcdaudit-$(VERSION).tar.gz

# A Debian package for this release of Debian or Ubuntu, in dist/.
deb:
	@tools/deps.sh deb
	@tools/deb.sh dist

# Installation, units, the Debian package in a clean root, the RPM spec.
packaging: $(B)/kcdaudit manual
	@KCDAUDIT=$(abspath $(B)/kcdaudit) $(PYTHON) -B -m pytest -q -rs -p no:cacheprovider tests/packaging

clean:
	rm -rf build build-*
