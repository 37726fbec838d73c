/* SPDX-License-Identifier: Apache-2.0 */
/* Where a service's output goes. */
#include "pkg/init/service/outlet.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "pkg/init/service/collector.h"
#include "pkg/init/service/fs.h"

#define BLOCK_BYTES (64 << 10)
#define MIRROR_BYTES 512
#define HOST_BYTES 256

static void configure_syslog(struct outlet_config *config)
{
	char text[128];
	struct err err;

	if (fs_kernel_value("kit.log_syslog", text, sizeof(text)) &&
	    syslog_open(&config->syslog, text, &err) < 0)
		say("kit.log_syslog: %s", err.msg);
}

void outlet_configure(struct outlet_config *config)
{
	char text[32];

	*config = (struct outlet_config){ .max = LOGFILE_MAX,
					  .kmsg_fd = -1,
					  .syslog = SYSLOG_NONE,
					  .json = fs_kernel_word(
						  "kit.log_format=json") };
	configure_syslog(config);
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

/* Where lines go that are on their way to somebody. */
struct batch {
	struct outlet *outlet;
	struct outlet_config *config;
	const struct bundle *bundle;
	enum stream stream;
	struct logline line; /* all but the text */
	char *out;           /* what a file gets */
	size_t len;
};

static void flush(struct batch *batch)
{
	const struct logfile_block block = { .data = batch->out,
					     .len = batch->len,
					     .max = batch->config->max };

	if (batch->len > 0)
		keep(batch->outlet, batch->bundle, batch->stream, &block);
	batch->len = 0;
}

/* A line of the kernel log holds less than some lines of a service. */
static void mirror(const struct outlet *outlet, int fd, const char *name)
{
	char text[MIRROR_BYTES + 300];

	for (size_t at = 0; at < outlet->len; at += MIRROR_BYTES) {
		size_t len = outlet->len - at;
		int put =
			snprintf(text, sizeof(text), "<6>%.256s: %.*s\n", name,
				 (int)(len < MIRROR_BYTES ? len : MIRROR_BYTES),
				 outlet->line + at);

		(void)!write(fd, text, (size_t)put);
	}
}

static void put_line(struct batch *batch)
{
	struct outlet *outlet = batch->outlet;
	struct syslog *syslog = &batch->config->syslog;
	struct logline *line = &batch->line;
	char text[LOGLINE_ROOM];

	if (batch->config->kmsg_fd >= 0)
		mirror(outlet, batch->config->kmsg_fd, batch->bundle->name);
	line->text = outlet->line;
	line->len = outlet->len;
	if (syslog->fd >= 0 && line->len > 0)
		syslog_send(syslog, text, logline_syslog(line, text));
	if (batch->config->json) {
		if (BLOCK_BYTES - batch->len < LOGLINE_ROOM)
			flush(batch);
		batch->len += logline_json(line, batch->out + batch->len);
	}
	outlet->len = 0;
}

static bool wants_lines(const struct outlet_config *config)
{
	return config->kmsg_fd >= 0 || config->json || config->syslog.fd >= 0;
}

static void batch_open(struct batch *batch, char host[HOST_BYTES])
{
	static char out[BLOCK_BYTES];

	batch->out = out;
	(void)gethostname(host, HOST_BYTES - 1);
	batch->line = (struct logline){
		.host = host,
		.service = batch->bundle->name,
		.stream = batch->stream == STREAM_OUT ? "stdout" : "stderr",
	};
	(void)clock_gettime(CLOCK_REALTIME, &batch->line.at);
}

static void take_lines(struct batch *batch, const char *data, size_t len)
{
	struct outlet *outlet = batch->outlet;
	char host[HOST_BYTES] = "";

	batch_open(batch, host);
	for (size_t i = 0; i < len; i++) {
		bool full = outlet->len == sizeof(outlet->line);

		if (full || data[i] == '\n')
			put_line(batch);
		if (data[i] != '\n')
			outlet->line[outlet->len++] = data[i];
	}
	flush(batch);
}

void outlet_finish(struct outlet *outlet, struct outlet_config *config,
		   const struct bundle *bundle, enum stream stream)
{
	struct batch batch = { outlet, config, bundle, stream, .out = NULL };

	if (outlet->len > 0)
		take_lines(&batch, "\n", 1);
}

bool outlet_drain(struct outlet *outlet, struct outlet_config *config,
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
	struct batch batch = { outlet, config, bundle, stream, .out = NULL };

	if (wants_lines(config))
		take_lines(&batch, data, (size_t)got);
	if (!config->json)
		keep(outlet, bundle, stream, &block);
	return true;
}
