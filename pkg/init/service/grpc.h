/* SPDX-License-Identifier: Apache-2.0 */
/* Unary gRPC calls over a unix socket. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "pkg/init/service/err.h"

struct nghttp2_session;

/* A connection, one call at a time. After a failed call only close it. */
struct grpc {
	int fd;
	struct nghttp2_session *session; /* owned */
	struct grpc_exchange *exchange;  /* the call that runs */
};

struct grpc_request {
	const char *method;         /* "/package.Service/Method" */
	const char *namespace_name; /* containerd's, or NULL */
	const uint8_t *message;
	size_t len;
	int timeout_ms;
};

#define GRPC_OK 0
#define GRPC_NOT_FOUND 5
#define GRPC_ALREADY_EXISTS 6

/* What the server said. A status other than GRPC_OK comes with a text. */
struct grpc_reply {
	int status;
	char text[512];
	uint8_t *body; /* owned */
	size_t body_len;
	const uint8_t *message; /* in body */
	size_t len;
};

MUST_CHECK int grpc_connect(struct grpc *grpc, const char *socket_path,
			    struct err *err);
void grpc_close(struct grpc *grpc);

/*
 * Calls and waits. Fails if no answer came in time or it made no sense; a
 * status is an answer.
 */
MUST_CHECK int grpc_call(struct grpc *grpc, const struct grpc_request *request,
			 struct grpc_reply *reply, struct err *err);
void grpc_reply_release(struct grpc_reply *reply);

#define SCOPED_REPLY                                                           \
	__attribute__((cleanup(grpc_reply_release))) struct grpc_reply
