/* SPDX-License-Identifier: Apache-2.0 */
/* Network interfaces for containers, through rtnetlink(7). */
#include "pkg/init/service/netif.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "pkg/init/service/fs.h"
#include "pkg/init/service/spawn.h"

#define GONE_MS 3000
#define POLL_MS 20

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

static void put_kind(struct request *req, const char *kind)
{
	size_t info = nest_begin(req, IFLA_LINKINFO);

	put_name(req, IFLA_INFO_KIND, kind);
	nest_end(req, info);
}

/* The inner end is the peer: its name may be taken where we are. */
static void put_veth(struct request *req, const char *inner, pid_t pid)
{
	const struct ifinfomsg none = { 0 };
	unsigned target = (unsigned)pid;
	size_t info = nest_begin(req, IFLA_LINKINFO);

	put_name(req, IFLA_INFO_KIND, "veth");
	size_t data = nest_begin(req, IFLA_INFO_DATA);
	size_t peer = nest_begin(req, VETH_INFO_PEER);

	/* The peer's attributes follow a bare header. */
	memcpy((char *)req + req->head.nlmsg_len, &none, sizeof(none));
	req->head.nlmsg_len += (unsigned)sizeof(none);
	put_name(req, IFLA_IFNAME, inner);
	put(req, IFLA_NET_NS_PID, &target, sizeof(target));
	nest_end(req, peer);
	nest_end(req, data);
	nest_end(req, info);
}

/* A socket stays in the network in which it was made. */
static int open_in(pid_t pid, struct err *err)
{
	char path[64];
	SCOPED_FD own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
	SCOPED_FD there = open(path, O_RDONLY | O_CLOEXEC);

	if (own < 0 || there < 0 || setns(there, CLONE_NEWNET) < 0)
		return err_sys(err, "enter %s", path);
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (setns(own, CLONE_NEWNET) < 0) {
		(void)err_sys(err, "leave %s", path);
		fs_close(&fd);
		return -1;
	}
	return fd < 0 ? err_sys(err, "rtnetlink") : fd;
}

static int open_here(struct err *err)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	return fd < 0 ? err_sys(err, "rtnetlink") : fd;
}

static int talk(int fd, const struct request *req, struct err *err)
{
	struct {
		struct nlmsghdr head;
		struct nlmsgerr result;
		char rest[1024];
	} answer;

	if (send(fd, req, req->head.nlmsg_len, 0) < 0)
		return err_sys(err, "rtnetlink");
	ssize_t len = recv(fd, &answer, sizeof(answer), 0);

	if (len < (ssize_t)NLMSG_LENGTH(sizeof(answer.result)) ||
	    answer.head.nlmsg_type != NLMSG_ERROR)
		return err_set(err, "rtnetlink: no answer");
	if (answer.result.error == 0)
		return 0;
	errno = -answer.result.error;
	(void)err_sys(err, "rtnetlink");
	errno = -answer.result.error;
	return -1;
}

/* In the network of this process; 0: in ours. */
static int create(const struct runtime_interface *it, pid_t pid,
		  struct err *err)
{
	struct request req;
	SCOPED_FD fd = pid > 0 ? open_in(pid, err) : open_here(err);

	if (fd < 0)
		return -1;
	request_init(&req, NLM_F_CREATE | NLM_F_EXCL);
	put_name(&req, IFLA_IFNAME, it->name);
	put_kind(&req, it->add);
	return talk(fd, &req, err);
}

static int create_pair(const struct runtime_interface *it, pid_t pid,
		       struct err *err)
{
	struct request req;
	SCOPED_FD fd = open_here(err);

	if (fd < 0)
		return -1;
	request_init(&req, NLM_F_CREATE | NLM_F_EXCL);
	put_name(&req, IFLA_IFNAME, it->peer);
	put_veth(&req, it->name, pid);
	return talk(fd, &req, err);
}

static int move(const char *name, pid_t pid, struct err *err)
{
	struct request req;
	unsigned target = (unsigned)pid;
	unsigned index = if_nametoindex(name);
	SCOPED_FD fd = open_here(err);

	if (fd < 0)
		return -1;
	if (index == 0) {
		(void)err_sys(err, "find");
		errno = ENODEV;
		return -1;
	}
	request_init(&req, 0);
	req.info.ifi_index = (int)index;
	put(&req, IFLA_NET_NS_PID, &target, sizeof(target));
	return talk(fd, &req, err);
}

static int make_or_move(const struct runtime_interface *it, pid_t pid,
			struct err *err)
{
	/* The other end of a veth stays with us, named by us or the kernel. */
	bool here = it->create_in_root || strcmp(it->add, "veth") == 0;

	if (it->peer[0])
		return create_pair(it, pid, err);
	if (it->add[0] && !here)
		return create(it, pid, err);
	if (it->add[0] && create(it, 0, err) < 0)
		return -1;
	return move(it->name, pid, err);
}

int netif_prepare(const struct runtime_interface *it, pid_t pid,
		  struct err *err)
{
	long long deadline = clock_ms() + GONE_MS;
	int done;

	if (strlen(it->name) >= IFNAMSIZ || strlen(it->peer) >= IFNAMSIZ ||
	    strlen(it->add) >= IFNAMSIZ * 2)
		return err_set(err, "interface %s: name too long", it->name);
	if (it->peer[0] && strcmp(it->add, "veth") != 0)
		return err_set(err, "interface %s: only veth has a peer",
			       it->name);
	/* The kernel takes its time over the namespace of the run before. */
	while ((done = make_or_move(it, pid, err)) < 0 &&
	       (errno == EEXIST || errno == ENODEV) && clock_ms() < deadline)
		(void)poll(NULL, 0, POLL_MS);
	return done < 0 ? err_wrap(err, "interface %s", it->name) : 0;
}
