/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of kitbuild's own keys: security, and care for what runs. */
#include "yml/manifest.h"

#include <string.h>

#include "cmd/lib/base/mem.h"
#include "yml/internal.h"
#include "yml/rows.h"

const struct form form_duration = {
	"a duration such as 1m30s",
	"^([0-9]{1,6}(ms|s|m|h)){1,4}$",
};
const struct form form_landlock = { "auto or off", "^(auto|off)$" };
const struct form form_name = {
	"a name of letters, digits, dots, _ and -",
	"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$",
};
const struct form form_onfail = {
	"continue, stop, reboot or shell",
	"^(continue|stop|reboot|shell)$",
};
const struct form form_security = {
	"hardened or linuxkit",
	"^(hardened|linuxkit)$",
};
const struct form form_text = { "some text", "." };
const struct form form_word = { "a name without blanks", "^[!-~]{1,255}$" };

static const struct form form_context = {
	"user:role:type[:level]",
	"^[A-Za-z0-9_.-]+(:[A-Za-z0-9_.-]+){2}(:[A-Za-z0-9_.,:-]+)?$",
};
static const struct form form_policy = {
	"no, always or on-failure[:N]",
	"^(no|always|on-failure(:[1-9][0-9]{0,5})?)$",
};
/* A path has to fit into a socket address, with its end. */
static const struct form form_socket = {
	"the path of a socket, or tcp: and a port",
	"^(/[ -~]{1,106}|tcp:[1-9][0-9]{0,4})$",
};

static const struct field selinux_fields[] = {
	STR_FORM(selinux, label, "label", form_context, "of the process"),
	STR_FORM(
		selinux, mount_label, "mountLabel", form_context,
		"of its files; default: object_r:container_file_t with the label's user and level"),
	END,
};
const struct schema selinux_schema = SCHEMA(selinux, "selinux", selinux_fields);

static const struct field restart_fields[] = {
	STR_FORM(restart, policy, "policy", form_policy,
		 "no, always or on-failure[:N], N being the limit"),
	INT_IN(restart, limit, "limit", 1, 999999,
	       "give up after so many in a row; default: never"),
	STR_FORM(restart, delay, "delay", form_duration,
		 "before the first, doubled each time; default: 1s"),
	STR_FORM(restart, max_delay, "maxDelay", form_duration,
		 "what the delay grows to; default: 1m"),
	END,
};
const struct schema restart_schema = SCHEMA(restart, "restart", restart_fields);

static const struct field healthcheck_fields[] = {
	STRS(healthcheck, command, "command",
	     "run in the container; status 0 says that it works"),
	STR_FORM(healthcheck, interval, "interval", form_duration,
		 "from one run to the next; default: 30s"),
	STR_FORM(healthcheck, timeout, "timeout", form_duration,
		 "a run that takes longer has failed; default: 30s"),
	STR_FORM(healthcheck, start_period, "startPeriod", form_duration,
		 "failures do not count so long after the start; default: 0s"),
	INT_IN(healthcheck, retries, "retries", 1, 999999,
	       "so many failures in a row are one of the service; default: 3"),
	END,
};
const struct schema healthcheck_schema =
	SCHEMA(healthcheck, "healthcheck", healthcheck_fields);

static const struct field readiness_fields[] = {
	INT_IN(readiness, fd, "fd", 3, 255,
	       "the service writes a newline to this descriptor"),
	STR_FORM(readiness, socket, "socket", form_socket,
		 "it takes connections there: a path inside, or tcp:PORT"),
	STRS(readiness, command, "command",
	     "run in the container again and again until its status is 0"),
	STR_FORM(readiness, timeout, "timeout", form_duration,
		 "it has failed when it is not ready then; default: 1m"),
	END,
};
const struct schema readiness_schema =
	SCHEMA(readiness, "readiness", readiness_fields);

int64_t duration_ms(const char *text)
{
	static const struct {
		const char *unit;
		int64_t ms;
	} units[] = {
		{ "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 }
	};
	int64_t sum = 0;

	while (*text) {
		int64_t number = 0;
		size_t length;

		for (; *text >= '0' && *text <= '9'; text++)
			number = number * 10 + (*text - '0');
		length = strcspn(text, "0123456789");
		for (size_t i = 0; i < ARRAY_LEN(units); i++)
			if (strlen(units[i].unit) == length &&
			    strncmp(units[i].unit, text, length) == 0)
				sum += number * units[i].ms;
		text += length;
	}
	return sum;
}
