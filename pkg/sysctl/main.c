/* SPDX-License-Identifier: Apache-2.0 */
/* sysctl: writes the settings of /etc/sysctl.d into the kernel. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pkg/sysctl/line.h"

#define PATH_BYTES 4096
#define LINE_BYTES 4096

struct sysctl {
	const char *config_dir;
	const char *sysctl_dir;
	unsigned set;
	unsigned absent; /* the kernel lacks the feature */
	unsigned failed;
};

/* Where a message belongs. */
struct place {
	const char *file;
	unsigned line;
};

static int write_value(const char *path, const char *value)
{
	size_t len = strlen(value);
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	ssize_t done = write(fd, value, len);
	int saved = errno;

	(void)close(fd);
	errno = saved;
	return done == (ssize_t)len ? 0 : -1;
}

static void apply(struct sysctl *sysctl, const struct place *place,
		  const struct line *line)
{
	char key[PATH_BYTES / 2];
	char path[PATH_BYTES];

	if (!line_path(line->key, key, sizeof(key)) ||
	    snprintf(path, sizeof(path), "%s/%s", sysctl->sysctl_dir, key) >=
		    (int)sizeof(path)) {
		(void)fprintf(stderr, "sysctl: %s:%u: bad key '%s'\n",
			      place->file, place->line, line->key);
		sysctl->failed++;
		return;
	}
	if (write_value(path, line->value) == 0) {
		sysctl->set++;
		return;
	}
	bool absent = errno == ENOENT || line->optional;

	(void)fprintf(stderr, "sysctl: %s:%u: %s%s: %s\n", place->file,
		      place->line, absent ? "warning: " : "", line->key,
		      strerror(errno));
	sysctl->absent += absent;
	sysctl->failed += !absent;
}

static void read_lines(struct sysctl *sysctl, FILE *file, const char *name)
{
	struct place place = { .file = name };
	char text[LINE_BYTES];
	struct line line;

	while (fgets(text, sizeof(text), file)) {
		place.line++;
		switch (line_parse(text, &line)) {
		case LINE_EMPTY:
			break;
		case LINE_SETTING:
			apply(sysctl, &place, &line);
			break;
		case LINE_BAD:
			(void)fprintf(stderr,
				      "sysctl: %s:%u: not 'key = value'\n",
				      name, place.line);
			sysctl->failed++;
			break;
		}
	}
}

static void read_file(struct sysctl *sysctl, const char *name)
{
	char path[PATH_BYTES];

	(void)snprintf(path, sizeof(path), "%s/%s", sysctl->config_dir, name);
	FILE *file = fopen(path, "re");

	if (!file) {
		(void)fprintf(stderr, "sysctl: %s: %s\n", path,
			      strerror(errno));
		sysctl->failed++;
		return;
	}
	read_lines(sysctl, file, name);
	(void)fclose(file);
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int run(struct sysctl *sysctl)
{
	struct dirent **entries = NULL;
	int count = scandir(sysctl->config_dir, &entries, is_visible, by_bytes);

	if (count < 0) {
		(void)fprintf(stderr, "sysctl: %s: %s\n", sysctl->config_dir,
			      strerror(errno));
		return 1;
	}
	for (int i = 0; i < count; i++) {
		read_file(sysctl, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	(void)fprintf(stderr,
		      "sysctl: %u set, %u not in this kernel, %u failed\n",
		      sysctl->set, sysctl->absent, sysctl->failed);
	return sysctl->failed > 0;
}

static int usage(void)
{
	(void)fputs("usage: sysctl [-configDir DIR] [-sysctlDir DIR]\n",
		    stderr);
	return 2;
}

int main(int argc, char **argv)
{
	struct sysctl sysctl = { .config_dir = "/etc/sysctl.d",
				 .sysctl_dir = "/proc/sys" };
	const struct {
		const char *name;
		const char **value;
	} options[] = { { "configDir", &sysctl.config_dir },
			{ "sysctlDir", &sysctl.sysctl_dir } };

	for (int i = 1; i < argc; i += 2) {
		const char *name = argv[i] + strspn(argv[i], "-");
		size_t option = 0;

		while (option < 2 && strcmp(name, options[option].name) != 0)
			option++;
		if (name == argv[i] || option == 2 || i + 1 == argc)
			return usage();
		*options[option].value = argv[i + 1];
	}
	return run(&sysctl);
}
