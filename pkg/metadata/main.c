/* SPDX-License-Identifier: Apache-2.0 */
/* metadata: user data of the machine becomes files below /run/config. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pkg/metadata/source.h"
#include "pkg/metadata/userdata.h"

#define CONFIG "/run/config"
#define USAGE_STATUS 2
#define TICK_MICROSECONDS 50000
#define TICKS 20 /* a second: drives are found while containers start */

static const char help[] =
	"usage: metadata [-v] [PROVIDER...]\n"
	"\n"
	"Reads user data and writes what it says below " CONFIG ".\n"
	"\n"
	"  cdrom      a CD, or a file system labelled cidata (the default)\n"
	"  file=PATH  a file\n"
	"  -v         say what was written\n";

__attribute__((format(printf, 1, 2))) static void say(const char *fmt, ...)
{
	char line[640];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	(void)fprintf(stderr, "metadata: %s\n", line);
}

struct provider {
	const char *name; /* a prefix, if it ends in '=' */
	int (*find)(const char *rest, struct found *found,
		    struct reason *reason);
};

static int find_disks(const char *rest, struct found *found,
		      struct reason *reason)
{
	int result = 0;

	(void)rest;
	for (int i = 0; i < TICKS && result == 0; i++) {
		if (i > 0)
			(void)usleep(TICK_MICROSECONDS);
		result = source_disks(found, reason);
	}
	return result;
}

static const struct provider providers[] = {
	{ "cdrom", find_disks },
	{ "file=", source_file },
};

static const struct provider *provider_of(const char *word, const char **rest)
{
	for (size_t i = 0; i < sizeof(providers) / sizeof(providers[0]); i++) {
		const char *name = providers[i].name;
		size_t len = strlen(name);
		int same = name[len - 1] == '=' ? strncmp(word, name, len)
						: strcmp(word, name);

		*rest = word + (same == 0 ? len : 0);
		if (same == 0)
			return &providers[i];
	}
	return NULL;
}

static int find(char **words, int count, struct found *found,
		struct reason *reason)
{
	const char *rest;
	int result = 0;

	if (count == 0)
		return find_disks("", found, reason);
	for (int i = 0; i < count && result == 0; i++) {
		const struct provider *provider = provider_of(words[i], &rest);

		result = provider ? provider->find(rest, found, reason) : 0;
	}
	return result;
}

/* The name alone: files from editors end in a line feed. */
static int set_hostname(int folder, struct reason *reason)
{
	char name[HOST_NAME_MAX + 2] = "";
	int fd = openat(folder, "hostname",
			O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT ? 0 : reason_sys(reason, "hostname");
	ssize_t got = read(fd, name, sizeof(name) - 1);

	(void)close(fd);
	name[strcspn(name, " \t\r\n")] = '\0';
	if (got < 0 || !name[0] || strlen(name) > HOST_NAME_MAX)
		return reason_set(reason,
				  "hostname: not a name of 1 to %d bytes",
				  HOST_NAME_MAX);
	if (sethostname(name, strlen(name)) < 0)
		return reason_sys(reason, "set the host name");
	return 0;
}

/* User data may hold secrets: only the provider's name is for everybody. */
static int write_found(int folder, const struct found *found,
		       struct reason *reason)
{
	json_t *tree = NULL;
	int result = -1;

	if (userdata_write_file(folder, "provider", found->where,
				strlen(found->where), 0644, reason) < 0 ||
	    userdata_write_file(folder, "userdata", found->text, found->size,
				0600, reason) < 0)
		return -1;
	switch (userdata_read(found->text, found->size, &tree, reason)) {
	case USERDATA_TREE:
		result = userdata_write(tree, folder, reason);
		break;
	case USERDATA_TEXT:
		result = 0;
		break;
	case USERDATA_BAD:
		break;
	}
	json_decref(tree);
	return result < 0 ? -1 : set_hostname(folder, reason);
}

static int run(char **words, int count, int loud, struct reason *reason)
{
	struct found found = { .text = NULL };
	int result = find(words, count, &found, reason);

	if (result == 0 && loud)
		say("no user data");
	if (result > 0) {
		(void)mkdir(CONFIG, 0755);
		int folder = open(CONFIG, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
						  O_CLOEXEC);

		result = folder < 0 ? reason_sys(reason, "%s", CONFIG)
				    : write_found(folder, &found, reason);
		if (folder >= 0)
			(void)close(folder);
		if (result == 0 && loud)
			say("%zu bytes from %s", found.size, found.where);
	}
	free(found.text);
	return result;
}

int main(int argc, char **argv)
{
	struct reason reason = { .text = "" };
	const char *rest;
	int loud = 0;

	for (int c; (c = getopt(argc, argv, "hv")) != -1;) {
		if (c != 'v') {
			(void)fputs(help, c == 'h' ? stdout : stderr);
			return c == 'h' ? 0 : USAGE_STATUS;
		}
		loud = 1;
	}
	for (int i = optind; i < argc; i++)
		if (!provider_of(argv[i], &rest)) {
			say("unknown provider '%s' (see metadata -h)", argv[i]);
			return USAGE_STATUS;
		}
	if (run(argv + optind, argc - optind, loud, &reason) < 0) {
		say("%s", reason.text);
		return 1;
	}
	return 0;
}
