/* SPDX-License-Identifier: Apache-2.0 */
/* A command inside a running service, at the terminal of whoever asks. */
#pragma once

struct services;

/*
 * Runs the command as the service's own process would be: its user,
 * capabilities, environment and control group. Returns the exit status of the
 * command, 126 if it could not be run; what is wrong was said.
 */
int join_run(const struct services *services, const char *name,
	     const char *const *argv);
