/* SPDX-License-Identifier: Apache-2.0 */
/* The only clock of the program. */
#include "cmd/lib/base/clock.h"

#include <sys/stat.h>
#include <time.h>

#include "cmd/lib/base/os.h"

#undef clock_gettime /* here is the one clock */

long long clock_monotonic_ms(void)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

long long clock_now_s(void)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_REALTIME, &now);
	return (long long)now.tv_sec;
}

long long clock_age_s(const struct stat *st)
{
	return clock_now_s() - (long long)os_mtime(st).tv_sec;
}
