/* SPDX-License-Identifier: Apache-2.0 */
/* The loopback interface, through rtnetlink(7). */
#include <errno.h>
#include <net/if.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pkg/init/init/host.h"
#include "pkg/init/init/log.h"

/* linux/netlink.h and rtnetlink.h, which musl's compiler wrapper does not
 * reach. */
#define NETLINK_ROUTE 0
#define RTM_NEWLINK 16
#define NLM_F_REQUEST 1
#define NLM_F_ACK 4
#define NLMSG_ERROR 2

#define LOOPBACK_INDEX 1 /* in every network namespace */

struct head {
	uint32_t len;
	uint16_t type;
	uint16_t flags;
	uint32_t seq;
	uint32_t pid;
};

struct request {
	struct head head;
	uint8_t family;
	uint8_t pad;
	uint16_t kind;
	int32_t index;
	uint32_t flags;
	uint32_t change;
};

struct answer {
	struct head head;
	int32_t error; /* negative errno, or 0 */
	struct head asked;
};

static int ask(int fd, const struct request *request)
{
	struct answer answer = { 0 };

	if (send(fd, request, sizeof(*request), 0) < 0)
		return -1;
	ssize_t got = recv(fd, &answer, sizeof(answer), 0);

	if (got < 0)
		return -1;
	errno = EPROTO;
	if ((size_t)got < sizeof(answer) || answer.head.type != NLMSG_ERROR)
		return -1;
	errno = -answer.error;
	return answer.error ? -1 : 0;
}

/* The kernel adds 127.0.0.1/8 and ::1 by itself once the link is up. */
void host_loopback(void)
{
	const struct request request = {
		.head = { .len = sizeof(request),
			  .type = RTM_NEWLINK,
			  .flags = NLM_F_REQUEST | NLM_F_ACK },
		.index = LOOPBACK_INDEX,
		.flags = IFF_UP,
		.change = IFF_UP,
	};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd < 0 || ask(fd, &request) < 0)
		log_warn("loopback: %m");
	if (fd >= 0)
		(void)close(fd);
}
