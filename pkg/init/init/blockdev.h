/* SPDX-License-Identifier: Apache-2.0 */
/* Block devices made of others: loops over files, device mapper. */
#pragma once

#include <stddef.h>

/*
 * Takes those apart that nobody uses, so that what they lie on can be let go.
 * Returns how many have gone; one that lies on another takes a second call.
 */
size_t blockdev_detach(void);
