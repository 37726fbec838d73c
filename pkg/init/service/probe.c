/* SPDX-License-Identifier: Apache-2.0 */
/* Asking a service whether it is ready, or well. */
#include "pkg/init/service/probe.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "pkg/init/service/fs.h"

/* Becomes part of its network; a worker ends afterwards. */
static int enter_network(pid_t pid, struct err *err)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
	SCOPED_FD fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || setns(fd, CLONE_NEWNET) < 0)
		return err_sys(err, "enter the network of process %d",
			       (int)pid);
	return 0;
}

static bool connects(const void *address, socklen_t size, int family)
{
	SCOPED_FD fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd >= 0 && connect(fd, address, size) == 0;
}

static int probe_port(int port, pid_t pid, struct err *err)
{
	const struct sockaddr_in four = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	const struct sockaddr_in6 six = {
		.sin6_family = AF_INET6,
		.sin6_port = htons((uint16_t)port),
		.sin6_addr = IN6ADDR_LOOPBACK_INIT,
	};

	if (enter_network(pid, err) < 0)
		return -1;
	if (connects(&four, sizeof(four), AF_INET) ||
	    connects(&six, sizeof(six), AF_INET6))
		return 0;
	return err_sys(err, "port %d", port);
}

/*
 * Links in the path are the service's own, and must not lead out: the worker
 * moves into its root. The socket's type does not matter to the question.
 */
static int probe_path(const char *socket_path, pid_t pid, struct err *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char root[64];

	if (strlen(socket_path) >= sizeof(address.sun_path))
		return err_set(err, "%s: path too long", socket_path);
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s",
		       socket_path);
	(void)snprintf(root, sizeof(root), "/proc/%d/root", (int)pid);
	if (chroot(root) < 0 || chdir("/") < 0)
		return err_sys(err, "enter %s", root);
	if (connects(&address, sizeof(address), AF_UNIX))
		return 0;
	return err_sys(err, "%s", socket_path);
}

int probe_socket(const struct readiness *ready, pid_t pid, struct err *err)
{
	int port = readiness_port(ready);

	return port ? probe_port(port, pid, err)
		    : probe_path(ready->socket, pid, err);
}

int probe_command(const struct engine *engine, const struct bundle *bundle,
		  const struct probe *probe, int *status, struct err *err)
{
	const struct policy *policy = &bundle->runtime.policy;
	const struct json_list *command = probe->health
						  ? &policy->health.command
						  : &policy->ready.command;
	const char **argv = fs_alloc(command->count + 1, sizeof(*argv));
	const struct engine_exec exec = {
		.argv = argv,
		.timeout_ms = probe->health ? policy->health.timeout_ms
					    : policy->ready.timeout_ms,
		.pid = probe->pid,
	};

	memcpy(argv, command->item, command->count * sizeof(*argv));
	int done = engine->exec(bundle, &exec, status, err);

	fs_free(&argv);
	return done;
}
