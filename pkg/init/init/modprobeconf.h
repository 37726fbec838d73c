/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of modprobe.d(5), told as words of the kernel command line. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * Appends to words, a text in size bytes: " modprobe.blacklist=NAME" for
 * "blacklist NAME", " NAME.KEY="VALUE"" for each setting of "options NAME
 * KEY=VALUE...". Lines of other commands (alias, install, remove, softdep) have
 * no words, nor has what holds a quote inside. The text is cut up. False if
 * there was no room for one: it and all after it are left out.
 */
bool modprobe_words(char *text, char *words, size_t size);
