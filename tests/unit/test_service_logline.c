/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of services as JSON and as syslog, in files and on sockets. */
/* links: pkg/init/service/logfile.c pkg/init/service/outlet.c */
/* links: pkg/init/service/collector.c pkg/init/service/fs.c */
/* links: pkg/init/service/logline.c pkg/init/service/syslog.c */
/* links: pkg/init/service/err.c -ljansson */

#include <arpa/inet.h>
#include <fcntl.h>
#include <jansson.h>
#include <netinet/in.h>
#include <sys/un.h>
#include <unistd.h>

#include "pkg/init/service/fs.h"
#include "pkg/init/service/outlet.h"
#include "tests/unit/unit.h"

static struct err err;
static char out[LOGLINE_ROOM + 1];

static const char *json_of(const char *text, size_t len)
{
	const struct logline line = { .host = "h",
				      .service = "a",
				      .stream = "stdout",
				      .text = text,
				      .len = len };

	out[logline_json(&line, out)] = '\0';
	return out;
}

#define EPOCH                                                                  \
	"{\"time\":\"1970-01-01T00:00:00.000Z\",\"service\":\"a\",\"stream\":\"stdout\",\"msg\":\""

TEST(a_line_of_json_has_what_was_written_or_a_mark_where_it_is_no_text)
{
	static const struct {
		const char *text;
		const char *json;
	} rows[] = {
		{ "", "" },
		{ "plain", "plain" },
		{ "a\"b\\c\td\r", "a\\\"b\\\\c\\td\\r" },
		{ "\x01\x1f\x7f", "\\u0001\\u001f\x7f" },
		{ "k\xc3\xa4se \xf0\x9f\x90\x80",
		  "k\xc3\xa4se \xf0\x9f\x90\x80" },
		{ "\xff|\xc3|\xc0\xaf|",
		  "\xef\xbf\xbd|\xef\xbf\xbd|\xef\xbf\xbd\xef\xbf\xbd|" },
		/* A surrogate, one above the last, and one cut off. */
		{ "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\xf4\x90\x80\x80",
		  "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\xe2\x82", "\xef\xbf\xbd\xef\xbf\xbd" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char want[512];
		json_t *object;

		(void)snprintf(want, sizeof(want), EPOCH "%s\"}\n",
			       rows[i].json);
		CHECK_STR(json_of(rows[i].text, strlen(rows[i].text)), want);
		object = json_loads(out, 0, NULL);
		CHECK(object);
		json_decref(object);
	}
}

TEST(the_longest_line_of_the_worst_bytes_has_room)
{
	char text[LOGLINE_BYTES + 5];
	char name[600];

	memset(text, 1, sizeof(text));
	memset(name, 2, sizeof(name));
	name[sizeof(name) - 1] = '\0';
	const struct logline line = { .host = name,
				      .service = name,
				      .stream = "stderr",
				      .text = text,
				      .len = sizeof(text) };

	CHECK(logline_json(&line, out) < LOGLINE_ROOM);
	CHECK(logline_syslog(&line, out) < LOGLINE_ROOM);
}

TEST(times_are_those_of_the_calendar)
{
	static const struct {
		long long seconds;
		const char *text;
	} rows[] = {
		{ 0, "1970-01-01T00:00:00.999Z" },
		{ 951782399, "2000-02-28T23:59:59.999Z" },
		{ 951782400, "2000-02-29T00:00:00.999Z" },
		{ 951868800, "2000-03-01T00:00:00.999Z" },
		{ 1709164800, "2024-02-29T00:00:00.999Z" },
		{ 1767225599, "2025-12-31T23:59:59.999Z" },
		{ 4107542400, "2100-03-01T00:00:00.999Z" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct logline line = { .host = "h",
					      .service = "a b",
					      .stream = "stderr",
					      .text = "t",
					      .len = 1,
					      .at = { rows[i].seconds,
						      999999999 } };
		char want[128];

		(void)snprintf(want, sizeof(want), "<29>1 %s h a_b - - - t",
			       rows[i].text);
		out[logline_syslog(&line, out)] = '\0';
		CHECK_STR(out, want);
	}
}

TEST(a_server_is_an_address_or_a_path_and_no_name)
{
	static const char *const good[] = { "10.0.0.1", "10.0.0.1:5140",
					    "[::1]", "[fe80::1]:1",
					    "/dev/log" };
	static const char *const bad[] = {
		"",
		"log.example.org",
		"10.0.0.1:",
		"10.0.0.1:0",
		"10.0.0.1:65536",
		"10.0.0.1:5x",
		"::1",
		"[::1",
		"[::1]x",
		"[10.0.0.1]:",
		"/0123456789012345678901234567890123456789012345678901234567890"
		"12345678901234567890123456789012345678901234567890123456789",
	};
	struct syslog syslog;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		CHECK_INT(syslog_parse(&syslog, good[i], &err), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK_INT(syslog_parse(&syslog, bad[i], &err), -1);
	CHECK_INT(syslog_parse(&syslog, "10.0.0.1", &err), 0);
	const void *to = &syslog.to;
	const struct sockaddr_in *v4 = to;

	CHECK_INT(ntohs(v4->sin_port), 514);
}

/* A bundle whose FIFO and log are in a folder of ours. */
static void point(struct bundle *bundle, const char *folder)
{
	*bundle = (struct bundle){ .name = "a" };
	CHECK_INT(fs_path(bundle->err_path, &err, "%s/err", folder), 0);
	CHECK_INT(fs_path(bundle->err_log, &err, "%s/a.log", folder), 0);
}

static void write_to(struct outlet *outlet, struct outlet_config *config,
		     const struct bundle *bundle, const char *text)
{
	size_t len = strlen(text);

	CHECK_INT(write(outlet->fifo, text, len), len);
	CHECK(outlet_drain(outlet, config, bundle, STREAM_ERR));
}

/* How many objects a log has, and the message of the last. */
static size_t read_objects(const char *path, char *last, size_t size)
{
	SCOPED_FREE char *text = NULL;
	size_t count = 0;
	char *at;

	CHECK_INT(fs_read(path, 1 << 20, &text, &err), 0);
	for (at = text; at && *at; at = strchr(at, '\n') + 1, count++) {
		json_t *object = json_loads(at, JSON_DISABLE_EOF_CHECK, NULL);
		const char *message =
			json_string_value(json_object_get(object, "msg"));

		CHECK(message);
		(void)snprintf(last, size, "%s", message);
		json_decref(object);
	}
	return count;
}

TEST(a_file_of_json_has_an_object_a_line_and_the_last_one_too)
{
	char folder[] = "/tmp/log-XXXXXX";
	struct outlet outlet = OUTLET_CLOSED;
	struct outlet_config config = { .max = 1 << 20,
					.kmsg_fd = -1,
					.json = true,
					.syslog = SYSLOG_NONE };
	char line[LOGLINE_BYTES + 1];
	char last[LOGLINE_BYTES + 1];
	struct bundle bundle;

	CHECK(mkdtemp(folder));
	point(&bundle, folder);
	CHECK_INT(outlet_open(&outlet, &bundle, STREAM_ERR, &err), 0);
	write_to(&outlet, &config, &bundle, "one\ntw");
	CHECK_INT(read_objects(bundle.err_log, last, sizeof(last)), 1);
	write_to(&outlet, &config, &bundle, "o\n\nend");
	CHECK_INT(read_objects(bundle.err_log, last, sizeof(last)), 3);
	outlet_finish(&outlet, &config, &bundle, STREAM_ERR);
	outlet_finish(&outlet, &config, &bundle, STREAM_ERR);
	CHECK_INT(read_objects(bundle.err_log, last, sizeof(last)), 4);
	CHECK_STR(last, "end");
	/* As long as can be is one line, and a byte more is two. */
	memset(line, 'x', LOGLINE_BYTES);
	line[LOGLINE_BYTES] = '\0';
	write_to(&outlet, &config, &bundle, line);
	write_to(&outlet, &config, &bundle, "\n");
	CHECK_INT(read_objects(bundle.err_log, last, sizeof(last)), 5);
	CHECK_STR(last, line);
	write_to(&outlet, &config, &bundle, line);
	write_to(&outlet, &config, &bundle, "y\n");
	CHECK_INT(read_objects(bundle.err_log, last, sizeof(last)), 7);
	CHECK_STR(last, "y");
	logfile_close(&outlet.file);
	close(outlet.fifo);
	unlink(bundle.err_path);
	unlink(bundle.err_log);
	CHECK_INT(rmdir(folder), 0);
}

TEST(syslog_gets_each_line_and_nobody_waits_for_it)
{
	char folder[] = "/tmp/log-XXXXXX";
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct outlet outlet = OUTLET_CLOSED;
	struct outlet_config config = { .max = 1 << 20, .kmsg_fd = -1 };
	char text[2048] = "";
	struct bundle bundle;

	CHECK(mkdtemp(folder));
	point(&bundle, folder);
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/s",
		       folder);
	CHECK_INT(syslog_open(&config.syslog, address.sun_path, &err), 0);
	CHECK_INT(outlet_open(&outlet, &bundle, STREAM_ERR, &err), 0);
	write_to(&outlet, &config, &bundle, "nobody listens\nstill not\n");
	CHECK_INT(config.syslog.lost, 2);
	int server = socket(AF_UNIX, SOCK_DGRAM, 0);

	CHECK_INT(bind(server, (const void *)&address, sizeof(address)), 0);
	write_to(&outlet, &config, &bundle, "hello\n");
	CHECK_INT(config.syslog.lost, 0);
	CHECK(recv(server, text, sizeof(text) - 1, 0) > 0);
	CHECK(strncmp(text, "<29>1 2", 7) == 0);
	CHECK(strstr(text, " a - - - hello"));
	/* A server that reads nothing costs lines, and no time. */
	for (int i = 0; i < 1000; i++)
		write_to(&outlet, &config, &bundle, "full\n");
	CHECK(config.syslog.lost > 0);
	close(server);
	logfile_close(&outlet.file);
	close(outlet.fifo);
	close(config.syslog.fd);
	unlink(address.sun_path);
	unlink(bundle.err_path);
	unlink(bundle.err_log);
	CHECK_INT(rmdir(folder), 0);
}

TEST(a_server_of_the_network_gets_datagrams)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t size = sizeof(address);
	struct syslog syslog;
	char text[64];
	int server = socket(AF_INET, SOCK_DGRAM, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	CHECK_INT(bind(server, (const void *)&address, sizeof(address)), 0);
	CHECK_INT(getsockname(server, (void *)&address, &size), 0);
	(void)snprintf(text, sizeof(text), "127.0.0.1:%d",
		       ntohs(address.sin_port));
	CHECK_INT(syslog_open(&syslog, text, &err), 0);
	syslog_send(&syslog, "hello", 5);
	CHECK_INT(recv(server, text, sizeof(text), 0), 5);
	CHECK_INT(syslog.lost, 0);
	close(server);
	close(syslog.fd);
}
