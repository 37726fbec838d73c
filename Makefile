# SPDX-License-Identifier: Apache-2.0
# kitbuild: `make` builds it, `make demo` shows it, `make check` proves it.
#
#   make            bin/kitbuild and the programs that run inside images
#   make demo       build linuxkit.yml, boot it in QEMU, fetch its page
#   make check      every test; SAN=1 runs them on an ASan + UBSan build
#   make lint       formatting, layers, clang-tidy, cppcheck, shellcheck
#   make bench      speed and size as ratios against named references
#   make fuzz       one libFuzzer target: FUZZ=fuzz_ref SECONDS=60
#   make cov        line coverage per folder
#   make install    PREFIX=/usr/local, DESTDIR=
#
# Missing Debian packages are installed on the way (with sudo unless root);
# KITBUILD_NO_APT=1 forbids that. Adding a .c file needs no edit here.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

VERSION := 0.1.0
PREFIX ?= /usr/local

# ---- variants, side by side in build/ ---------------------------------------

VARIANT := release
OPTIMIZE := -O2 -g -fstack-protector-strong
ifdef SAN
VARIANT := san
OPTIMIZE := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=undefined
endif
ifdef COV
VARIANT := cov
OPTIMIZE := -O0 -g --coverage
endif
ifdef CLANG
VARIANT := clang
CC := clang
endif
ifeq ($(origin CC),default)
CC := gcc
endif
OUT := build/$(VARIANT)

# ---- flags ------------------------------------------------------------------

WARN := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wold-style-definition -Wformat=2 -Wvla \
	-Wwrite-strings -Wundef -Wpointer-arith -Wcast-qual -Wcast-align \
	-Wconversion -Wswitch-enum -Wimplicit-fallthrough -Wnull-dereference
WARN_GCC := -Wlogical-op -Wduplicated-cond -Wduplicated-branches \
	-Wjump-misses-init
ifneq ($(CC),clang)
WARN += $(WARN_GCC)
endif
CPPFLAGS := -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -I. \
	-DKITBUILD_VERSION='"$(VERSION)"'
BANNED := -include cmd/lib/base/banned.h
CFLAGS := -std=gnu11 $(OPTIMIZE) $(WARN)
LIBS := -lyaml -larchive -lcurl -lcrypto -ljansson -lzstd -lisal -lpthread

# ---- the host program -------------------------------------------------------

LIB_SRC := $(wildcard cmd/lib/*/*.c yml/*.c formats/*.c formats/disk/*.c)
CLI_SRC := $(wildcard cmd/kitbuild/*.c)
LIB := $(OUT)/libkitbuild.a
KITBUILD := $(OUT)/kitbuild

.PHONY: all
all: bin/kitbuild guest

bin/kitbuild: build/release/kitbuild
	@mkdir -p bin
	cp $< $@.new && mv $@.new $@

$(OUT)/%.o: %.c | build/deps-build
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(BANNED) $(CFLAGS) -MMD -MP -c $< -o $@

$(LIB): $(LIB_SRC:%.c=$(OUT)/%.o)
	rm -f $@ && ar rcs $@ $^

$(KITBUILD): $(CLI_SRC:%.c=$(OUT)/%.o) $(LIB)
	$(CC) $(CFLAGS) $(LDFLAGS) $^ $(LIBS) -o $@

-include $(LIB_SRC:%.c=$(OUT)/%.d) $(CLI_SRC:%.c=$(OUT)/%.d)

# ---- the programs inside images ---------------------------------------------
# Each package stands alone: its sources are in its folder, and what is made of
# them is left in its out/, where its build.yml takes it from. PID 1 and small
# tools are static musl; the launcher, which needs libraries, static glibc.

GUEST_CFLAGS := -std=gnu11 -Os -g0 -D_GNU_SOURCE -I. $(WARN) $(WARN_GCC) \
	-ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables
GUEST_LDFLAGS := -static -s -Wl,--gc-sections -Wl,--build-id=none
MUSL := musl-gcc -idirafter /usr/include -idirafter /usr/include/x86_64-linux-gnu

.PHONY: guest
guest: pkg/init/out/init pkg/init/out/service pkg/sysctl/out/sysctl

pkg/init/out/init: $(wildcard pkg/init/init/*.c pkg/init/init/*.h)
pkg/sysctl/out/sysctl: $(wildcard pkg/sysctl/*.c pkg/sysctl/*.h)
pkg/init/out/init pkg/sysctl/out/sysctl: | build/deps-build
	@mkdir -p $(@D)
	$(MUSL) $(GUEST_CFLAGS) $(GUEST_LDFLAGS) $(filter %.c,$^) -o $@

PROTO := build/guest/proto
$(PROTO)/containerd.pb-c.c: pkg/init/service/containerd.proto | build/deps-build
	@mkdir -p $(@D)
	protoc-c --proto_path=$(<D) --c_out=$(@D) $<

pkg/init/out/service: $(PROTO)/containerd.pb-c.c \
		$(wildcard pkg/init/service/*.c pkg/init/service/*.h)
	@mkdir -p $(@D)
	gcc $(filter-out -Werror,$(GUEST_CFLAGS)) -I$(PROTO) $(GUEST_LDFLAGS) \
		$(filter %.c,$^) -ljansson -lnghttp2 -lprotobuf-c -o $@

# ---- what this all needs ----------------------------------------------------

DEBIAN_BUILD := gcc libc6-dev musl-tools pkg-config libyaml-dev \
	libarchive-dev libcurl4-openssl-dev libssl-dev libjansson-dev \
	libzstd-dev libisal-dev libnghttp2-dev libprotobuf-c-dev \
	protobuf-c-compiler
DEBIAN_DEMO := mmdebstrap kmod qemu-system-x86 curl ca-certificates
DEBIAN_CHECK := bats bats-assert bats-support shellcheck clang clang-tidy \
	clang-format cppcheck libclang-rt-14-dev docker-registry skopeo umoci \
	busybox-static cpio zstd jq python3 universal-ctags file procps

build/deps-build: Makefile
	@mkdir -p build && tests/lib/deps $(DEBIAN_BUILD) && touch $@
build/deps-demo: Makefile
	@mkdir -p build && tests/lib/deps $(DEBIAN_DEMO) && touch $@
build/deps-check: Makefile
	@mkdir -p build && tests/lib/deps $(DEBIAN_CHECK) && touch $@
