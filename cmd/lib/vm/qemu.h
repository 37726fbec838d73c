/* SPDX-License-Identifier: Apache-2.0 */
/* Machines on QEMU. */
#pragma once

#include "cmd/lib/base/err.h"
#include "cmd/lib/base/strv.h"
#include "cmd/lib/vm/machine.h"

#include <stdbool.h>

/* "qemu-system-x86_64"; FAULT_INPUT for an architecture it lacks. */
int qemu_program(const char *arch, const char **program,
		 struct err *err) MUST_CHECK;

/*
 * The arguments that start the machine, first the program. Pure. `accel` must
 * be decided.
 */
int qemu_argv(const struct machine *machine, struct strv *argv,
	      struct err *err) MUST_CHECK;

/*
 * Decides MACHINE_ACCEL_AUTO. KVM counts only when a guest of three
 * instructions has run with it: /dev/kvm may be there and not work. Says so
 * once when the machine will be emulated.
 */
void qemu_choose_accel(struct machine *machine);

/*
 * Starts the machine and waits for its end. SIGINT and SIGTERM ask the guest to
 * power off; after 15 seconds, or the second one, QEMU is killed. It never
 * outlives this process. FAULT_SYSTEM unless QEMU ends with status 0.
 */
int qemu_run(const struct machine *machine, struct err *err) MUST_CHECK;

/* Where QEMU listens for commands. Caller frees. */
char *qemu_socket_path(const struct machine *machine);
