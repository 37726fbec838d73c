/* SPDX-License-Identifier: Apache-2.0 */
/* The line formats of /proc, the kernel and its command line. */
/* links: pkg/init/init/mountinfo.c pkg/init/init/uevent.c */
/* links: pkg/init/init/setting.c pkg/init/init/selinuxconf.c */
/* links: pkg/init/init/modprobeconf.c */
/* links: pkg/init/common/proctext.c pkg/init/init/cmdline.c */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pkg/init/common/proctext.h"
#include "pkg/init/init/cmdline.h"
#include "pkg/init/init/modprobeconf.h"
#include "pkg/init/init/mountinfo.h"
#include "pkg/init/init/selinuxconf.h"
#include "pkg/init/init/setting.h"
#include "pkg/init/init/uevent.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct mount_line mount;
	struct uevent event;
	char value[16];

	memcpy(text, data, size);
	text[size] = 0;
	(void)uevent_parse(&event, text, size + 1);
	(void)status_is_deaf(text, 15);
	(void)stat_has_terminal(text);
	(void)cmdline_has(text, "kit.debug=shell");
	(void)cmdline_value(text, "kit.loglevel", value, sizeof(value));
	(void)mountinfo_parse(text, &mount);
	(void)selinux_policy_version(text);
	struct selinux_config config;
	char words[128] = "";
	char *copy = strdup(text);

	/* Whatever comes behind the words stays a word. */
	(void)modprobe_words(copy, words, sizeof(words) - sizeof(" last=1"));
	memcpy(words + strlen(words), " last=1", sizeof(" last=1"));
	if (!cmdline_has(words, "last=1"))
		abort();
	free(copy);
	copy = strdup(text);

	if (!selinux_config_read(copy, &config) &&
	    (strchr(config.type, '/') || config.type[0] == '.'))
		abort();
	free(copy);
	struct setting setting;
	char *rest = text;

	/* Cuts the text up, so it comes last. */
	while (setting_next(&rest, &setting))
		if (setting.path &&
		    (strstr(setting.path, "/../") || setting.path[0] == '/'))
			abort();
	free(text);
	return 0;
}
