/* SPDX-License-Identifier: Apache-2.0 */
/* runtime.json's `kitbuild`: what LinuxKit's own launcher does not know. */
#include "cmd/lib/build/internal.h"

#include <string.h>

/* Durations that a manifest leaves out. */
#define RESTART_DELAY "1s"
#define RESTART_MAX_DELAY "1m"
#define HEALTH_INTERVAL "30s"
#define HEALTH_TIMEOUT "30s"
#define HEALTH_RETRIES 3
#define READINESS_TIMEOUT "1m"

static void set_ms(json_t *object, const char *key, const struct val_str *value,
		   const char *otherwise)
{
	const char *text = val_text(value, otherwise);

	if (text)
		json_object_set_new(object, key,
				    json_integer(duration_ms(text)));
}

/* on-failure:5 is on-failure with the limit 5. */
static json_t *restart_json(const struct restart *restart)
{
	const char *policy = val_text(&restart->policy, "no");
	const char *colon = strchr(policy, ':');
	size_t length = colon ? (size_t)(colon - policy) : strlen(policy);
	json_t *object = json_object();

	/* `no` is what holds without the key. */
	if (!restart->at || strcmp(policy, "no") == 0)
		return object;
	json_object_set_new(object, "policy", json_stringn(policy, length));
	if (colon)
		json_object_set_new(object, "limit",
				    json_integer(strtol(colon + 1, NULL, 10)));
	spec_set_int(object, "limit", &restart->limit);
	set_ms(object, "delayMs", &restart->delay, RESTART_DELAY);
	set_ms(object, "maxDelayMs", &restart->max_delay, RESTART_MAX_DELAY);
	return object;
}

static json_t *healthcheck_json(const struct healthcheck *check)
{
	json_t *object = json_object();

	if (!check->at)
		return object;
	spec_set_strings(object, "command", &check->command);
	set_ms(object, "intervalMs", &check->interval, HEALTH_INTERVAL);
	set_ms(object, "timeoutMs", &check->timeout, HEALTH_TIMEOUT);
	set_ms(object, "startPeriodMs", &check->start_period, "0s");
	json_object_set_new(object, "retries",
			    json_integer(check->retries.at
						 ? check->retries.value
						 : HEALTH_RETRIES));
	return object;
}

static json_t *readiness_json(const struct readiness *readiness)
{
	json_t *object = json_object();

	if (!readiness->at)
		return object;
	spec_set_int(object, "fd", &readiness->fd);
	spec_set_text(object, "socket", &readiness->socket);
	spec_set_strings(object, "command", &readiness->command);
	set_ms(object, "timeoutMs", &readiness->timeout, READINESS_TIMEOUT);
	return object;
}

static bool has_option(const json_t *mount, const char *option)
{
	const json_t *options = json_object_get(mount, "options");

	for (size_t i = 0; i < json_array_size(options); i++)
		if (strcmp(json_string_value(json_array_get(options, i)),
			   option) == 0)
			return true;
	return false;
}

/*
 * Landlock cannot take away below what it gives, so what is mounted read-only
 * stays so by its mount. /dev is always writable: what is read-only there is
 * the directory, while devices are opened for writing.
 */
static json_t *writable_paths(const json_t *mounts)
{
	json_t *list = json_array();

	for (size_t i = 0; i < json_array_size(mounts); i++) {
		const json_t *mount = json_array_get(mounts, i);
		json_t *path = json_object_get(mount, "destination");

		if (!has_option(mount, "ro") ||
		    strcmp(json_string_value(path), "/dev") == 0)
			json_array_append(list, path);
	}
	return list;
}

static int landlock_json(json_t **landlock, const struct spec_input *input,
			 struct err *err)
{
	const struct entry *entry = input->entry;
	json_t *mounts;

	*landlock = json_object();
	if (strcmp(val_text(&entry->landlock, "off"), "auto") != 0)
		return 0;
	if (spec_mounts(&mounts, input, err) < 0)
		return -1;
	json_object_set_new(*landlock, "readOnly",
			    entry->readonly.value ? json_pack("[s]", "/")
						  : json_array());
	json_object_set_new(*landlock, "readWrite",
			    entry->readonly.value ? writable_paths(mounts)
						  : json_pack("[s]", "/"));
	json_decref(mounts);
	return 0;
}

int kitbuild_json(json_t **object, const struct spec_input *input,
		  struct err *err)
{
	const struct entry *entry = input->entry;
	SCOPED_JSON json_t *own = json_object();
	json_t *landlock;

	spec_set_unless_empty(own, "restart", restart_json(&entry->restart));
	spec_set_strings(own, "after", &entry->after);
	spec_set_strings(own, "requires", &entry->requires);
	spec_set_unless_empty(own, "healthcheck",
			      healthcheck_json(&entry->healthcheck));
	spec_set_unless_empty(own, "readiness",
			      readiness_json(&entry->readiness));
	set_ms(own, "stopTimeoutMs", &entry->stop_timeout, NULL);
	set_ms(own, "timeoutMs", &entry->timeout, NULL);
	spec_set_text(own, "onfail", &entry->onfail);
	spec_set_text(own, "handler", &entry->runtime.handler);
	if (landlock_json(&landlock, input, err) < 0) {
		json_decref(landlock);
		return -1;
	}
	spec_set_unless_empty(own, "landlock", landlock);
	*object = json_incref(own);
	return 0;
}
