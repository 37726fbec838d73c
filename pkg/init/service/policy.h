/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a bundle asks of the launcher: the object `kitbuild` of runtime.json,
 * docs/boot-contract.md, section 8. Durations are in milliseconds. Pure.
 */
#pragma once

#include <stdbool.h>

#include "pkg/init/service/jsonget.h"

enum restart {
	RESTART_NO,
	RESTART_ON_FAILURE,
	RESTART_ALWAYS,
};

/* What becomes of the boot after an onboot container failed. */
enum onfail {
	ONFAIL_CONTINUE,
	ONFAIL_STOP,
	ONFAIL_REBOOT,
	ONFAIL_SHELL,
};

struct restart_policy {
	enum restart when;
	long long limit; /* restarts in a row; 0: no end */
	long long delay_ms;
	long long max_delay_ms;
};

struct healthcheck {
	struct json_list command; /* empty: none */
	long long interval_ms;
	long long timeout_ms;
	long long start_period_ms;
	long long retries;
};

/* At most one of the first three is asked for. */
struct readiness {
	long long fd;       /* 0: none */
	const char *socket; /* path inside, or tcp:PORT; "": none */
	struct json_list command;
	long long timeout_ms;
};

struct landlock {
	bool asked;
	struct json_list read_only;
	struct json_list read_write;
};

/* Strings are borrowed from the JSON document. */
struct policy {
	struct restart_policy restart;
	struct json_list after;
	struct json_list requires;
	struct healthcheck health;
	struct readiness ready;
	long long stop_timeout_ms;
	long long timeout_ms; /* 0: none */
	enum onfail onfail;
	const char *handler; /* "": the launcher's choice */
	struct landlock landlock;
};

/*
 * Decodes the object; NULL asks for nothing. Unknown members, wrong types and
 * values out of range are errors that name the member: a supervisor must not
 * guess. On an error there is nothing to release.
 */
MUST_CHECK int policy_decode(struct policy *policy, const struct json_t *object,
			     struct err *err);
void policy_release(struct policy *policy);

bool readiness_asked(const struct readiness *ready);

/* The port of a readiness.socket tcp:PORT, or 0 if it is a path. */
int readiness_port(const struct readiness *ready);
