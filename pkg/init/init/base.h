/* SPDX-License-Identifier: Apache-2.0 */
/* The few macros that every file of init uses. */
#pragma once

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

#define PATH_BYTES 4096
