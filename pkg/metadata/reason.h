/* SPDX-License-Identifier: Apache-2.0 */
/* Why something failed: a sentence for people. */
#pragma once

struct reason {
	char text[512];
};

/* Both return -1, so that a caller can return their value. */
int reason_set(struct reason *reason, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Adds ": " and the text of errno. */
int reason_sys(struct reason *reason, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
