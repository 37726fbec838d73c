/* SPDX-License-Identifier: Apache-2.0 */
/* Volumes: writable layers over what the image holds. */
#pragma once

/* Mounts every volume; returns how many failed. */
int volumes_mount(void);
