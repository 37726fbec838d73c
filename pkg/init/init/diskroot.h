/* SPDX-License-Identifier: Apache-2.0 */
/* From the small initrd to a root on a disk (boot contract, section 11). */
#pragma once

/*
 * Does nothing unless this is an initramfs and the command line has kit.root=.
 * Else it finds the partition, mounts it and starts the init on it; when that
 * cannot be, it ends in rescue.
 */
void diskroot_enter(void);
