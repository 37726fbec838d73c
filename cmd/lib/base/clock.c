/* SPDX-License-Identifier: Apache-2.0 */
/* The only clock of the program. */
#include "cmd/lib/base/clock.h"

#include <time.h>

#undef clock_gettime /* here is the one clock */

long long clock_monotonic_ms(void)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
