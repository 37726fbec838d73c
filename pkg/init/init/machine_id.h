/* SPDX-License-Identifier: Apache-2.0 */
/* What a machine-id looks like: machine-id(5). Pure. */
#pragma once

#include <stdbool.h>

#define MACHINE_ID_LEN 32
#define MACHINE_ID_BYTES (MACHINE_ID_LEN + 1)

/*
 * 32 hexadecimal digits, as they are or with the dashes of a UUID, in lower
 * case. False if there are others, or if they tell nobody from anybody: all 0
 * or all f.
 */
bool machine_id_of(const char *text, char id[MACHINE_ID_BYTES]);
