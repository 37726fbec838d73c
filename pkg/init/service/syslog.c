/* SPDX-License-Identifier: Apache-2.0 */
/* Lines for a syslog server. */
#include "pkg/init/service/syslog.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <time.h>

#define PORT 514
#define HOST_BYTES 64
#define QUIET_S 10

static int parse_path(struct syslog *syslog, const char *path, struct err *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof(address.sun_path))
		return err_set(err, "%s: path too long", path);
	memcpy(address.sun_path, path, strlen(path) + 1);
	memcpy(&syslog->to, &address, sizeof(address));
	syslog->to_len = sizeof(address);
	return 0;
}

static int parse_port(const char *text, in_port_t *port)
{
	char *end;
	unsigned long number = strtoul(text, &end, 10);

	if (end == text || *end || number == 0 || number > 65535)
		return -1;
	*port = htons((in_port_t)number);
	return 0;
}

/* The host, and what stands behind its colon; NULL: nothing does. */
static const char *split(const char *text, char host[HOST_BYTES])
{
	bool bracket = text[0] == '[';
	const char *begin = text + bracket;
	size_t len = strcspn(begin, bracket ? "]" : ":");
	const char *end = begin + len;

	host[0] = '\0';
	if (len >= HOST_BYTES || (bracket && *end++ != ']') ||
	    (*end && *end != ':'))
		return NULL;
	memcpy(host, begin, len);
	host[len] = '\0';
	return *end ? end + 1 : NULL;
}

int syslog_parse(struct syslog *syslog, const char *text, struct err *err)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	in_port_t port = htons(PORT);
	char host[HOST_BYTES];

	*syslog = (struct syslog)SYSLOG_NONE;
	if (text[0] == '/')
		return parse_path(syslog, text, err);
	const char *behind = split(text, host);

	if (behind && parse_port(behind, &port) < 0)
		return err_set(err, "%s: not a port", behind);
	if (inet_pton(AF_INET, host, &v4.sin_addr) == 1) {
		v4.sin_port = port;
		memcpy(&syslog->to, &v4, sizeof(v4));
		syslog->to_len = sizeof(v4);
	} else if (text[0] == '[' &&
		   inet_pton(AF_INET6, host, &v6.sin6_addr) == 1) {
		v6.sin6_port = port;
		memcpy(&syslog->to, &v6, sizeof(v6));
		syslog->to_len = sizeof(v6);
	} else {
		return err_set(err, "%s: not an address such as 10.0.0.1:514",
			       text);
	}
	return 0;
}

int syslog_open(struct syslog *syslog, const char *text, struct err *err)
{
	if (syslog_parse(syslog, text, err) < 0)
		return -1;
	syslog->fd = socket(syslog->to.ss_family,
			    SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	return syslog->fd < 0 ? err_sys(err, "socket") : 0;
}

/* A server that is sometimes too slow must not fill the console. */
static void lose(struct syslog *syslog)
{
	const char *why = strerror(errno);
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	if (syslog->lost++ > 0 || now.tv_sec < syslog->quiet_until)
		return;
	say("syslog: %s; lines are lost for now", why);
	syslog->told = true;
	syslog->quiet_until = now.tv_sec + QUIET_S;
}

void syslog_send(struct syslog *syslog, const char *message, size_t len)
{
	const void *to = &syslog->to;

	/* Not connected: the network, or the server, may come later. */
	if (sendto(syslog->fd, message, len, MSG_DONTWAIT | MSG_NOSIGNAL, to,
		   syslog->to_len) < 0) {
		lose(syslog);
		return;
	}
	if (syslog->told)
		say("syslog: works again; %llu lines are lost", syslog->lost);
	syslog->told = false;
	syslog->lost = 0;
}
