/* SPDX-License-Identifier: Apache-2.0 */
/* Network interfaces for containers, through rtnetlink(7). */
#include "pkg/init/service/netif.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

#include "pkg/init/service/fs.h"

struct request {
	struct nlmsghdr head;
	struct ifinfomsg info;
	char attributes[512];
};

static void request_init(struct request *req, int flags)
{
	*req = (struct request){ 0 };
	req->head.nlmsg_len = NLMSG_LENGTH(sizeof(req->info));
	req->head.nlmsg_type = RTM_NEWLINK;
	req->head.nlmsg_flags =
		(unsigned short)(NLM_F_REQUEST | NLM_F_ACK | flags);
	req->info.ifi_family = AF_UNSPEC;
}

/* Names are shorter than IFNAMSIZ, so the room always suffices. */
static void put(struct request *req, unsigned short type, const void *data,
		size_t len)
{
	char *base = (char *)req;
	size_t at = NLMSG_ALIGN(req->head.nlmsg_len);
	struct rtattr attr = { .rta_len = (unsigned short)RTA_LENGTH(len),
			       .rta_type = type };

	memcpy(base + at, &attr, sizeof(attr));
	if (len > 0)
		memcpy(base + at + RTA_LENGTH(0), data, len);
	req->head.nlmsg_len = (unsigned)(at + RTA_ALIGN(attr.rta_len));
}

static void put_name(struct request *req, unsigned short type, const char *name)
{
	put(req, type, name, strlen(name) + 1);
}

static size_t nest_begin(struct request *req, unsigned short type)
{
	size_t at = NLMSG_ALIGN(req->head.nlmsg_len);

	put(req, type, NULL, 0);
	return at;
}

static void nest_end(struct request *req, size_t at)
{
	unsigned short len = (unsigned short)(req->head.nlmsg_len - at);

	memcpy((char *)req + at, &len, sizeof(len));
}

static void put_link_info(struct request *req,
			  const struct runtime_interface *it)
{
	const struct ifinfomsg none = { 0 };
	size_t info = nest_begin(req, IFLA_LINKINFO);

	put_name(req, IFLA_INFO_KIND, it->add);
	if (it->peer[0]) {
		size_t data = nest_begin(req, IFLA_INFO_DATA);
		size_t peer = nest_begin(req, VETH_INFO_PEER);

		/* The peer's attributes follow a bare header. */
		memcpy((char *)req + req->head.nlmsg_len, &none, sizeof(none));
		req->head.nlmsg_len += (unsigned)sizeof(none);
		put_name(req, IFLA_IFNAME, it->peer);
		nest_end(req, peer);
		nest_end(req, data);
	}
	nest_end(req, info);
}

static int talk(const struct request *req, struct err *err)
{
	SCOPED_FD fd =
		socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	struct {
		struct nlmsghdr head;
		struct nlmsgerr result;
		char rest[1024];
	} answer;

	if (fd < 0 || send(fd, req, req->head.nlmsg_len, 0) < 0)
		return err_sys(err, "rtnetlink");
	ssize_t len = recv(fd, &answer, sizeof(answer), 0);

	if (len < (ssize_t)NLMSG_LENGTH(sizeof(answer.result)) ||
	    answer.head.nlmsg_type != NLMSG_ERROR)
		return err_set(err, "rtnetlink: no answer");
	errno = -answer.result.error;
	return errno ? err_sys(err, "rtnetlink") : 0;
}

static int create(const struct runtime_interface *it, pid_t pid,
		  struct err *err)
{
	struct request req;
	unsigned target = (unsigned)pid;

	request_init(&req, NLM_F_CREATE | NLM_F_EXCL);
	put_name(&req, IFLA_IFNAME, it->name);
	if (pid > 0)
		put(&req, IFLA_NET_NS_PID, &target, sizeof(target));
	put_link_info(&req, it);
	return talk(&req, err);
}

static int move(const char *name, pid_t pid, struct err *err)
{
	struct request req;
	unsigned target = (unsigned)pid;
	unsigned index = if_nametoindex(name);

	if (index == 0)
		return err_sys(err, "find");
	request_init(&req, 0);
	req.info.ifi_index = (int)index;
	put(&req, IFLA_NET_NS_PID, &target, sizeof(target));
	return talk(&req, err);
}

int netif_prepare(const struct runtime_interface *it, pid_t pid,
		  struct err *err)
{
	bool in_root = it->create_in_root || it->peer[0];
	int done = 0;

	if (strlen(it->name) >= IFNAMSIZ || strlen(it->peer) >= IFNAMSIZ ||
	    strlen(it->add) >= IFNAMSIZ * 2)
		return err_set(err, "interface %s: name too long", it->name);
	if (it->peer[0] && strcmp(it->add, "veth") != 0)
		return err_set(err, "interface %s: only veth has a peer",
			       it->name);
	if (it->add[0])
		done = create(it, in_root ? 0 : pid, err);
	if (done == 0 && (!it->add[0] || in_root))
		done = move(it->name, pid, err);
	return done < 0 ? err_wrap(err, "interface %s", it->name) : 0;
}
