/* SPDX-License-Identifier: Apache-2.0 */
/* Finding a partition by the name that its disk's table gives it. */
#pragma once

#include <stdbool.h>

#include "pkg/init/init/parttable.h"

struct partition {
	char name[32];   /* "vda2"; the node is below /dev */
	char number[24]; /* "254:2" */
};

/* Looks at all partitions that the kernel knows; the case of `uuid` is free. */
bool partition_find(const char *uuid, struct partition *found);
