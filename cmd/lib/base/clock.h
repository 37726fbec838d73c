/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The only clock of the program. Nothing read here may reach an output: times
 * in outputs are constants or come from the input.
 */
#pragma once

#include <stdint.h>

/* LinuxKit's fixed time for all it makes itself: 2017-04-18 16:30:00 UTC. */
#define CLOCK_BUILD_TIME 1492533000

long long clock_monotonic_ms(void);

/* Seconds since 1970: for what is asked to hold the time of the build. */
long long clock_now_s(void);

struct stat;

/* Seconds since a file was last written; negative when that lies ahead. */
long long clock_age_s(const struct stat *st);
