/* SPDX-License-Identifier: Apache-2.0 */
/* Loading kernel modules from /lib/modules of the running kernel. */
#include "pkg/init/init/modules.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "pkg/init/init/base.h"
#include "pkg/init/init/blacklist.h"
#include "pkg/init/init/cmdline.h"
#include "pkg/init/init/file.h"
#include "pkg/init/init/log.h"
#include "pkg/init/init/modindex.h"
#include "pkg/init/init/modprobeconf.h"
#include "pkg/init/init/script.h"

/* linux/module.h, which musl's compiler wrapper does not reach. */
#define MODULE_INIT_COMPRESSED_FILE 4

#define CONFIG "/etc/modprobe.d"
#define CONFIG_BYTES (16 << 10)
#define CMDLINE_BYTES 4096
#define SEEN_SLOTS 8192

/* That of systemd-udevd. */
#define PATIENCE_S 180

/* A set of strings, kept as hashes; when full everything counts as new. */
struct seen {
	uint64_t hash[SEEN_SLOTS];
	unsigned count;
};

static struct {
	char base[MODULE_PATH_BYTES];
	struct text alias;
	struct text dep;
	struct text builtin;
	char words[CONFIG_BYTES + CMDLINE_BYTES];
} index_files;

static struct alias_index aliases;

/* What process 1 and its children, which do the loading, know together. */
struct shared {
	struct seen aliases; /* that somebody has begun with */
	struct seen modules; /* that are loaded, or cannot be */
	char loading[MODULE_NAME_BYTES];
};

static struct shared *shared;

static uint64_t hash_of(const char *text)
{
	uint64_t hash = 14695981039346656037u;

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 1099511628211u;
	return hash | (hash == 0);
}

static bool seen_has(const struct seen *seen, const char *text)
{
	uint64_t hash = hash_of(text);
	size_t i = hash % SEEN_SLOTS;
	uint64_t there;

	while ((there = __atomic_load_n(&seen->hash[i], __ATOMIC_RELAXED)) !=
	       0) {
		if (there == hash)
			return true;
		i = (i + 1) % SEEN_SLOTS;
	}
	return false;
}

static bool seen_add(struct seen *seen, const char *text)
{
	uint64_t hash = hash_of(text);

	for (size_t i = hash % SEEN_SLOTS; seen->count < SEEN_SLOTS / 2;
	     i = (i + 1) % SEEN_SLOTS) {
		uint64_t there = 0;

		if (__atomic_compare_exchange_n(&seen->hash[i], &there, hash,
						false, __ATOMIC_RELAXED,
						__ATOMIC_RELAXED)) {
			(void)__atomic_add_fetch(&seen->count, 1,
						 __ATOMIC_RELAXED);
			return true;
		}
		if (there == hash)
			return false;
	}
	return true;
}

bool modules_alias_is_new(const char *alias)
{
	return !shared || seen_add(&shared->aliases, alias);
}

static void map_index(struct text *text, const char *name)
{
	char path[MODULE_PATH_BYTES + 32];

	(void)snprintf(path, sizeof(path), "%s/%s", index_files.base, name);
	text_map(text, path);
}

static void share(void)
{
	if (shared)
		return;
	void *place = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (place != MAP_FAILED)
		shared = place;
}

static void read_config(const char *file)
{
	static char text[CONFIG_BYTES];
	ssize_t len = file_read(file, text, sizeof(text));

	if (len < 0)
		log_warn("%s: %m", file);
	else if (!modprobe_words(text, index_files.words, CONFIG_BYTES) ||
		 len == (ssize_t)sizeof(text) - 1)
		log_warn("%s: its end is left out: " CONFIG
			 " has 16 KiB at most",
			 file);
}

/* The kernel command line comes last, and counts. */
static void read_words(void)
{
	char name[NAME_BYTES] = "";
	char path[PATH_BYTES];

	while (conf_next(CONFIG, name)) {
		(void)snprintf(path, sizeof(path), CONFIG "/%s", name);
		read_config(path);
	}
	size_t len = strlen(index_files.words);

	index_files.words[len++] = ' ';
	(void)file_read("/proc/cmdline", index_files.words + len,
			CMDLINE_BYTES);
}

void modules_open(void)
{
	struct utsname uts;

	share();
	(void)uname(&uts);
	(void)snprintf(index_files.base, sizeof(index_files.base),
		       "/lib/modules/%s", uts.release);
	map_index(&index_files.alias, "modules.alias");
	alias_index_build(&aliases, index_files.alias.data);
	map_index(&index_files.dep, "modules.dep");
	map_index(&index_files.builtin, "modules.builtin");
	read_words();
}

bool modules_builtin(const char *name)
{
	return builtin_has(index_files.builtin.data, name);
}

