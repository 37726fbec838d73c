/* SPDX-License-Identifier: Apache-2.0 */
/* How the supervisor of services is started again. */
#include "pkg/init/init/keep.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define ROW_MAX 5
#define FIRST_DELAY_MS 100
#define LONG_LIFE_MS 60000
#define PID_LIMIT (1L << 22) /* of the kernel, for process ids */

bool keep_parse(char *text, struct keep *keep)
{
	char *save = NULL;
	char *end;
	size_t count = 0;
	char *line = strtok_r(text, "\n", &save);

	*keep = (struct keep){ 0 };
	if (!line)
		return false;
	long pid = strtol(line, &end, 10);

	if (*end || pid <= 1 || pid > PID_LIMIT)
		return false;
	keep->pid = (pid_t)pid;
	while ((line = strtok_r(NULL, "\n", &save))) {
		if (count == KEEP_WORDS)
			return false;
		keep->argv[count++] = line;
	}
	return count > 0 && keep->argv[0][0] == '/';
}

long long keep_delay(struct keep_row *row, long long now)
{
	if (now - row->started > LONG_LIFE_MS)
		row->deaths = 0;
	if (row->deaths == ROW_MAX)
		return -1;
	/* The first is likely the only one: its services wait for it. */
	return row->deaths++ == 0 ? 0 : FIRST_DELAY_MS << (row->deaths - 2);
}
