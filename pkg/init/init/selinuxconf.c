/* SPDX-License-Identifier: Apache-2.0 */
/* What stands in /etc/selinux/config. */
#include "pkg/init/init/selinuxconf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "pkg/init/init/base.h"
#include "pkg/init/init/setting.h"

#define POLICY "policy."
#define DIGITS_MAX 4

static const char *const modes[] = {
	[SELINUX_DISABLED] = "disabled",
	[SELINUX_PERMISSIVE] = "permissive",
	[SELINUX_ENFORCING] = "enforcing",
};

static bool set_mode(struct selinux_config *config, const char *value)
{
	for (size_t i = 0; i < ARRAY_LEN(modes); i++)
		if (strcasecmp(value, modes[i]) == 0) {
			config->mode = (enum selinux_mode)i;
			return true;
		}
	return false;
}

/* One name, so that the policy is found where it is looked for. */
static bool set_type(struct selinux_config *config, const char *value)
{
	size_t len = strlen(value);

	if (len >= sizeof(config->type) || value[0] == '.' ||
	    strchr(value, '/'))
		return false;
	memcpy(config->type, value, len + 1);
	return true;
}

static const struct {
	const char *key;
	bool (*set)(struct selinux_config *config, const char *value);
} keys[] = {
	{ "SELINUX", set_mode },
	{ "SELINUXTYPE", set_type },
};

const char *selinux_config_read(char *text, struct selinux_config *config)
{
	struct setting setting;

	*config = (struct selinux_config){ SELINUX_ENFORCING, "targeted" };
	while (setting_next(&text, &setting))
		for (size_t i = 0; setting.path && i < ARRAY_LEN(keys); i++)
			if (strcmp(setting.path, keys[i].key) == 0 &&
			    !keys[i].set(config, setting.value))
				return setting.value;
	return NULL;
}

unsigned selinux_policy_version(const char *name)
{
	size_t len = strlen(POLICY);

	if (strncmp(name, POLICY, len) != 0)
		return 0;
	name += len;
	len = strspn(name, "0123456789");
	if (len == 0 || len > DIGITS_MAX || name[len])
		return 0;
	return (unsigned)strtoul(name, NULL, 10);
}