/* Collects "name.parameter=value" words as parameter="value" and a blank. */
static void module_parameters(const char *name, char *out, size_t size)
{
	const char *at = index_files.words;
	struct word word;
	size_t used = 0;

	out[0] = '\0';
	while (cmdline_next(&at, &word)) {
		const char *dot = memchr(word.key, '.', word.key_len);

		if (!dot)
			continue;
		size_t head = (size_t)(dot - word.key);

		if (!module_name_equal((struct span){ word.key, head }, name))
			continue;
		int len = snprintf(out + used, size - used,
				   word.value ? "%.*s=\"%.*s\" " : "%.*s ",
				   (int)(word.key_len - head - 1), dot + 1,
				   (int)word.value_len, word.value);

		if ((size_t)len >= size - used) {
			log_warn("module %s: too many parameters", name);
			out[used] = '\0';
			return;
		}
		used += (size_t)len;
	}
}

void modules_parameter(const char *name, const char *parameter)
{
	char *to = index_files.words + strlen(index_files.words);
	size_t left =
		(size_t)(index_files.words + sizeof(index_files.words) - to);
	size_t key = strcspn(parameter, "=");
	const char *value = parameter[key] ? parameter + key + 1 : NULL;

	/* As if it stood there; what is read last counts. */
	(void)snprintf(to, left, value ? " %s.%.*s=\"%s\"" : " %s.%.*s", name,
		       (int)key, parameter, value);
}

static bool is_compressed(const char *path)
{
	size_t len = strlen(path);

	return len < 3 || strcmp(path + len - 3, ".ko") != 0;
}

static int insert_file(const char *path, const char *name)
{
	char params[1024];
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	module_parameters(name, params, sizeof(params));
	long done =
		syscall(SYS_finit_module, fd, params,
			is_compressed(path) ? MODULE_INIT_COMPRESSED_FILE : 0);
	int saved = errno;

	(void)close(fd);
	errno = saved;
	return done < 0 && saved != EEXIST ? -1 : 0;
}

/* Others that need it come here, too, and wait in the kernel until it is. */
static int insert_shared(const char *path, const char *name)
{
	if (!shared)
		return insert_file(path, name);
	(void)snprintf(shared->loading, sizeof(shared->loading), "%s", name);
	int done = insert_file(path, name);
	int saved = errno;

	shared->loading[0] = '\0';
	(void)seen_add(&shared->modules, name);
	errno = saved;
	return done;
}

const char *modules_loading(void)
{
	return shared ? shared->loading : "";
}

void modules_give_up(const char *name)
{
	if (shared)
		(void)seen_add(&shared->modules, name);
}

unsigned modules_patience_s(void)
{
	char value[8];
	char *end;

	if (!cmdline_value(index_files.words, "udev.event_timeout", value,
			   sizeof(value)))
		return PATIENCE_S;
	unsigned long seconds = strtoul(value, &end, 10);

	return *end || seconds == 0 ? PATIENCE_S : (unsigned)seconds;
}

static int insert(struct span path)
{
	char name[MODULE_NAME_BYTES];
	char file[MODULE_PATH_BYTES * 2];
	char full[MODULE_PATH_BYTES * 4];

	if (!span_copy(module_of_path(path), name, sizeof(name)) ||
	    !span_copy(path, file, sizeof(file))) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (shared && seen_has(&shared->modules, name))
		return 0;
	if (file[0] == '/')
		(void)snprintf(full, sizeof(full), "%s", file);
	else
		(void)snprintf(full, sizeof(full), "%s/%s", index_files.base,
			       file);
	if (insert_shared(full, name) == 0) {
		log_debug("module %s: loaded", name);
		return 0;
	}
	/* A driver without its device says ENODEV; that is no fault. */
	log_at(errno == ENODEV ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARN,
	       "module %s: %m", name);
	return -1;
}

int modules_load(const char *name)
{
	struct span path, needs, need;

	if (!dep_find(index_files.dep.data, name, &path, &needs)) {
		errno = ENOENT;
		return -1;
	}
	/* depmod lists what must be loaded first last. */
	while (span_last_word(&needs, &need))
		if (insert(need) < 0)
			return -1;
	return insert(path);
}

int modules_load_alias(const char *alias)
{
	struct alias_walk walk = { 0 };
	struct span module;
	int found = 0;
	int failed = 0;

	while (alias_index_next(&aliases, &walk, alias, &module)) {
		char name[MODULE_NAME_BYTES];

		if (!span_copy(module, name, sizeof(name)) ||
		    blacklist_has(index_files.words, name))
			continue;
		found++;
		if (modules_load(name) < 0)
			failed = errno;
	}
	errno = failed;
	return failed ? -1 : found;
}
