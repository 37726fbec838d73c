/* SPDX-License-Identifier: Apache-2.0 */
/* Finding a partition by the name that its disk's table gives it. */
#pragma once

#include <stdbool.h>

#include "pkg/init/init/parttable.h"

struct partition {
	char name[32];   /* "vda2"; the node is below /dev */
	char number[24]; /* "254:2" */
	char disk[32];   /* "vda" */
	unsigned index;  /* 2 */
};

/* What names a partition on the command line begins so. */
#define PARTITION_WORD "PARTUUID="

/* Looks at all partitions that the kernel knows; the case of `uuid` is free. */
bool partition_find(const char *uuid, struct partition *found);

/*
 * The same, but waits for the disk, loading modules for the devices that come
 * up; see rescue when none has the partition within a minute.
 */
void partition_wait(const char *uuid, struct partition *found);
