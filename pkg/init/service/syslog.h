/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines for a syslog server, by UDP (RFC 5426) or a local socket such as
 * /dev/log. Nothing here waits: what cannot be sent is lost, and counted.
 */
#pragma once

#include <stdbool.h>
#include <sys/socket.h>

#include "pkg/init/service/err.h"

struct syslog {
	int fd; /* -1: none */
	struct sockaddr_storage to;
	socklen_t to_len;
	unsigned long long lost; /* lines, since the last that was sent */
	bool told;               /* somebody has been, of the loss */
	long long quiet_until;   /* before it nobody is: monotonic, seconds */
};

#define SYSLOG_NONE                                                            \
	{                                                                      \
		.fd = -1                                                       \
	}

/*
 * "10.0.0.1:514", "[fe80::1]:514", the port may be missing, or the path of a
 * socket. Names are not looked up: a supervisor cannot wait for an answer.
 * Pure.
 */
MUST_CHECK int syslog_parse(struct syslog *syslog, const char *text,
			    struct err *err);
MUST_CHECK int syslog_open(struct syslog *syslog, const char *text,
			   struct err *err);

/*
 * Sends one message. Says when lines begin to be lost and when
 * that ends, every ten seconds at most.
 */
void syslog_send(struct syslog *syslog, const char *message, size_t len);
