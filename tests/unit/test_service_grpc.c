/* SPDX-License-Identifier: Apache-2.0 */
/* gRPC calls to a stand-in server that answers as it likes, byte by byte. */
/* links: pkg/init/service/grpc.c pkg/init/service/grpcframe.c */
/* links: pkg/init/service/spawn.c pkg/init/service/process.c */
/* links: pkg/init/common/proctext.c pkg/init/service/fs.c */
/* links: pkg/init/service/err.c -lnghttp2 */

#include "pkg/init/service/grpc.h"

#include <signal.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pkg/init/service/spawn.h"
#include "tests/unit/unit.h"

/* Of a call; all but silence is answered long before. */
#define CALL_MS 60000
#define SILENCE_MS 1000
#define STREAM 1

/* Types and flags of frames: RFC 9113, section 6. */
enum { DATA, HEADERS, RST_STREAM = 3, SETTINGS, GOAWAY = 7, WINDOW_UPDATE };
enum { END_STREAM = 1, END_HEADERS = 4 };

static char socket_path[64];

static void put(int fd, const void *bytes, size_t len)
{
	if (send(fd, bytes, len, MSG_NOSIGNAL) != (ssize_t)len)
		_exit(0);
}

static void frame(int fd, int type, int flags, const char *bytes, size_t len)
{
	const int stream = type == SETTINGS || type == GOAWAY ? 0 : STREAM;
	const unsigned char head[9] = { (unsigned char)(len >> 16),
					(unsigned char)(len >> 8),
					(unsigned char)len,
					(unsigned char)type,
					(unsigned char)flags,
					0,
					0,
					0,
					(unsigned char)stream };

	put(fd, head, sizeof(head));
	if (len > 0)
		put(fd, bytes, len);
}

#define FIELD_BYTES 64

/* A literal field that is not indexed: RFC 7541, section 6.2.2. */
static size_t field(char *out, const char *name, const char *value)
{
	return (size_t)snprintf(out, FIELD_BYTES, "%c%c%s%c%s", 0,
				(int)strlen(name), name, (int)strlen(value),
				value);
}

#define INDEXED_STATUS_200 "\x88"

static void say_headers(int fd)
{
	frame(fd, SETTINGS, 0, NULL, 0);
	frame(fd, HEADERS, END_HEADERS, INDEXED_STATUS_200, 1);
}

static void say_status(int fd, const char *status, const char *message)
{
	char text[128];
	size_t len = field(text, "grpc-status", status);

	if (message)
		len += field(text + len, "grpc-message", message);
	frame(fd, HEADERS, END_HEADERS | END_STREAM, text, len);
}

static void say_hello(int fd)
{
	say_headers(fd);
	frame(fd, DATA, 0, "\0\0\0\0\5he", 7);
	frame(fd, DATA, 0, "llo", 3);
	say_status(fd, "0", NULL);
}

static void say_not_found(int fd)
{
	char text[128] = INDEXED_STATUS_200;
	size_t len = 1 + field(text + 1, "grpc-status", "5");

	len += field(text + len, "grpc-message", "no%20such%0athing");
	frame(fd, SETTINGS, 0, NULL, 0);
	frame(fd, HEADERS, END_HEADERS | END_STREAM, text, len);
}

static void say_nonsense_status(int fd)
{
	say_headers(fd);
	frame(fd, DATA, 0, "\0\0\0\0\5hello", 10);
	say_status(fd, "fine", NULL);
}

static void say_no_status(int fd)
{
	say_headers(fd);
	frame(fd, DATA, END_STREAM, "\0\0\0\0\5hello", 10);
}

static void say_two_messages(int fd)
{
	say_headers(fd);
	frame(fd, DATA, 0, "\0\0\0\0\1a\0\0\0\0\1b", 12);
	say_status(fd, "0", NULL);
}

static void go_away(int fd)
{
	frame(fd, SETTINGS, 0, NULL, 0);
	frame(fd, GOAWAY, 0, "\0\0\0\0\0\0\0\0", 8);
}

/* The stream that was begun is still answered. */
static void go_away_after_this(int fd)
{
	frame(fd, SETTINGS, 0, NULL, 0);
	frame(fd, GOAWAY, 0, "\0\0\0\1\0\0\0\0", 8);
	frame(fd, HEADERS, END_HEADERS, INDEXED_STATUS_200, 1);
	frame(fd, DATA, 0, "\0\0\0\0\5hello", 10);
	say_status(fd, "0", NULL);
}

