/* SPDX-License-Identifier: Apache-2.0 */
/* What planning and writing an ISO 9660 image share. */
#pragma once

#include "formats/disk/iso9660.h"

bool iso_is_directory(const struct iso_node *node);

/* Sets the sizes of the directories, of what does not fit into their records,
 * and of the path table. */
void iso_measure(struct iso *iso);
