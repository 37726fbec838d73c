/* SPDX-License-Identifier: Apache-2.0 */
/* Unary gRPC calls over a unix socket: framing by nghttp2. */
#include "pkg/init/service/grpc.h"

#include <errno.h>
#include <nghttp2/nghttp2.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "pkg/init/service/fs.h"
#include "pkg/init/service/grpcframe.h"
#include "pkg/init/service/spawn.h"

#define REPLY_MAX (8u << 20)
#define NO_STATUS (-1)

struct grpc_exchange {
	const struct grpc_request *request;
	struct grpc_reply *reply;
	uint8_t head[GRPC_HEAD_BYTES];
	size_t sent;
	char http_status[8];
	bool too_big;
	bool closed;
	uint32_t reset_code;
};

static ssize_t on_send(nghttp2_session *session, const uint8_t *data,
		       size_t len, int flags, void *user)
{
	const struct grpc *grpc = user;
	ssize_t sent = send(grpc->fd, data, len, MSG_NOSIGNAL);

	(void)session;
	(void)flags;
	if (sent >= 0)
		return sent;
	return errno == EAGAIN || errno == EINTR ? NGHTTP2_ERR_WOULDBLOCK
						 : NGHTTP2_ERR_CALLBACK_FAILURE;
}

/* NOLINTNEXTLINE(readability-function-size): as nghttp2 calls it */
static int on_header(nghttp2_session *session, const nghttp2_frame *frame,
		     const uint8_t *name, size_t name_len, const uint8_t *value,
		     size_t len, uint8_t flags, void *user)
{
	struct grpc_exchange *ex = ((struct grpc *)user)->exchange;
	char text[16];

	(void)session;
	(void)frame;
	(void)flags;
	(void)name_len;
	if (!ex)
		return 0;
	/* nghttp2 ends names with a NUL. */
	const char *key = (const char *)name;

	if (strcmp(key, ":status") == 0) {
		grpc_text_decode(value, len, ex->http_status,
				 sizeof(ex->http_status));
	} else if (strcmp(key, "grpc-message") == 0) {
		grpc_text_decode(value, len, ex->reply->text,
				 sizeof(ex->reply->text));
	} else if (strcmp(key, "grpc-status") == 0) {
		grpc_text_decode(value, len, text, sizeof(text));
		ex->reply->status = grpc_status_decode(text);
	}
	return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t stream,
		   const uint8_t *data, size_t len, void *user)
{
	struct grpc_exchange *ex = ((struct grpc *)user)->exchange;

	(void)session;
	(void)flags;
	(void)stream;
	if (!ex || ex->too_big)
		return 0;
	struct grpc_reply *reply = ex->reply;

	if (len > REPLY_MAX - reply->body_len) {
		ex->too_big = true;
		return 0;
	}
	uint8_t *more = realloc(reply->body, reply->body_len + len);

	if (!more)
		return NGHTTP2_ERR_CALLBACK_FAILURE;
	memcpy(more + reply->body_len, data, len);
	reply->body = more;
	reply->body_len += len;
	return 0;
}

static int on_close(nghttp2_session *session, int32_t stream, uint32_t code,
		    void *user)
{
	struct grpc_exchange *ex = ((struct grpc *)user)->exchange;

	(void)session;
	(void)stream;
	if (ex) {
		ex->closed = true;
		ex->reset_code = code;
	}
	return 0;
}

/* Gives out the five-byte head, then the message. */
/* NOLINTNEXTLINE(readability-function-size): as nghttp2 calls it */
static ssize_t on_read(nghttp2_session *session, int32_t stream, uint8_t *buf,
		       size_t room, uint32_t *flags,
		       nghttp2_data_source *source, void *user)
{
	struct grpc_exchange *ex = source->ptr;
	size_t used = 0;

	(void)session;
	(void)stream;
	(void)user;
	while (used < room && ex->sent < GRPC_HEAD_BYTES)
		buf[used++] = ex->head[ex->sent++];
	size_t at = ex->sent - GRPC_HEAD_BYTES;
	size_t len = ex->request->len - at;

	if (ex->sent < GRPC_HEAD_BYTES)
		return (ssize_t)used;
	if (len > room - used)
		len = room - used;
	if (len > 0)
		memcpy(buf + used, ex->request->message + at, len);
	ex->sent += len;
	if (ex->sent == ex->request->len + GRPC_HEAD_BYTES)
		*flags |= NGHTTP2_DATA_FLAG_EOF;
	return (ssize_t)(used + len);
}

static int session_new(struct grpc *grpc, struct err *err)
{
	nghttp2_session_callbacks *calls = NULL;

	if (nghttp2_session_callbacks_new(&calls) != 0)
		return err_set(err, "out of memory");
	nghttp2_session_callbacks_set_send_callback(calls, on_send);
	nghttp2_session_callbacks_set_on_header_callback(calls, on_header);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(calls,
								  on_data);
	nghttp2_session_callbacks_set_on_stream_close_callback(calls, on_close);
	int failed = nghttp2_session_client_new(&grpc->session, calls, grpc);

	nghttp2_session_callbacks_del(calls);
	if (failed == 0)
		failed = nghttp2_submit_settings(grpc->session,
						 NGHTTP2_FLAG_NONE, NULL, 0);
	return failed ? err_set(err, "http2: %s", nghttp2_strerror(failed)) : 0;
}