static void reset(int fd)
{
	say_headers(fd);
	frame(fd, RST_STREAM, 0, "\0\0\0\x08", 4);
}

static void hang_up(int fd)
{
	say_headers(fd);
	frame(fd, DATA, 0, "\0\0\0\0\5he", 7);
}

static void say_garbage(int fd)
{
	put(fd, "HTTP/1.1 400 Bad Request\r\n\r\nno", 31);
	(void)sleep(60);
}

static void say_nothing(int fd)
{
	(void)fd;
	(void)sleep(60);
}

/* What the client has room for: in all, and in the stream. */
static long room[2] = { 65535, 65535 };

/* One frame of the client's. */
static void read_frame(int fd)
{
	static unsigned char body[16384];
	unsigned char head[9];

	if (recv(fd, head, sizeof(head), MSG_WAITALL) != sizeof(head))
		_exit(0);
	const ssize_t len = head[1] << 8 | head[2];

	if (len > 0 && recv(fd, body, (size_t)len, MSG_WAITALL) != len)
		_exit(0);
	if (head[3] == WINDOW_UPDATE)
		room[head[8] != 0] +=
			(long)body[1] << 16 | body[2] << 8 | body[3];
}

static void say_too_much(int fd)
{
	static char block[16384];

	(void)recv(fd, block, 24, MSG_WAITALL);
	say_headers(fd);
	for (int i = 0; i < 600; i++) {
		while (room[0] < (long)sizeof(block) ||
		       room[1] < (long)sizeof(block))
			read_frame(fd);
		frame(fd, DATA, 0, block, sizeof(block));
		room[0] -= (long)sizeof(block);
		room[1] -= (long)sizeof(block);
	}
	say_status(fd, "0", NULL);
}

/* Fields without end, in frames that only go on with the first. */
static void say_headers_for_ever(int fd)
{
	enum { CONTINUATION = 9 };
	static char block[16384];
	size_t len = 0;

	while (len + 128 < sizeof(block))
		len += field(block + len, "x", "a value of no use to anybody");
	frame(fd, SETTINGS, 0, NULL, 0);
	frame(fd, HEADERS, 0, block, len);
	for (;;)
		frame(fd, CONTINUATION, 0, block, len);
}

#define LONG_REQUEST 300000

/* Reads what the client may send at first, lets it go on, and counts. */
static void take_slowly(int fd)
{
	static char block[16384];
	long left = LONG_REQUEST;

	frame(fd, SETTINGS, 0, NULL, 0);
	while (left > LONG_REQUEST - 40000)
		left -= recv(fd, block, sizeof(block), 0);
	frame(fd, WINDOW_UPDATE, 0, "\0\x10\0\0", 4);
	put(fd, "\0\0\4\x08\0\0\0\0\0\0\x10\0\0", 13);
	while (left > 0) {
		ssize_t got = recv(fd, block, sizeof(block), 0);

		if (got <= 0)
			_exit(0);
		left -= got;
	}
	frame(fd, HEADERS, END_HEADERS, INDEXED_STATUS_200, 1);
	frame(fd, DATA, 0, "\0\0\0\0\5hello", 10);
	say_status(fd, "0", NULL);
}

static int listen_there(int backlog)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const void *place = &address;
	const char *folder = getenv("TMPDIR");
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(socket_path, sizeof(socket_path), "%s/grpc-%d",
		       folder && strlen(folder) < 32 ? folder : "/tmp",
		       (int)getpid());
	(void)unlink(socket_path);
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s",
		       socket_path);
	CHECK(fd >= 0);
	CHECK_INT(bind(fd, place, sizeof(address)), 0);
	CHECK_INT(listen(fd, backlog), 0);
	return fd;
}

/* One connection, whose other side does so. */
static pid_t serve(void (*answer)(int fd))
{
	char block[16384];
	int listener = listen_there(4);
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid > 0) {
		(void)close(listener);
		return pid;
	}
	int fd = accept(listener, NULL, NULL);

	if (recv(fd, block, 24, MSG_PEEK | MSG_WAITALL) == 24)
		answer(fd);
	(void)shutdown(fd, SHUT_WR);
	/* A close would drop what the client has not read yet. */
	while (recv(fd, block, sizeof(block), 0) > 0)
		;
	_exit(0);
}

struct outcome {
	int done;
	int status;
	char text[64];
	char message[16];
	char why[256];
	long long took_ms;
};

