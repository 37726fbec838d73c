/* SPDX-License-Identifier: Apache-2.0 */
/* What a bundle asks of the launcher. */
#include "pkg/init/service/policy.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* Ten years: far from where sums of times overflow. */
#define MS_MAX 315360000000LL
#define STOP_MS 10000
#define HANDLER_BYTES 64

static const struct json_range positive = { 1, MS_MAX, 0 };
static const struct json_range from_zero = { 0, MS_MAX, 0 };

/* The place of a word in a list that ends in NULL. */
static int word_index(const char *const *words, const char *key,
		      const char *word, struct err *err)
{
	for (int i = 0; words[i]; i++)
		if (strcmp(words[i], word) == 0)
			return i;
	return err_set(err, "'%s' is '%s', which is not one of its words", key,
		       word);
}

static int decode_restart(struct restart_policy *restart, const json_t *object,
			  struct err *err)
{
	static const char *const keys[] = { "policy", "limit", "delayMs",
					    "maxDelayMs", NULL };
	static const char *const words[] = { "no", "on-failure", "always",
					     NULL };
	static const struct json_range limit = { 1, 1000000, 0 };
	static const struct json_range delay = { 0, MS_MAX, 1000 };
	static const struct json_range max_delay = { 0, MS_MAX, 60000 };
	const char *word;

	if (!object)
		return 0;
	if (json_only(object, keys, err) < 0 ||
	    json_get_text(object, "policy", &word, err) < 0 ||
	    json_get_int(object, "limit", &limit, &restart->limit, err) < 0 ||
	    json_get_int(object, "delayMs", &delay, &restart->delay_ms, err) <
		    0 ||
	    json_get_int(object, "maxDelayMs", &max_delay,
			 &restart->max_delay_ms, err) < 0)
		return -1;
	int when = word_index(words, "policy", word, err);

	if (when < 0)
		return -1;
	restart->when = (enum restart)when;
	if (restart->max_delay_ms < restart->delay_ms)
		restart->max_delay_ms = restart->delay_ms;
	return 0;
}

static int decode_health(struct healthcheck *health, const json_t *object,
			 struct err *err)
{
	static const char *const keys[] = { "command",   "intervalMs",
					    "timeoutMs", "startPeriodMs",
					    "retries",   NULL };
	static const struct json_range interval = { 1, MS_MAX, 30000 };
	static const struct json_range retries = { 1, 1000000, 3 };

	if (!object)
		return 0;
	if (json_only(object, keys, err) < 0 ||
	    json_get_int(object, "intervalMs", &interval, &health->interval_ms,
			 err) < 0 ||
	    json_get_int(object, "timeoutMs", &interval, &health->timeout_ms,
			 err) < 0 ||
	    json_get_int(object, "startPeriodMs", &from_zero,
			 &health->start_period_ms, err) < 0 ||
	    json_get_int(object, "retries", &retries, &health->retries, err) <
		    0 ||
	    json_get_list(object, "command", &health->command, err) < 0)
		return -1;
	if (health->command.count == 0)
		return err_set(err, "'command' is empty");
	return 0;
}

int readiness_port(const struct readiness *ready)
{
	static const char tcp[] = "tcp:";
	char *end;

	if (strncmp(ready->socket, tcp, sizeof(tcp) - 1) != 0)
		return 0;
	const char *digits = ready->socket + sizeof(tcp) - 1;

	if (*digits < '0' || *digits > '9')
		return 0;
	long port = strtol(digits, &end, 10);

	return *end == '\0' && port > 0 && port < 65536 ? (int)port : 0;
}

bool readiness_asked(const struct readiness *ready)
{
	return ready->fd > 0 || ready->socket[0] || ready->command.count > 0;
}

static int check_readiness(const struct readiness *ready, struct err *err)
{
	int ways = (ready->fd > 0) + (ready->socket[0] != '\0') +
		   (ready->command.count > 0);

	if (ways != 1)
		return err_set(err,
			       "needs one of 'fd', 'socket' and 'command'");
	if (ready->socket[0] && ready->socket[0] != '/' &&
	    readiness_port(ready) == 0)
		return err_set(err, "'socket' is neither a path nor tcp:PORT");
	return 0;
}

static int decode_readiness(struct readiness *ready, const json_t *object,
			    struct err *err)
{
	static const char *const keys[] = { "fd", "socket", "command",
					    "timeoutMs", NULL };
	static const struct json_range fd = { 3, 1023, 0 };
	static const struct json_range timeout = { 1, MS_MAX, 60000 };

