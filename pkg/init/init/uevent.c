/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a kernel event. */
#include "pkg/init/init/uevent.h"

#include <string.h>

#include "pkg/init/init/base.h"

bool uevent_parse(struct uevent *event, const char *message, size_t len)
{
	const struct {
		const char *key;
		const char **value;
	} fields[] = {
		{ "ACTION=", &event->action },
		{ "SUBSYSTEM=", &event->subsystem },
		{ "MODALIAS=", &event->modalias },
		{ "DEVNAME=", &event->device },
	};

	*event = (struct uevent){ "", "", "", "" };
	if (len == 0 || message[len - 1] != '\0' || !strchr(message, '@'))
		return false;
	const char *end = message + len;

	for (const char *at = message + strlen(message) + 1; at < end;
	     at += strlen(at) + 1)
		for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
			size_t head = strlen(fields[i].key);

			if (strncmp(at, fields[i].key, head) == 0)
				*fields[i].value = at + head;
		}
	return event->action[0] != '\0';
}
