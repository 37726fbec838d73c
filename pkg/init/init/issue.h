/* SPDX-License-Identifier: Apache-2.0 */
/* The greeting on the consoles. */
#pragma once

/* Prints /etc/issue on every "console=" device of the command line. */
void issue_print(const char *cmdline);
