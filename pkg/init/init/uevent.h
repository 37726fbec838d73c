/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's announcements of devices. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* What init wants to know of one event; absent fields are "". */
struct uevent {
	const char *action;
	const char *subsystem;
	const char *modalias;
	const char *device; /* node below /dev */
};

/*
 * Takes a message apart: NUL-separated, ended by a NUL. The fields point into
 * it. False if it is no kernel event. Pure.
 */
bool uevent_parse(struct uevent *event, const char *message, size_t len);

/* Opens the socket; -1 with errno. Do it before looking for devices. */
int uevent_open(void);

/*
 * Reads one event into message. Returns 1, with empty fields for what does not
 * come from the kernel; 0 if none is waiting; -1 if the kernel dropped some, so
 * that devices must be looked for again.
 */
int uevent_read(int fd, char *message, size_t size, struct uevent *event);
