/* SPDX-License-Identifier: Apache-2.0 */
/* Leaving the initramfs. */
#pragma once

#include <stdbool.h>

/* Is / what the kernel unpacked into memory? */
bool root_on_initramfs(void);

/*
 * Did the kernel run out of room while it unpacked the root? It goes on then
 * with the files that came first. *room_bytes is what there was: the size of
 * its tmpfs, half of the memory.
 */
bool root_is_cut_off(unsigned long long *room_bytes);

/*
 * Puts a mount of the same files over an initramfs and makes it the root, so
 * that pivot_root works for containers. Nothing is copied. Sets *moved if the
 * root was an initramfs. Returns -1 with errno if that fails.
 */
int root_leave_initramfs(bool *moved);

/* Makes the root read-only; moved as told by root_leave_initramfs. */
int root_set_readonly(bool moved);
