/* SPDX-License-Identifier: Apache-2.0 */
/* What the others need to know of QEMU. */
#pragma once

#include "cmd/lib/vm/machine.h"

/* "qemu-system-x86_64"; NULL for an architecture it is not used for. */
const char *qemu_program(const char *arch);

/*
 * Decides MACHINE_ACCEL_AUTO. KVM counts only when a guest of three
 * instructions has run with it: /dev/kvm may be there and not work. That is
 * kept in `folder` until the host starts anew. Says so when the machine will be
 * emulated.
 */
void qemu_choose_accel(struct machine *machine, const char *folder);
