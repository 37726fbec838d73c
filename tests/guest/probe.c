/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a process finds around itself, as one line of JSON on standard output:
 * who it is, what it may do, where it is and what it can see. It is the only
 * program of an image, so that nothing else has to be there.
 *
 *	probe [TAG]         the line, TAG among it; then it sleeps
 *	probe listen PATH   takes connections at a socket, after a second
 *	probe true          exit status 0
 *	probe denied PATH   exit status 0 if the file cannot be opened for
 *reading
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define FILE_BYTES (64 << 10)

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

static char *slurp(const char *path)
{
	static char text[FILE_BYTES];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		(void)close(fd);
	if (got < 0)
		return NULL;
	text[got] = '\0';
	while (got > 0 && (text[got - 1] == '\n' || text[got - 1] == '\0'))
		text[--got] = '\0';
	return text;
}

static void put_string(const char *text)
{
	(void)putchar('"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			(void)printf("\\%c", *text);
		else if ((unsigned char)*text < ' ')
			(void)printf("\\u%04x", (unsigned char)*text);
		else
			(void)putchar(*text);
	}
	(void)putchar('"');
}

/* null where there is no such file. */
static void put_file(const char *key, const char *path)
{
	const char *text = slurp(path);

	(void)printf(",\"%s\":", key);
	if (text)
		put_string(text);
	else
		(void)fputs("null", stdout);
}

static void put_namespaces(void)
{
	static const char *const kinds[] = { "cgroup", "ipc",  "mnt", "net",
					     "pid",    "user", "uts" };
	char path[64];
	char target[64];

	(void)fputs(",\"namespaces\":{", stdout);
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		(void)snprintf(path, sizeof(path), "/proc/self/ns/%s",
			       kinds[i]);
		ssize_t len = readlink(path, target, sizeof(target) - 1);

		target[len > 0 ? len : 0] = '\0';
		(void)printf("%s\"%s\":\"%s\"", i > 0 ? "," : "", kinds[i],
			     target);
	}
	(void)putchar('}');
}

/* What stands behind "KEY:\t" of /proc/self/status. */
static void put_status(void)
{
	static const char *const keys[] = { "CapInh",  "CapPrm", "CapEff",
					    "CapBnd",  "CapAmb", "NoNewPrivs",
					    "Seccomp", "Groups" };

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		char *text = slurp("/proc/self/status");
		char key[32];

		(void)snprintf(key, sizeof(key), "\n%s:", keys[i]);
		char *at = text ? strstr(text, key) : NULL;

		at = at ? at + strlen(key) : NULL;
		if (at)
			at += strspn(at, "\t ");
		if (at)
			at[strcspn(at, "\n")] = '\0';
		size_t len = at ? strlen(at) : 0;

		while (len > 0 && at[len - 1] == ' ')
			at[--len] = '\0';
		(void)printf(",\"%s\":", keys[i]);
		put_string(at ? at : "");
	}
}

static void put_limits(void)
{
	static const struct {
		const char *name;
		int what;
	} rows[] = {
		{ "nofile", RLIMIT_NOFILE },
		{ "nproc", RLIMIT_NPROC },
		{ "core", RLIMIT_CORE },
		{ "memlock", RLIMIT_MEMLOCK },
	};

	(void)fputs(",\"rlimits\":{", stdout);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct rlimit limit = { 0, 0 };

		(void)getrlimit(rows[i].what, &limit);
		(void)printf("%s\"%s\":[%lld,%lld]", i > 0 ? "," : "",
			     rows[i].name, (long long)limit.rlim_cur,
			     (long long)limit.rlim_max);
	}
	(void)putchar('}');
}

static void put_mounts(void)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	static char line[8192];
	bool first = true;

	(void)fputs(",\"mounts\":{", stdout);
	while (file && fgets(line, sizeof(line), file)) {
		char *save = NULL;
		char *field[6];
		char *word = strtok_r(line, " \n", &save);

		for (size_t i = 0; i < 6; i++) {
			field[i] = word ? word : "";
			word = strtok_r(NULL, " \n", &save);
		}
		while (word && strcmp(word, "-") != 0)
			word = strtok_r(NULL, " \n", &save);
		word = strtok_r(NULL, " \n", &save);
		(void)fputs(first ? "" : ",", stdout);
		put_string(field[4]);
		(void)putchar(':');
		(void)printf("\"%s %s\"", word ? word : "", field[5]);
		first = false;
	}
	if (file)
		(void)fclose(file);
	(void)putchar('}');
}