static void call_of(struct outcome *outcome, void (*answer)(int fd), size_t len)
{
	static uint8_t message[LONG_REQUEST];
	const struct grpc_request request = {
		.method = "/stand.In/Call",
		.namespace_name = "n",
		.message = message,
		.len = len,
		.timeout_ms = answer == say_nothing ? SILENCE_MS : CALL_MS
	};
	struct grpc_reply reply;
	struct grpc grpc;
	struct err err = { "" };
	pid_t server = serve(answer);
	long long start = clock_ms();

	*outcome = (struct outcome){ .done = -1 };
	CHECK_INT(grpc_connect(&grpc, socket_path, &err), 0);
	outcome->done = grpc_call(&grpc, &request, &reply, &err);
	outcome->took_ms = clock_ms() - start;
	(void)snprintf(outcome->why, sizeof(outcome->why), "%.250s", err.msg);
	if (outcome->done == 0) {
		outcome->status = reply.status;
		(void)snprintf(outcome->text, sizeof(outcome->text), "%.60s",
			       reply.text);
		if (reply.message)
			(void)snprintf(outcome->message,
				       sizeof(outcome->message), "%.*s",
				       (int)reply.len,
				       (const char *)reply.message);
	}
	grpc_reply_release(&reply);
	grpc_close(&grpc);
	(void)kill(server, SIGKILL);
	(void)waitpid(server, NULL, 0);
	(void)unlink(socket_path);
}

TEST(an_answer_in_pieces_comes_whole)
{
	struct outcome outcome;

	call_of(&outcome, say_hello, 3);
	CHECK_STR(outcome.why, "");
	CHECK_INT(outcome.done, 0);
	CHECK_INT(outcome.status, GRPC_OK);
	CHECK_STR(outcome.message, "hello");
}

TEST(a_status_without_a_message_is_an_answer_with_its_text)
{
	struct outcome outcome;

	call_of(&outcome, say_not_found, 3);
	CHECK_INT(outcome.done, 0);
	CHECK_INT(outcome.status, GRPC_NOT_FOUND);
	CHECK_STR(outcome.text, "no such?thing");
}

TEST(a_status_that_makes_no_sense_is_no_success)
{
	struct outcome outcome;

	call_of(&outcome, say_nonsense_status, 3);
	CHECK_INT(outcome.done, 0);
	CHECK(outcome.status != GRPC_OK);
}

TEST(a_server_that_goes_away_after_this_call_has_answered_it)
{
	struct outcome outcome;

	call_of(&outcome, go_away_after_this, 3);
	CHECK_STR(outcome.why, "");
	CHECK_STR(outcome.message, "hello");
}

TEST(a_long_request_waits_until_the_server_has_room)
{
	struct outcome outcome;

	call_of(&outcome, take_slowly, LONG_REQUEST);
	CHECK_STR(outcome.why, "");
	CHECK_STR(outcome.message, "hello");
}

TEST(whatever_else_a_server_does_is_an_error_that_says_so_in_time)
{
	static const struct {
		void (*answer)(int fd);
		const char *why;
	} rows[] = {
		{ say_no_status, "no gRPC status (HTTP status 200" },
		{ say_two_messages, "not one whole message" },
		{ go_away, "no gRPC status" },
		{ reset, "no gRPC status (HTTP status 200, code 8)" },
		{ hang_up, "connection closed" },
		{ say_garbage, "the server broke the protocol" },
		{ say_nothing, "no answer within 1000 ms" },
		{ say_too_much, "reply above 8388608 bytes" },
		{ say_headers_for_ever, "" },
	};
	struct outcome outcome;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		call_of(&outcome, rows[i].answer, 3);
		CHECK_INT(outcome.done, -1);
		CHECK(strstr(outcome.why, "/stand.In/Call: "));
		if (!strstr(outcome.why, rows[i].why))
			UNIT_FAIL("\"%s\" lacks \"%s\"", outcome.why,
				  rows[i].why);
		CHECK(outcome.took_ms < CALL_MS);
	}
}

TEST(a_server_whose_queue_is_full_is_not_waited_for)
{
	struct grpc grpc[8];
	struct err err = { "" };
	int listener = listen_there(0);
	size_t count = 0;

	(void)alarm(20);
	while (count < ARRAY_LEN(grpc) &&
	       grpc_connect(&grpc[count], socket_path, &err) == 0)
		count++;
	(void)alarm(0);
	CHECK(count > 0 && count < ARRAY_LEN(grpc));
	CHECK(strstr(err.msg, "connect to "));
	while (count > 0)
		grpc_close(&grpc[--count]);
	(void)close(listener);
	(void)unlink(socket_path);
}
