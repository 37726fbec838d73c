/* SPDX-License-Identifier: Apache-2.0 */
/* Logs of bounded size, and the FIFOs before them. */
/* links: pkg/init/service/logfile.c pkg/init/service/outlet.c */
/* links: pkg/init/service/collector.c pkg/init/service/fs.c */
/* links: pkg/init/service/logline.c pkg/init/service/syslog.c */
/* links: pkg/init/service/err.c */

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "pkg/init/service/collector.h"
#include "pkg/init/service/fs.h"
#include "pkg/init/service/outlet.h"
#include "tests/unit/unit.h"

static struct err err;
static char folder[] = "/tmp/log-XXXXXX";
static char path[PATH_BYTES], old_path[PATH_BYTES];

static void open_folder(void)
{
	(void)snprintf(folder, sizeof(folder), "/tmp/log-XXXXXX");
	CHECK(mkdtemp(folder));
	CHECK_INT(fs_path(path, &err, "%s/a.log", folder), 0);
	CHECK_INT(fs_path(old_path, &err, "%s/a.log.1", folder), 0);
}

static void close_folder(void)
{
	unlink(path);
	unlink(old_path);
	CHECK_INT(rmdir(folder), 0);
}

static void put(struct logfile *log, const char *text, long long max)
{
	const struct logfile_block block = { .data = text,
					     .len = strlen(text),
					     .max = max };

	CHECK_INT(logfile_write(log, path, &block, &err), 0);
}

static void holds(const char *where, const char *want)
{
	char *text;

	CHECK_INT(fs_read(where, 1 << 20, &text, &err), 0);
	CHECK_STR(text ? text : "(none)", want);
	free(text);
}

TEST(a_full_log_moves_aside_at_the_end_of_a_line)
{
	struct logfile log = LOGFILE_CLOSED;

	open_folder();
	put(&log, "one\ntw", 10);
	holds(path, "one\ntw");
	put(&log, "o\nthree\n", 10);
	holds(old_path, "one\ntwo\n");
	holds(path, "three\n");
	/* A first block stays whole, however long it is. */
	put(&log, "four\n", 10);
	holds(old_path, "three\nfour\n");
	holds(path, "");
	put(&log, "0123456789abcdef\n", 10);
	holds(path, "0123456789abcdef\n");
	logfile_close(&log);
	close_folder();
}

TEST(a_log_that_somebody_removes_or_shortens_goes_on)
{
	struct logfile log = LOGFILE_CLOSED;

	open_folder();
	put(&log, "one\n", 100);
	CHECK_INT(unlink(path), 0);
	put(&log, "two\n", 100);
	holds(path, "two\n");
	CHECK_INT(truncate(path, 0), 0);
	put(&log, "three\n", 100);
	holds(path, "three\n");
	logfile_close(&log);
	/* What was there before is kept. */
	put(&log, "four\n", 100);
	holds(path, "three\nfour\n");
	logfile_close(&log);
	close_folder();
}

TEST(a_size_has_a_unit_or_none_and_a_least)
{
	CHECK_INT(logfile_size("2m"), 2 << 20);
	CHECK_INT(logfile_size("200k"), 200 << 10);
	CHECK_INT(logfile_size("100000"), 100000);
	CHECK_INT(logfile_size("1"), LOGFILE_MAX_LEAST);
	CHECK_INT(logfile_size("0"), LOGFILE_MAX_LEAST);
	CHECK_INT(logfile_size(""), -1);
	CHECK_INT(logfile_size("k"), -1);
	CHECK_INT(logfile_size("1g"), -1);
	CHECK_INT(logfile_size("-1"), -1);
	CHECK_INT(logfile_size("99999999999999999999"), -1);
}

/* A bundle whose FIFO and log are in our folder. */
static void point(struct bundle *bundle, const char *log)
{
	*bundle = (struct bundle){ .name = "a" };
	CHECK_INT(fs_path(bundle->out_path, &err, "%s/out", folder), 0);
	CHECK_INT(fs_path(bundle->out_log, &err, "%s", log), 0);
}

