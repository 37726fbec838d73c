# SPDX-License-Identifier: Apache-2.0
# kitbuild: `make` builds it, `make demo` shows it, `make check` proves it.
#
#   make            bin/kitbuild and the programs that run inside images
#   make guest-arm64   those programs for another architecture
#   make kernel     kernels/builtin: no modules, starts without an initrd
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

# V=1 shows the commands.
ifndef V
Q := @
say = @echo "  $(1) $@"
endif

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules
ifeq ($(filter -j%,$(MAKEFLAGS)),)
MAKEFLAGS += -j$(shell nproc)
endif

VERSION := 0.1.0
PREFIX ?= /usr/local

# ---- variants, side by side in build/ ---------------------------------------

VARIANT := release
OPTIMIZE := -O2 -g -fstack-protector-strong
ifneq ($(SAN),)
VARIANT := san
OPTIMIZE := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=undefined
endif
ifneq ($(COV),)
VARIANT := cov
OPTIMIZE := -O0 -g --coverage
endif
ifneq ($(CLANG),)
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
CPPFLAGS := -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -I. -Ibuild/loader \
	-DKITBUILD_VERSION='"$(VERSION)"'
BANNED := -include cmd/lib/base/banned.h
CFLAGS := -std=gnu11 $(OPTIMIZE) $(WARN)
LIBS := -lyaml -larchive -lcurl -lcrypto -ljansson -lzstd -lisal -ldeflate \
	-lsqlite3 -lsquashfs -lext2fs -lcom_err -lpthread

# ---- the host program -------------------------------------------------------

