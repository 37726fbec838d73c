/* SPDX-License-Identifier: Apache-2.0 */
/* SELinux's policy. */
#pragma once

/*
 * Does what SELINUX_CONFIG says: gives the kernel the newest policy of the
 * configured type that the kernel understands, and sets the mode. The kernel's
 * word enforcing= goes before the file's SELINUX=. What fails is told in one
 * line, and the boot goes on: without a policy the kernel allows everything,
 * and containers that ask for a label are not started. selinuxfs has to be
 * mounted if the kernel has it.
 */
#define SELINUX_CONFIG "/etc/selinux/config"

void selinux_load(const char *cmdline);
