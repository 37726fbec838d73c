/* SPDX-License-Identifier: Apache-2.0 */
/* The partition of a machine's own data (docs/boot-contract.md, section 12). */
#pragma once

/*
 * Does what kit.data= on the command line asks for: waits for the partition,
 * makes it and its ext4 as large as the disk allows, and mounts it. A machine
 * that cannot have its data does not go on without: see rescue.
 */
void datadisk_mount(const char *cmdline);