LIB_SRC := $(wildcard cmd/lib/*/*.c yml/*.c formats/*.c formats/disk/*.c \
	formats/boot/*.c formats/root/*.c)
CLI_SRC := $(wildcard cmd/kitbuild/*.c)
LIB := $(OUT)/libkitbuild.a
KITBUILD := $(OUT)/kitbuild

.PHONY: all
all: bin/kitbuild $(KITBUILD) guest

# Always the release variant, whatever is being tested.
ifneq ($(VARIANT),release)
build/release/kitbuild:
	$(MAKE) SAN= COV= CLANG= $@
endif
bin/kitbuild: build/release/kitbuild
	@mkdir -p bin
	$(Q)cp $< $@.new && mv $@.new $@

$(OUT)/%.o: %.c | build/deps-build
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CPPFLAGS) $(BANNED) $(CFLAGS) -MMD -MP -c $< -o $@

$(LIB): $(LIB_SRC:%.c=$(OUT)/%.o)
	$(call say,AR)
	$(Q)rm -f $@ && ar rcs $@ $^

$(KITBUILD): $(CLI_SRC:%.c=$(OUT)/%.o) $(LIB)
	$(call say,LD)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ $(LIBS) -o $@

-include $(LIB_SRC:%.c=$(OUT)/%.d) $(CLI_SRC:%.c=$(OUT)/%.d)

# ---- the BIOS loader ---------------------------------------------------------
# Its three pieces become arrays of bytes, which formats/boot/loader.c includes.

LOADER_FLAGS := -I. -m16 -march=i386 -Os -g0 -std=gnu11 -ffreestanding -fno-pic \
	-fno-stack-protector -fno-asynchronous-unwind-tables -fcf-protection=none \
	-fno-jump-tables -mregparm=3 $(WARN)
LOADER_LINK := ld -m elf_i386 --build-id=none -z noexecstack \
	--no-warn-rwx-segments
LOADER := build/loader

$(LOADER)/%.o: formats/boot/bios/%.S formats/boot/bios/params.h | build/deps-build
	@mkdir -p $(@D)
	$(Q)gcc $(LOADER_FLAGS) -c $< -o $@
$(LOADER)/%.o: formats/boot/bios/%.c formats/boot/bios/params.h | build/deps-build
	@mkdir -p $(@D)
	$(Q)gcc $(LOADER_FLAGS) -c $< -o $@
$(LOADER)/stage2.elf: formats/boot/bios/stage2.ld $(LOADER)/start.o $(LOADER)/stage2.o
	$(Q)$(LOADER_LINK) -T $^ -o $@
$(LOADER)/mbr.elf $(LOADER)/eltorito.elf: $(LOADER)/%.elf: $(LOADER)/%.o
	$(Q)$(LOADER_LINK) -Ttext 0x7c00 $< -o $@
$(LOADER)/%.inc: $(LOADER)/%.elf
	$(call say,LOADER)
	$(Q)objcopy -O binary $< $(@:.inc=.bin)
	$(Q)od -An -v -tu1 $(@:.inc=.bin) | sed 's/[0-9]*[0-9]/&,/g' >$@
LOADER_BYTES := $(LOADER)/mbr.inc $(LOADER)/eltorito.inc $(LOADER)/stage2.inc
$(OUT)/formats/boot/loader.o: $(LOADER_BYTES)

# ---- the programs inside images ---------------------------------------------
# Each package stands alone: its sources are in its folder, and what is made of
# them is left in its out/ARCH/, where its build.yml takes it from. PID 1 and
# small tools are static musl; the launcher, which needs libraries, static glibc.
# `make guest-arm64` makes them for another architecture: with Debian's cross gcc
# against that architecture's own packages, unpacked below build/guest.

GUEST_CFLAGS := -std=gnu11 -Os -g0 -D_GNU_SOURCE -I. $(WARN) $(WARN_GCC) \
	-ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables
GUEST_LDFLAGS := -static -s -Wl,--gc-sections -Wl,--build-id=none
GUEST_PROGRAMS := pkg/init/out/%/init pkg/init/out/%/service pkg/sysctl/out/%/sysctl \
	pkg/metadata/out/%/metadata
GUEST_SUITE := bookworm

NATIVE := $(shell dpkg --print-architecture)
gnu_amd64 := x86_64-linux-gnu
gnu_arm64 := aarch64-linux-gnu
crosses := $(filter-out $(NATIVE),amd64 arm64)

# guest_gcc ARCH, guest_musl ARCH: what compiles for it; guest_ready ARCH: once
# this is there
guest_gcc = $(if $(filter $(NATIVE),$(1)),gcc,$(gnu_$(1))-gcc --sysroot=build/guest/$(1))
guest_musl = $(if $(filter $(NATIVE),$(1)),musl-gcc,$(gnu_$(1))-gcc \
	-specs=build/guest/$(1)/musl.specs)
guest_ready = $(if $(filter $(NATIVE),$(1)),,build/guest/$(1)/musl.specs)

.PHONY: guest $(crosses:%=guest-%)
guest: $(subst %,$(NATIVE),$(GUEST_PROGRAMS))
$(crosses:%=guest-%): guest-%: $(GUEST_PROGRAMS)

# musl's own compiler driver has absolute paths in it.
$(crosses:%=build/guest/%/musl.specs): build/guest/%/musl.specs: | build/deps-demo
	@tests/lib/deps gcc-$(subst _,-,$(gnu_$*))
	$(call say,SYSROOT)
	$(Q)rm -rf $(@D) && mkdir -p $(@D)
	$(Q)mmdebstrap --quiet --mode=chrootless --variant=extract --architectures=$* \
		--include=libc6-dev,musl-dev,libjansson-dev,libnghttp2-dev,libprotobuf-c-dev,systemd-boot-efi \
		$(GUEST_SUITE) $(@D)
	$(Q)sed 's|/usr/|$(abspath $(@D))/usr/|g' \
		$(@D)/usr/lib/$(gnu_$*:%-gnu=%-musl)/musl-gcc.specs >$@

PROTO := build/guest/proto
$(PROTO)/containerd.pb-c.c: pkg/init/service/containerd.proto | build/deps-build
	@mkdir -p $(@D)
	$(Q)protoc-c --proto_path=$(<D) --c_out=$(@D) $(<F)

INIT_COMMON := $(wildcard pkg/init/common/*.c pkg/init/common/*.h)
INIT := $(wildcard pkg/init/init/*.c pkg/init/init/*.h) $(INIT_COMMON)
SERVICE := $(wildcard pkg/init/service/*.c pkg/init/service/*.h) $(INIT_COMMON)
SYSCTL := $(wildcard pkg/sysctl/*.c pkg/sysctl/*.h)
METADATA := $(wildcard pkg/metadata/*.c pkg/metadata/*.h)

define guest_rules
pkg/init/out/$(1)/init: $(INIT)
pkg/sysctl/out/$(1)/sysctl: $(SYSCTL)
pkg/init/out/$(1)/init pkg/sysctl/out/$(1)/sysctl: $(call guest_ready,$(1)) | build/deps-build
	@mkdir -p $$(@D)
	$$(call say,CC)
	$$(Q)$(call guest_musl,$(1)) $(GUEST_CFLAGS) $(GUEST_LDFLAGS) $$(filter %.c,$$^) -o $$@

# Generated code is not held to our warnings.
$(PROTO)/$(1).o: $(PROTO)/containerd.pb-c.c $(call guest_ready,$(1))
	$$(Q)$(call guest_gcc,$(1)) $(filter-out $(WARN) $(WARN_GCC),$(GUEST_CFLAGS)) -c $$< -o $$@

pkg/init/out/$(1)/service: $(PROTO)/$(1).o $(SERVICE)
	@mkdir -p $$(@D)
	$$(call say,CC)
	$$(Q)$(call guest_gcc,$(1)) $(GUEST_CFLAGS) -isystem $(PROTO) $(GUEST_LDFLAGS) \
		$$(filter %.c %.o,$$^) -ljansson -lnghttp2 -lprotobuf-c -o $$@

pkg/metadata/out/$(1)/metadata: $(METADATA) $(call guest_ready,$(1)) | build/deps-build
	@mkdir -p $$(@D)
	$$(call say,CC)
	$$(Q)$(call guest_gcc,$(1)) $(GUEST_CFLAGS) $(GUEST_LDFLAGS) $$(filter %.c,$$^) -ljansson -o $$@
endef
$(foreach arch,amd64 arm64,$(eval $(call guest_rules,$(arch))))

# ---- the kernel that has everything built in ---------------------------------
# Some eight minutes on two processors, so that only those who want it compile it.

.PHONY: kernel
kernel: kernels/builtin/out/kernel
kernels/builtin/out/kernel: kernels/builtin/config kernels/builtin/compile
	@tests/lib/deps $(DEBIAN_KERNEL)
	$(call say,KERNEL)
	$(Q)kernels/builtin/compile build/kernel

# ---- what this all needs ----------------------------------------------------

DEBIAN_BUILD := gcc libc6-dev musl-tools pkg-config libyaml-dev \
	libarchive-dev libcurl4-openssl-dev libssl-dev libjansson-dev \
	libzstd-dev libisal-dev libdeflate-dev libsqlite3-dev libsquashfs-dev libext2fs-dev \
	libnghttp2-dev libprotobuf-c-dev protobuf-c-compiler
DEBIAN_DEMO := mmdebstrap kmod qemu-system-x86 curl ca-certificates
DEBIAN_KERNEL := linux-source-6.1 xz-utils bc flex bison libelf-dev libssl-dev
DEBIAN_CHECK := bats bats-assert bats-support shellcheck clang clang-tidy \
	clang-format cppcheck libclang-rt-14-dev docker-registry skopeo umoci \
	busybox-static cpio zstd jq python3 universal-ctags file procps perl groff-base \
	openssl strace python3-jsonschema python3-yaml rpm db-util runc \
	golang-github-containers-common lz4 bzip2 xz-utils apache2-utils buildah isal \
	gdisk fdisk dosfstools mtools xorriso qemu-utils systemd-boot-efi ovmf \
	squashfs-tools erofs-utils cryptsetup-bin sbsigntool swtpm e2fsprogs pigz faketime \
	apparmor checkpolicy qemu-system-arm qemu-efi-aarch64 iproute2 passt \
	python3-pefile

build/deps-build: Makefile
	@mkdir -p build && tests/lib/deps $(DEBIAN_BUILD) && touch $@
# One after the other: apt takes a lock.
build/deps-demo: Makefile | build/deps-build
	@mkdir -p build && tests/lib/deps $(DEBIAN_DEMO) && touch $@
build/deps-check: Makefile | build/deps-demo
	@mkdir -p build && tests/lib/deps $(DEBIAN_CHECK) && touch $@

# ---- tests ------------------------------------------------------------------
# A unit test or fuzz target says in comments of the form
#	/* links: FILE.c ... -lNAME ... */
# what it needs besides the host library, which "links: lib" or no such comment
# stands for: tests of the programs inside images link just their sources.

UNIT := $(patsubst tests/unit/%.c,$(OUT)/unit/%,$(wildcard tests/unit/test_*.c))
FUZZERS := $(patsubst tests/fuzz/%.c,$(OUT)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
links = $(shell sed -n 's|^/\* links: \(.*\) \*/|\1|p' $(1))
linked = $(if $(filter-out lib,$(links)),$(filter-out lib,$(links)),$(LIB) $(LIBS))

$(OUT)/unit/%: tests/unit/%.c tests/unit/unit.h $(LIB) $(wildcard pkg/*/*.c pkg/*/*/*.c)
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $< $(call linked,$<) -o $@

# Replays files; libFuzzer's own main takes its place under `make fuzz`.
$(OUT)/fuzz/%: tests/fuzz/%.c tests/fuzz/replay.c $(LIB) $(wildcard pkg/*/*.c pkg/*/*/*.c)
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $< tests/fuzz/replay.c $(call linked,$<) -o $@

BATS := $(wildcard tests/cli/*.bats tests/formats/*.bats)
# The first runs alone, the others side by side.
BOOT := tests/boot/first_light.bats \
	$(filter-out tests/boot/first_light.bats,$(wildcard tests/boot/*.bats))

.PHONY: check check-fast unit fuzzers
unit: $(UNIT)
fuzzers: $(FUZZERS)

# Everything; ends with "N passed, N failed".
check: build/deps-demo build/deps-check guest $(crosses:%=guest-%) $(KITBUILD) unit fuzzers
	@tests/lib/run-suites $(OUT) $(UNIT) $(FUZZERS) tests/lint/lint.bats $(BATS) $(BOOT)

# All but the boots and what takes packages from the archive.
check-fast: build/deps-check guest $(KITBUILD) unit fuzzers
	@tests/lib/run-suites $(OUT) $(UNIT) $(FUZZERS) $(BATS)

FUZZ ?= fuzz_ref
SECONDS ?= 60
.PHONY: fuzz
fuzz: build/deps-check
	$(MAKE) build/fuzzing/$(FUZZ)
	@mkdir -p build/fuzzing/corpus/$(FUZZ)
	build/fuzzing/$(FUZZ) -max_total_time=$(SECONDS) -rss_limit_mb=1024 \
		build/fuzzing/corpus/$(FUZZ) $(wildcard tests/fuzz/corpus/$(FUZZ:fuzz_%=%))
build/fuzzing/%: tests/fuzz/%.c $(LIB_SRC) $(LOADER_BYTES)
	@mkdir -p $(@D)
	clang $(CPPFLAGS) $(if $(findstring pkg/,$(call links,$<)),,$(BANNED)) \
		-std=gnu11 -O1 -g -fsanitize=fuzzer,address,undefined \
		$< $(if $(filter-out lib,$(call links,$<)),$(filter-out lib,$(call links,$<)),$(LIB_SRC) $(LIBS)) -o $@

# ---- the rest ---------------------------------------------------------------

.PHONY: demo lint bench cov install clean
demo: build/deps-demo all
	@tests/lib/demo

lint: build/deps-check bin/kitbuild $(LOADER_BYTES)
	tests/lint/run

bench: build/deps-demo build/deps-check all
	tests/bench/run

cov:
	$(MAKE) check COV=1
	tests/lib/coverage build/cov

install: all
	install -D -s -m 755 bin/kitbuild $(DESTDIR)$(PREFIX)/bin/kitbuild
	@mkdir -p $(DESTDIR)$(PREFIX)/share/man/man1 \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions
	bin/kitbuild man >$(DESTDIR)$(PREFIX)/share/man/man1/kitbuild.1
	bin/kitbuild completion bash \
		>$(DESTDIR)$(PREFIX)/share/bash-completion/completions/kitbuild

clean:
	rm -rf build bin pkg/*/out kernels/*/out
