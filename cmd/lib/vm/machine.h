/* SPDX-License-Identifier: Apache-2.0 */
/* One description of a virtual machine, for every hypervisor. */
#pragma once

#include "cmd/lib/base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct machine_disk {
	char *path;          /* owned */
	uint64_t size_bytes; /* 0: as large as the file is */
	char *format;        /* owned; raw, qcow2 */
};

/* A port of the host that leads to one of the guest. */
struct machine_publish {
	char *host_address; /* owned; 127.0.0.1 unless given */
	unsigned host_port;
	unsigned guest_port;
	bool udp;
};

enum machine_accel {
	MACHINE_ACCEL_AUTO,
	MACHINE_ACCEL_TCG, /* emulated: works everywhere, slow */
	MACHINE_ACCEL_KVM,
	MACHINE_ACCEL_HVF,
};

/* { 0 } is no machine. Text and arrays are owned. */
struct machine {
	char *arch;         /* amd64, arm64, riscv64 */
	char *kernel;       /* these three, or `image` */
	char *initrd;       /* NULL: there is none, as with a UKI */
	char *cmdline;      /* the words themselves, or NULL */
	char *image;        /* a disk or CD to boot from */
	char *image_format; /* owned; as QEMU calls it */
	bool image_is_cd;
	char *metadata; /* a CD with data for the guest, or NULL */
	char *firmware; /* NULL: the hypervisor's own */
	uint64_t memory_mib;
	unsigned cpus;
	struct machine_disk *disks;
	size_t disk_count;
	struct machine_publish *publishes;
	size_t publish_count;
	bool no_network;
	bool microvm;       /* QEMU's small board, for amd64 only */
	bool on_terminal;   /* the console is a person's terminal */
	char *expected;     /* text on the console that ends the run; or NULL */
	uint64_t timeout_s; /* how long it may take; 0: for ever */
	enum machine_accel accel;
	char *program; /* the hypervisor, by name or path */
	char *state;   /* a folder of the machine's own */
	char mac[18];
	char uuid[37];
};

void machine_release(struct machine *machine);

/*
 * Takes a file to boot from: a disk in any format that QEMU reads, a CD, or a
 * program for UEFI such as a unified kernel image.
 */
int machine_set_image(struct machine *machine, const char *path,
		      struct err *err) MUST_CHECK;

/*
 * Writes the CD with this text as user-data and config into the state folder.
 * To be called when that is prepared.
 */
int machine_put_metadata(struct machine *machine, const char *text, size_t size,
			 struct err *err) MUST_CHECK;

/*
 * Adds LinuxKit's disk specification "[file=]PATH,size=SIZE,format=FORMAT";
 * SIZE is in GB, or with M or G. Without a path the disk lies in the state
 * folder. FAULT_INPUT names the part that is wrong.
 */
int machine_add_disk(struct machine *machine, const char *spec,
		     struct err *err) MUST_CHECK;

/* Adds "[ADDRESS:]HOST:GUEST[/tcp|/udp]". */
int machine_add_publish(struct machine *machine, const char *spec,
			struct err *err) MUST_CHECK;

int machine_accel_parse(enum machine_accel *accel, const char *text,
			struct err *err) MUST_CHECK;

/*
 * Makes the state folder and the disks that are not there yet, sparse. The
 * MAC address and UUID, unless one is given, come from the machine's place and
 * are kept in it, so that a guest finds itself unchanged at every start.
 */
int machine_prepare(struct machine *machine, struct err *err) MUST_CHECK;
