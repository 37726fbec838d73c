/* SPDX-License-Identifier: Apache-2.0 */
/* linux/dm-ioctl.h, which musl's compiler wrapper does not reach. */
#pragma once

#include <stdint.h>
#include <sys/ioctl.h>

struct dm_head {
	uint32_t version[3];
	uint32_t data_size, data_start, target_count;
	int32_t open_count;
	uint32_t flags, event_number, padding;
	uint64_t dev;
	char name[128];
	char uuid[129];
	char data[7];
};
struct dm_target {
	uint64_t start, sectors;
	int32_t status;
	uint32_t next;
	char type[16];
};
_Static_assert(sizeof(struct dm_head) == 312, "the kernel's dm_ioctl");
_Static_assert(sizeof(struct dm_target) == 40, "the kernel's dm_target_spec");

#define DM_CONTROL "/dev/mapper/control"
#define DM_READONLY 1u
#define DM_REMOVE_ALL _IOWR(0xfd, 1, struct dm_head)
#define DM_DEV_CREATE _IOWR(0xfd, 3, struct dm_head)
#define DM_DEV_REMOVE _IOWR(0xfd, 4, struct dm_head)
#define DM_DEV_SUSPEND _IOWR(0xfd, 6, struct dm_head)
#define DM_TABLE_LOAD _IOWR(0xfd, 9, struct dm_head)
