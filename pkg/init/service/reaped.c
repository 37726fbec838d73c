/* SPDX-License-Identifier: Apache-2.0 */
/* Children that ended before anybody knew whose they were. */
#include "pkg/init/service/reaped.h"

#include <stdlib.h>

#include "pkg/init/service/fs.h"

struct reaped_end {
	pid_t pid;
	int status;
};

void reaped_open(struct reaped *reaped, size_t max)
{
	*reaped = (struct reaped){
		.ends = fs_alloc(max, sizeof(*reaped->ends)),
		.max = max,
	};
}

void reaped_release(struct reaped *reaped)
{
	free(reaped->ends);
	*reaped = (struct reaped){ 0 };
}

void reaped_add(struct reaped *reaped, pid_t pid, int status)
{
	reaped->ends[reaped->count++ % reaped->max] =
		(struct reaped_end){ .pid = pid, .status = status };
}

bool reaped_find(const struct reaped *reaped, unsigned long long since,
		 pid_t pid, int *status)
{
	unsigned long long oldest =
		reaped->count > reaped->max ? reaped->count - reaped->max : 0;

	if (oldest < since)
		oldest = since;
	for (unsigned long long i = reaped->count; i > oldest; i--) {
		const struct reaped_end *end =
			&reaped->ends[(i - 1) % reaped->max];

		if (end->pid != pid)
			continue;
		*status = end->status;
		return true;
	}
	return false;
}
