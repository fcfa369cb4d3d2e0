# kcdaudit: `make demo` shows it, `make check` proves it.
#
#   make                 build/kcdaudit
#   make SAN=address,undefined ...   the same under sanitizers, in build-san/
#   make CC=clang ...    in build-clang/

VERSION := 0.1.0
PREFIX ?= /usr/local
DESTDIR ?=
CC ?= gcc
ifeq ($(origin CC),default)
CC := gcc
endif
SAN ?=
WERROR ?=

# Objects of different compilers and sanitizers never mix.
B := build$(if $(filter-out gcc,$(notdir $(CC))),-$(notdir $(CC)))$(if $(SAN),-san)

PKGS := glib-2.0 krb5 krb5-gssapi jansson sqlite3
# ldap and sasl have no .pc file on every distribution.
LDAP_LIBS := -lldap -llber -lsasl2 -lresolv
PKG_CFLAGS = $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
PKG_LIBS = $(shell pkg-config --libs $(PKGS) 2>/dev/null)

WARN := -Wall -Wextra -Wshadow -Wconversion -Wno-unused-command-line-argument \
        $(if $(WERROR),-Werror)
ifeq ($(SAN),)
OPT ?= -O2 -g -D_FORTIFY_SOURCE=3
else
OPT ?= -O1 -g -fno-omit-frame-pointer -fsanitize=$(SAN) -fno-sanitize-recover=undefined
LDSAN := -fsanitize=$(SAN)
endif
HARDEN := -fstack-protector-strong -fPIE
LDHARDEN := -pie -Wl,-z,relro,-z,now
CFLAGS_ALL = -std=c11 -D_GNU_SOURCE -DKCDAUDIT_VERSION='"$(VERSION)"' -Iinclude $(WARN) \
             $(OPT) $(HARDEN) $(PKG_CFLAGS) $(CFLAGS)
LIBS_ALL = $(LDHARDEN) $(LDSAN) $(PKG_LIBS) $(LDAP_LIBS) $(LDFLAGS)

SOURCES := $(sort $(wildcard src/*/*.c))
OBJECTS := $(SOURCES:src/%.c=$(B)/%.o) $(B)/embedded.o
LIBOBJS := $(filter-out $(B)/cli/%,$(OBJECTS))
QUERIES := $(sort $(wildcard queries/*))
TABLES := $(sort $(wildcard data/diagnose/*.table))
# What the binary carries: the queries, the page of each rule, the table of errors.
EMBEDDED := $(QUERIES) $(sort $(wildcard docs/rules/*.md)) $(TABLES)
UNITS := $(patsubst tests/unit/%.c,$(B)/unit/%,$(sort $(wildcard tests/unit/test-*.c)))
ACCESS := $(B)/differential/access
PYTHON ?= /usr/bin/python3

# V=1 shows the commands.
Q := $(if $(V),,@)

.PHONY: all deps demo check unit golden differential system lint layers format install clean bench
.DELETE_ON_ERROR:
# The last line of a step is its own (tools/check.sh).
MAKEFLAGS += --no-print-directory

all: $(B)/kcdaudit

$(B)/kcdaudit: $(OBJECTS)
	$(if $(V),,@echo "  LINK $@")
	$(Q)$(CC) -o $@ $^ $(LIBS_ALL)

$(B)/%.o: src/%.c
	@mkdir -p $(@D)
	$(if $(V),,@echo "  CC   $@")
	$(Q)$(CC) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

$(B)/embedded.c: tools/embed.sh $(EMBEDDED)
	@mkdir -p $(@D)
	$(Q)tools/embed.sh $(EMBEDDED) >$@

$(B)/embedded.o: $(B)/embedded.c
	$(Q)$(CC) $(CFLAGS_ALL) -c -o $@ $<

$(B)/unit/%: tests/unit/%.c $(LIBOBJS)
	@mkdir -p $(@D)
	$(if $(V),,@echo "  LINK $@")
	$(Q)$(CC) $(CFLAGS_ALL) -MMD -MP -o $@ $< $(LIBOBJS) $(LIBS_ALL)

$(ACCESS): tests/differential/access.c $(LIBOBJS)
	@mkdir -p $(@D)
	$(if $(V),,@echo "  LINK $@")
	$(Q)$(CC) $(CFLAGS_ALL) -MMD -MP -o $@ $< $(LIBOBJS) $(LIBS_ALL)

-include $(OBJECTS:.o=.d) $(UNITS:%=%.d) $(ACCESS).d

# What is missing comes from the distribution's packages; silent when nothing is.
deps:
	@tools/deps.sh build

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

# Our access check against Samba's own.
differential: $(ACCESS)
	@KCDAUDIT_ACCESS=$(abspath $(ACCESS)) $(PYTHON) -B -m pytest -q -rs -p no:cacheprovider tests/differential

system: $(B)/kcdaudit
	@KCDAUDIT=$(abspath $(B)/kcdaudit) $(PYTHON) -B -m pytest -q -rs -p no:cacheprovider tests/lab tests/diagnose tests/system

bench: $(B)/kcdaudit
	@tests/bench/bench.sh $(B)/kcdaudit

layers:
	@tools/layers.sh

lint:
	@tools/lint.sh

format:
	@clang-format -i $(wildcard src/*/*.[ch] include/*/*.h tests/unit/*.c tests/differential/*.c)

install: $(B)/kcdaudit
	install -D -m 0755 $(B)/kcdaudit $(DESTDIR)$(PREFIX)/bin/kcdaudit
	install -d $(DESTDIR)$(PREFIX)/share/kcdaudit
	install -m 0644 $(wildcard data/*.schema.json) $(DESTDIR)$(PREFIX)/share/kcdaudit
	install -d $(DESTDIR)$(PREFIX)/share/kcdaudit/queries
	install -m 0644 $(QUERIES) $(DESTDIR)$(PREFIX)/share/kcdaudit/queries
	install -d $(DESTDIR)$(PREFIX)/share/kcdaudit/diagnose
	install -m 0644 $(TABLES) $(DESTDIR)$(PREFIX)/share/kcdaudit/diagnose

clean:
	rm -rf build build-*
