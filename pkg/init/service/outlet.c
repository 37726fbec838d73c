/* SPDX-License-Identifier: Apache-2.0 */
/* Where a service's output goes. */
#include "pkg/init/service/outlet.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pkg/init/service/collector.h"
#include "pkg/init/service/fs.h"

#define BLOCK_BYTES (64 << 10)

void outlet_configure(struct outlet_config *config)
{
	char text[32];

	*config = (struct outlet_config){ .max = LOGFILE_MAX, .kmsg_fd = -1 };
	if (fs_kernel_value("kit.log_size", text, sizeof(text))) {
		long long max = logfile_size(text);

		if (max < 0)
			say("kit.log_size=%s: not a size such as 200k", text);
		else
			config->max = max;
	}
	if (fs_kernel_word("kit.log_kmsg=1"))
		config->kmsg_fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
}

static const char *log_path(const struct bundle *bundle, enum stream stream)
{
	return stream == STREAM_OUT ? bundle->out_log : bundle->err_log;
}

/* Both ends are held, so that the collector sees no end between two runs. */
static int give(const struct bundle *bundle, enum stream stream,
		const char *path, struct err *err)
{
	char name[PATH_BYTES];
	SCOPED_FD reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (reader < 0)
		return err_sys(err, "open %s", path);
	if (fs_path(name, err, "%s%s", bundle->name,
		    stream == STREAM_OUT ? ".out" : "") < 0)
		return -1;
	return collector_give(COLLECTOR_SOCKET, name, reader, err);
}

int outlet_open(struct outlet *outlet, const struct bundle *bundle,
		enum stream stream, struct err *err)
{
	const char *path =
		stream == STREAM_OUT ? bundle->out_path : bundle->err_path;

	if (outlet->fifo >= 0)
		return 0;
	/* The service's user need not be root, and /dev/stdout is opened. */
	if ((mkfifo(path, 0622) < 0 && errno != EEXIST) ||
	    chmod(path, 0622) < 0)
		return err_sys(err, "make %s", path);
	outlet->fifo = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (outlet->fifo < 0)
		return err_sys(err, "open %s", path);
	if (!fs_exists(COLLECTOR_SOCKET))
		return 0;
	struct err why;

	outlet->collected = give(bundle, stream, path, &why) == 0;
	if (!outlet->collected)
		say("%s: %s", bundle->name, why.msg);
	return 0;
}

static void put_line(struct outlet *outlet, const struct outlet_config *config,
		     const char *name)
{
	char text[MIRROR_BYTES + 300];
	int len = snprintf(text, sizeof(text), "<6>%s: %.*s\n", name,
			   (int)outlet->len, outlet->line);

	if (outlet->len > 0)
		(void)!write(config->kmsg_fd, text, (size_t)len);
	outlet->len = 0;
}

/* A line of the kernel log holds less than some lines of a service. */
static void mirror(struct outlet *outlet, const struct outlet_config *config,
		   const char *name, const struct logfile_block *block)
{
	for (size_t i = 0; i < block->len; i++) {
		if (block->data[i] == '\n') {
			put_line(outlet, config, name);
			continue;
		}
		outlet->line[outlet->len++] = block->data[i];
		if (outlet->len == sizeof(outlet->line))
			put_line(outlet, config, name);
	}
}

/* A full disk is told when it begins and when it is over. */
static void keep(struct outlet *outlet, const struct bundle *bundle,
		 enum stream stream, const struct logfile_block *block)
{
	struct err err;

	if (logfile_write(&outlet->file, log_path(bundle, stream), block,
			  &err) < 0) {
		if (outlet->lost == 0)
			say("%s: %s; its log is lost for now", bundle->name,
			    err.msg);
		outlet->lost += block->len;
		return;
	}
	if (outlet->lost > 0)
		say("%s: %s works again; %llu bytes are lost", bundle->name,
		    log_path(bundle, stream), outlet->lost);
	outlet->lost = 0;
}

bool outlet_drain(struct outlet *outlet, const struct outlet_config *config,
		  const struct bundle *bundle, enum stream stream)
{
	static char data[BLOCK_BYTES];
	ssize_t got = outlet->fifo < 0 || outlet->collected
			      ? -1
			      : read(outlet->fifo, data, sizeof(data));

	if (got <= 0)
		return false;
	const struct logfile_block block = { .data = data,
					     .len = (size_t)got,
					     .max = config->max };

	if (config->kmsg_fd >= 0)
		mirror(outlet, config, bundle->name, &block);
	keep(outlet, bundle, stream, &block);
	return true;
}