	if (!object)
		return 0;
	if (json_only(object, keys, err) < 0 ||
	    json_get_int(object, "fd", &fd, &ready->fd, err) < 0 ||
	    json_get_int(object, "timeoutMs", &timeout, &ready->timeout_ms,
			 err) < 0 ||
	    json_get_text(object, "socket", &ready->socket, err) < 0 ||
	    json_get_list(object, "command", &ready->command, err) < 0)
		return -1;
	return check_readiness(ready, err);
}

static int decode_landlock(struct landlock *landlock, const json_t *object,
			   struct err *err)
{
	static const char *const keys[] = { "readOnly", "readWrite", NULL };

	if (!object)
		return 0;
	landlock->asked = true;
	if (json_only(object, keys, err) < 0 ||
	    json_get_list(object, "readOnly", &landlock->read_only, err) < 0)
		return -1;
	return json_get_list(object, "readWrite", &landlock->read_write, err);
}

static int decode_onfail(struct policy *policy, const json_t *object,
			 struct err *err)
{
	static const char *const words[] = { "continue", "stop", "reboot",
					     "shell", NULL };
	const char *word;

	if (json_get_text(object, "onfail", &word, err) < 0)
		return -1;
	int onfail =
		word_index(words, "onfail", word[0] ? word : words[0], err);

	policy->onfail = onfail < 0 ? ONFAIL_CONTINUE : (enum onfail)onfail;
	return onfail < 0 ? -1 : 0;
}

/* It becomes a file name below folders of programs. */
static int decode_handler(struct policy *policy, const json_t *object,
			  struct err *err)
{
	if (json_get_text(object, "handler", &policy->handler, err) < 0)
		return -1;
	if (strchr(policy->handler, '/') || policy->handler[0] == '.' ||
	    strlen(policy->handler) >= HANDLER_BYTES)
		return err_set(err, "'handler' is not the name of a program");
	return 0;
}

/* The members that are objects. */
static int decode_parts(struct policy *policy, const json_t *object,
			struct err *err)
{
	const json_t *part;

	if (json_get_object(object, "restart", &part, err) < 0)
		return -1;
	if (decode_restart(&policy->restart, part, err) < 0)
		return err_wrap(err, "restart");
	if (json_get_object(object, "healthcheck", &part, err) < 0)
		return -1;
	if (decode_health(&policy->health, part, err) < 0)
		return err_wrap(err, "healthcheck");
	if (json_get_object(object, "readiness", &part, err) < 0)
		return -1;
	if (decode_readiness(&policy->ready, part, err) < 0)
		return err_wrap(err, "readiness");
	if (json_get_object(object, "landlock", &part, err) < 0)
		return -1;
	if (decode_landlock(&policy->landlock, part, err) < 0)
		return err_wrap(err, "landlock");
	return 0;
}

static int decode_all(struct policy *policy, const json_t *object,
		      struct err *err)
{
	static const char *const keys[] = {
		"restart",   "after",         "requires",  "healthcheck",
		"readiness", "onfail",        "timeoutMs", "handler",
		"landlock",  "stopTimeoutMs", NULL,
	};
	static const struct json_range stop = { 1, MS_MAX, STOP_MS };

	if (json_only(object, keys, err) < 0 ||
	    json_get_list(object, "after", &policy->after, err) < 0 ||
	    json_get_list(object, "requires", &policy->requires, err) < 0 ||
	    json_get_int(object, "stopTimeoutMs", &stop,
			 &policy->stop_timeout_ms, err) < 0 ||
	    json_get_int(object, "timeoutMs", &positive, &policy->timeout_ms,
			 err) < 0 ||
	    decode_onfail(policy, object, err) < 0 ||
	    decode_handler(policy, object, err) < 0)
		return -1;
	return decode_parts(policy, object, err);
}

int policy_decode(struct policy *policy, const json_t *object, struct err *err)
{
	*policy = (struct policy){ .ready.socket = "",
				   .handler = "",
				   .stop_timeout_ms = STOP_MS };
	if (!object || json_is_null(object))
		return 0;
	if (!json_is_object(object))
		return err_set(err, "not an object");
	if (decode_all(policy, object, err) == 0)
		return 0;
	policy_release(policy);
	return -1;
}

void policy_release(struct policy *policy)
{
	json_list_release(&policy->after);
	json_list_release(&policy->requires);
	json_list_release(&policy->health.command);
	json_list_release(&policy->ready.command);
	json_list_release(&policy->landlock.read_only);
	json_list_release(&policy->landlock.read_write);
}
