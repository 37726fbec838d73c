/* SPDX-License-Identifier: Apache-2.0 */
/* The options of `kitbuild run`, and the machine they describe. */
#pragma once

#include "cmd/kitbuild/verb.h"
#include "cmd/lib/vm/hypervisor.h"

struct run_options {
	uint64_t memory_bytes;
	uint64_t cpus;
	struct strv disks;
	struct strv publishes;
	struct strv shares;
	struct strv virtiofs; /* LinuxKit's shares, without tags */
	struct strv devices;
	struct strv vsock_ports;
	char *net;
	char *vsock;
	char *accel;
	char *arch;
	char *state;
	char *program;
	char *virtiofsd;
	char *firmware;
	char *qmp;
	bool console_file;
	char *machine;
	char *uuid;
	char *data, *data_file;
	char *expected, *service, *timeline;
	bool uefi, gui, usb, rosetta;
	bool detach, print;
	bool kind; /* LinuxKit is told what is booted; we look */
};

/*
 * Describes the machine of that name, without touching anything: what its files
 * are, and whether the hypervisor can do what is asked for.
 */
int run_describe(struct machine *machine, const struct hypervisor *hypervisor,
		 const struct run_options *options, const char *name,
		 struct err *err) MUST_CHECK;

/*
 * Makes what it needs in its state folder: identity, disks, firmware's
 * variables, metadata, an unpacked kernel.
 */
int run_prepare(struct machine *machine, const struct hypervisor *hypervisor,
		const struct run_options *options, struct err *err) MUST_CHECK;
