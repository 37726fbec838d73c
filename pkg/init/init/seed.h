/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chance that a machine keeps over a boot: FOLDER/.random-seed on its data
 * disk. It counts as chance once: it is removed before it is believed, and a
 * new one is written at once, and again on the way down.
 */
#pragma once

/* Believes what an earlier boot has left in the folder. */
void seed_load(const char *folder);

/* Leaves one for the next boot; nothing happens without seed_load. */
void seed_save(void);
