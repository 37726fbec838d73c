/* SPDX-License-Identifier: Apache-2.0 */
/* The socket on which the kernel announces devices. */
#include <errno.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pkg/init/init/uevent.h"

/* linux/netlink.h, which musl's compiler wrapper does not reach. */
#define NETLINK_KOBJECT_UEVENT 15
#define KERNEL_GROUP 1
#define QUEUE_BYTES (4 << 20)

struct netlink_address {
	sa_family_t family;
	unsigned short pad;
	uint32_t port;
	uint32_t groups;
};

int uevent_open(void)
{
	const struct netlink_address address = { .family = AF_NETLINK,
						 .groups = KERNEL_GROUP };
	const void *place = &address;
	int queue = QUEUE_BYTES;
	int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
			NETLINK_KOBJECT_UEVENT);

	if (fd < 0)
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &queue, sizeof(queue));
	if (bind(fd, place, sizeof(address)) == 0)
		return fd;
	int saved = errno;

	(void)close(fd);
	errno = saved;
	return -1;
}

int uevent_read(int fd, char *message, size_t size, struct uevent *event)
{
	struct netlink_address from = { 0 };
	struct iovec iov = { message, size - 1 };
	struct msghdr header = { .msg_name = &from,
				 .msg_namelen = sizeof(from),
				 .msg_iov = &iov,
				 .msg_iovlen = 1 };
	ssize_t len = recvmsg(fd, &header, MSG_DONTWAIT);

	if (len < 0)
		return errno == ENOBUFS ? -1 : 0;
	message[len] = '\0';
	/* Port 0 is the kernel; anything else is an imitation. */
	if (from.port != 0 || !uevent_parse(event, message, (size_t)len + 1))
		*event = (struct uevent){ "", "", "", "" };
	return 1;
}
