/* SPDX-License-Identifier: Apache-2.0 */
/* Logs for memlogd. */
#include "pkg/init/service/collector.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "pkg/init/service/fs.h"

#define NAME_MAX_BYTES 512

static int send_with(int to, const char *name, int fd)
{
	union {
		struct cmsghdr head; /* for its alignment */
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	char text[NAME_MAX_BYTES + 1];
	struct iovec part = { .iov_base = text, .iov_len = strlen(name) };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = control.bytes,
				  .msg_controllen = sizeof(control.bytes) };
	struct cmsghdr *head = CMSG_FIRSTHDR(&message);

	(void)snprintf(text, sizeof(text), "%s", name);
	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(head), &fd, sizeof(fd));
	return sendmsg(to, &message, MSG_NOSIGNAL) < 0 ? -1 : 0;
}

int collector_give(const char *socket_path, const char *name, int fd,
		   struct err *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const void *place = &address;
	SCOPED_FD to = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s",
		       socket_path);
	if (strlen(name) > NAME_MAX_BYTES)
		return err_set(err, "%s: log name too long", name);
	if (to < 0 || connect(to, place, sizeof(address)) < 0 ||
	    send_with(to, name, fd) < 0)
		return err_sys(err, "give log %s to the collector", name);
	return 0;
}