TEST(what_is_written_to_the_fifo_is_in_the_log_and_in_the_mirror)
{
	struct outlet outlet = OUTLET_CLOSED;
	struct outlet_config config = { .max = 1 << 20, .syslog = SYSLOG_NONE };
	struct bundle bundle;

	open_folder();
	point(&bundle, path);
	config.kmsg_fd = open(old_path, O_RDWR | O_CREAT, 0600);
	CHECK_INT(outlet_open(&outlet, &bundle, STREAM_OUT, &err), 0);
	CHECK_INT(outlet_open(&outlet, &bundle, STREAM_OUT, &err), 0);
	CHECK(!outlet_drain(&outlet, &config, &bundle, STREAM_OUT));
	CHECK_INT(write(outlet.fifo, "one\ntw", 6), 6);
	CHECK(outlet_drain(&outlet, &config, &bundle, STREAM_OUT));
	CHECK_INT(write(outlet.fifo, "o\n\n", 3), 3);
	CHECK(outlet_drain(&outlet, &config, &bundle, STREAM_OUT));
	CHECK(!outlet_drain(&outlet, &config, &bundle, STREAM_OUT));
	holds(path, "one\ntwo\n\n");
	holds(old_path, "<6>a: one\n<6>a: two\n");
	logfile_close(&outlet.file);
	close(outlet.fifo);
	close(config.kmsg_fd);
	unlink(bundle.out_path);
	close_folder();
}

TEST(a_collector_gets_the_name_and_the_descriptor_of_a_log)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	char name[64] = "";
	struct iovec part = { .iov_base = name, .iov_len = sizeof(name) };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = control.bytes,
				  .msg_controllen = sizeof(control.bytes) };
	char text[8] = "";
	int ends[2], given;

	open_folder();
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%.100s",
		       path);
	CHECK_INT(pipe(ends), 0);
	CHECK_INT(collector_give(path, "a.out", ends[0], &err), -1);
	int listener = socket(AF_UNIX, SOCK_DGRAM, 0);

	CHECK_INT(bind(listener, (const void *)&address, sizeof(address)), 0);
	CHECK_INT(collector_give(path, "a.out", ends[0], &err), 0);
	CHECK_INT(recvmsg(listener, &message, 0), 5);
	CHECK_STR(name, "a.out");
	CHECK_INT(control.head.cmsg_type, SCM_RIGHTS);
	memcpy(&given, CMSG_DATA(&control.head), sizeof(given));
	CHECK_INT(write(ends[1], "hello", 5), 5);
	CHECK_INT(read(given, text, sizeof(text)), 5);
	CHECK_STR(text, "hello");
	close(given);
	close(ends[0]);
	close(ends[1]);
	close(listener);
	close_folder();
}

TEST(a_full_disk_costs_the_log_and_nothing_else)
{
	struct outlet outlet = OUTLET_CLOSED;
	struct outlet_config config = { .max = 1 << 20,
					.kmsg_fd = -1,
					.syslog = SYSLOG_NONE };
	struct bundle bundle;

	open_folder();
	point(&bundle, "/dev/full");
	CHECK_INT(outlet_open(&outlet, &bundle, STREAM_OUT, &err), 0);
	CHECK_INT(write(outlet.fifo, "one\n", 4), 4);
	CHECK(outlet_drain(&outlet, &config, &bundle, STREAM_OUT));
	CHECK_INT(write(outlet.fifo, "two\n", 4), 4);
	CHECK(outlet_drain(&outlet, &config, &bundle, STREAM_OUT));
	CHECK_INT(outlet.lost, 8);
	logfile_close(&outlet.file);
	point(&bundle, path);
	CHECK_INT(write(outlet.fifo, "six\n", 4), 4);
	CHECK(outlet_drain(&outlet, &config, &bundle, STREAM_OUT));
	CHECK_INT(outlet.lost, 0);
	holds(path, "six\n");
	logfile_close(&outlet.file);
	close(outlet.fifo);
	unlink(bundle.out_path);
	close_folder();
}