/* The limits of its own control group, wherever it sees that. */
static void put_cgroup(void)
{
	static const char *const names[] = { "memory.max", "memory.swap.max",
					     "pids.max",   "cpu.max",
					     "cpu.weight", "io.weight" };
	char own[512] = "";
	char path[1024];
	const char *text = slurp("/proc/self/cgroup");

	if (text && strncmp(text, "0::", 3) == 0)
		(void)snprintf(own, sizeof(own), "%.500s", text + 3);
	(void)fputs(",\"cgroup\":{\"path\":", stdout);
	put_string(own);
	(void)snprintf(path, sizeof(path), "/sys/fs/cgroup%s/cgroup.procs",
		       own);
	if (access(path, F_OK) < 0)
		own[0] = '\0';
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		(void)snprintf(path, sizeof(path), "/sys/fs/cgroup%s/%s", own,
			       names[i]);
		put_file(names[i], path);
	}
	(void)putchar('}');
}

static const char *error_name(int error)
{
	static const struct {
		int error;
		const char *name;
	} rows[] = {
		{ 0, "" },
		{ EPERM, "EPERM" },
		{ EACCES, "EACCES" },
		{ ENOENT, "ENOENT" },
		{ EROFS, "EROFS" },
		{ ENOSYS, "ENOSYS" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].error == error)
			return rows[i].name;
	return "other";
}

/* What it may not do, by the error it gets. */
static void put_denials(void)
{
	static const struct {
		const char *name;
		const char *path;
		int flags;
	} opens[] = {
		{ "write-root", "/written", O_WRONLY | O_CREAT },
		{ "write-tmp", "/tmp/written", O_WRONLY | O_CREAT },
		{ "write-open", "/open/written", O_WRONLY | O_CREAT },
		{ "read-open", "/open/there", O_RDONLY },
		{ "write-sysctl", "/proc/sys/kernel/hostname", O_WRONLY },
		{ "read-kcore", "/proc/kcore", O_RDONLY },
	};

	(void)fputs(",\"errors\":{", stdout);
	for (size_t i = 0; i < ARRAY_LEN(opens); i++) {
		errno = 0;
		int fd = open(opens[i].path, opens[i].flags | O_CLOEXEC, 0600);

		(void)printf("\"%s\":\"%s\",", opens[i].name,
			     error_name(fd < 0 ? errno : 0));
		if (fd >= 0)
			(void)close(fd);
	}
	errno = 0;
	(void)!chroot("/");
	(void)printf("\"chroot\":\"%s\",", error_name(errno));
	errno = 0;
	(void)!sethostname("x", 0);
	(void)printf("\"sethostname\":\"%s\"}", error_name(errno));
}

static void put_devices(void)
{
	static const char *const names[] = { "null",    "zero",    "full",
					     "random",  "urandom", "tty",
					     "console", "kmsg",    "mem",
					     "vda" };
	struct stat st;
	char path[64];
	bool first = true;

	(void)fputs(",\"devices\":[", stdout);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		(void)snprintf(path, sizeof(path), "/dev/%s", names[i]);
		if (stat(path, &st) < 0)
			continue;
		(void)printf("%s\"%s\"", first ? "" : ",", names[i]);
		first = false;
	}
	(void)putchar(']');
}

static void report(const char *tag)
{
	char host[65] = "";

	(void)gethostname(host, sizeof(host) - 1);
	(void)printf("{\"tag\":\"%s\",\"pid\":%d,\"uid\":%d,\"gid\":%d", tag,
		     (int)getpid(), (int)getuid(), (int)getgid());
	(void)fputs(",\"hostname\":", stdout);
	put_string(host);
	put_status();
	put_namespaces();
	put_limits();
	put_cgroup();
	put_devices();
	put_denials();
	put_file("uid_map", "/proc/self/uid_map");
	put_file("gid_map", "/proc/self/gid_map");
	put_file("oom_score_adj", "/proc/self/oom_score_adj");
	put_file("label", "/proc/self/attr/current");
	put_mounts();
	(void)puts("}");
	(void)fflush(stdout);
}

static int take_connections(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	(void)sleep(1);
	if (fd < 0 || bind(fd, (const void *)&address, sizeof(address)) < 0 ||
	    listen(fd, 4) < 0)
		return 1;
	for (;;)
		(void)close(accept(fd, NULL, NULL));
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "listen") == 0)
		return take_connections(argv[2]);
	if (argc == 2 && strcmp(argv[1], "true") == 0)
		return 0;
	if (argc == 3 && strcmp(argv[1], "denied") == 0)
		return open(argv[2], O_RDONLY) >= 0 || errno != EACCES;
	report(argc > 1 ? argv[1] : "");
	for (;;)
		(void)pause();
}
