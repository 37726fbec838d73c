/* SPDX-License-Identifier: Apache-2.0 */
/* Power buttons: input devices that have the power key. */
#pragma once

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

#define BUTTON_MAX 8

/* Takes the input devices that are there now. */
void buttons_scan(void);

/* Takes one, such as "input/event3", if it has a power key. */
void buttons_add(const char *device);

/* Fills poll entries; returns how many, at most BUTTON_MAX. */
size_t buttons_poll(struct pollfd *fds);

/* Reads a device; true if the power key went down. */
bool buttons_pressed(int fd);