int grpc_connect(struct grpc *grpc, const char *socket_path, struct err *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const void *place = &address;

	*grpc = (struct grpc){ .fd = -1 };
	if (strlen(socket_path) >= sizeof(address.sun_path))
		return err_set(err, "%s: path too long", socket_path);
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s",
		       socket_path);
	/* Not to wait for a place in the queue of a server that is stuck. */
	grpc->fd =
		socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (grpc->fd < 0 || connect(grpc->fd, place, sizeof(address)) < 0) {
		(void)err_sys(err, "connect to %s", socket_path);
		grpc_close(grpc);
		return -1;
	}
	if (session_new(grpc, err) < 0) {
		grpc_close(grpc);
		return -1;
	}
	return 0;
}

void grpc_close(struct grpc *grpc)
{
	nghttp2_session_del(grpc->session);
	if (grpc->fd >= 0)
		(void)close(grpc->fd);
	*grpc = (struct grpc){ .fd = -1 };
}

/* nghttp2's fields are not const, though it only reads them. */
static uint8_t *header_text(const char *borrowed)
{
	const union {
		const char *in;
		uint8_t *out;
	} text = { borrowed };

	return text.out;
}

static int submit(struct grpc *grpc, struct grpc_exchange *ex, struct err *err)
{
	const struct grpc_request *request = ex->request;
	const char *const pairs[][2] = {
		{ ":method", "POST" },
		{ ":scheme", "http" },
		{ ":path", request->method },
		{ ":authority", "localhost" },
		{ "content-type", "application/grpc" },
		{ "te", "trailers" },
		{ "containerd-namespace", request->namespace_name },
	};
	size_t count = ARRAY_LEN(pairs) - (request->namespace_name == NULL);
	nghttp2_nv headers[ARRAY_LEN(pairs)] = { 0 };
	const nghttp2_data_provider body = { .source.ptr = ex,
					     .read_callback = on_read };

	for (size_t i = 0; i < count; i++)
		headers[i] = (nghttp2_nv){
			.name = header_text(pairs[i][0]),
			.namelen = strlen(pairs[i][0]),
			.value = header_text(pairs[i][1]),
			.valuelen = strlen(pairs[i][1]),
		};
	grpc_frame_head(ex->head, (uint32_t)request->len);
	int32_t stream = nghttp2_submit_request(grpc->session, NULL, headers,
						count, &body, NULL);

	return stream < 0 ? err_set(err, "http2: %s", nghttp2_strerror(stream))
			  : 0;
}

static int receive(struct grpc *grpc, struct err *err)
{
	uint8_t block[16384];
	ssize_t got = recv(grpc->fd, block, sizeof(block), 0);

	if (got == 0)
		return err_set(err, "connection closed");
	if (got < 0)
		return errno == EAGAIN || errno == EINTR
			       ? 0
			       : err_sys(err, "receive");
	ssize_t used =
		nghttp2_session_mem_recv(grpc->session, block, (size_t)got);

	return used < 0 ? err_set(err, "http2: %s", nghttp2_strerror((int)used))
			: 0;
}

static int exchange_run(struct grpc *grpc, const struct grpc_exchange *ex,
			struct err *err)
{
	long long deadline = clock_ms() + ex->request->timeout_ms;

	while (!ex->closed) {
		int failed = nghttp2_session_send(grpc->session);
		long long left = deadline - clock_ms();
		struct pollfd fd = { .fd = grpc->fd, .events = POLLIN };

		if (failed)
			return err_set(err, "http2: %s",
				       nghttp2_strerror(failed));
		if (nghttp2_session_want_write(grpc->session))
			fd.events |= POLLOUT;
		else if (!nghttp2_session_want_read(grpc->session))
			return err_set(err, "the server broke the protocol");
		if (left <= 0)
			return err_set(err, "no answer within %d ms",
				       ex->request->timeout_ms);
		if (poll(&fd, 1, (int)left) > 0 && receive(grpc, err) < 0)
			return -1;
	}
	return 0;
}

static int exchange_check(const struct grpc_exchange *ex, struct err *err)
{
	struct grpc_reply *reply = ex->reply;

	if (ex->too_big)
		return err_set(err, "reply above %u bytes", REPLY_MAX);
	if (reply->status == NO_STATUS)
		return err_set(err, "no gRPC status (HTTP status %s, code %u)",
			       ex->http_status, ex->reset_code);
	if (reply->status != GRPC_OK)
		return 0;
	const char *wrong =
		grpc_frame_check(reply->body, reply->body_len, &reply->len);

	if (wrong)
		return err_set(err, "%s", wrong);
	reply->message = reply->body + GRPC_HEAD_BYTES;
	return 0;
}

int grpc_call(struct grpc *grpc, const struct grpc_request *request,
	      struct grpc_reply *reply, struct err *err)
{
	struct grpc_exchange ex = { .request = request, .reply = reply };

	*reply = (struct grpc_reply){ .status = NO_STATUS };
	grpc->exchange = &ex;
	int done = submit(grpc, &ex, err);

	if (done == 0)
		done = exchange_run(grpc, &ex, err);
	grpc->exchange = NULL;
	if (done == 0)
		done = exchange_check(&ex, err);
	if (done == 0)
		return 0;
	grpc_reply_release(reply);
	return err_wrap(err, "%s", request->method);
}

void grpc_reply_release(struct grpc_reply *reply)
{
	free(reply->body);
	reply->body = NULL;
	reply->message = NULL;
	reply->body_len = 0;
	reply->len = 0;
}
