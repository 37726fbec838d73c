/* SPDX-License-Identifier: Apache-2.0 */
/* Talking to hypervisors and helpers that run. */
#include "cmd/lib/vm/control.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "cmd/lib/base/fd.h"
#include "cmd/lib/base/mem.h"

#define REPLY_MS 2000

static int make_socket(int *fd, const char *path, struct sockaddr_un *address,
		       struct err *err)
{
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(address->sun_path))
		return err_set(err, FAULT_INPUT, "%s: too long for a socket",
			       path);
	snprintf(address->sun_path, sizeof(address->sun_path), "%s", path);
	*fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (*fd < 0)
		return err_sys(err, "make a socket");
	fcntl(*fd, F_SETFD, FD_CLOEXEC);
	return 0;
}

static int connect_to(int *fd, const char *path, struct err *err)
{
	struct sockaddr_un address;
	SCOPED_FD int sock = -1;

	if (make_socket(&sock, path, &address, err) < 0)
		return -1;
	if (connect(sock, (const struct sockaddr *)(const void *)&address,
		    sizeof(address)) < 0)
		return err_sys(err, "connect to %s", path);
	*fd = take_fd(&sock);
	return 0;
}

int control_listen(int *fd, const char *path, struct err *err)
{
	struct sockaddr_un address;
	SCOPED_FD int sock = -1;

	if (make_socket(&sock, path, &address, err) < 0)
		return -1;
	if (bind(sock, (const struct sockaddr *)(const void *)&address,
		 sizeof(address)) < 0 ||
	    listen(sock, 1) < 0)
		return err_sys(err, "listen at %s", path);
	*fd = take_fd(&sock);
	return 0;
}

/* Reads until the other side has said `word`, 4 KiB and two seconds at most. */
static int await(int fd, const char *word, const char *path, struct err *err)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	char said[4096];
	size_t size = 0;

	while (size < sizeof(said) - 1) {
		ssize_t got;

		if (poll(&wait, 1, REPLY_MS) <= 0)
			break;
		got = read(fd, said + size, sizeof(said) - 1 - size);
		if (got <= 0)
			break;
		size += (size_t)got;
		said[size] = '\0';
		if (strstr(said, word))
			return 0;
	}
	return err_set(err, FAULT_SYSTEM, "nothing useful is answered at %s",
		       path);
}

static int say(int fd, const char *words, const char *path, struct err *err)
{
	return fd_write_all(fd, words, strlen(words), path, err);
}

/* QEMU, "QEMU Machine Protocol Specification". */
static int press_qmp(const char *path, struct err *err)
{
	SCOPED_FD int fd = -1;

	if (connect_to(&fd, path, err) < 0 || await(fd, "QMP", path, err) < 0 ||
	    say(fd, "{\"execute\":\"qmp_capabilities\"}\n", path, err) < 0 ||
	    await(fd, "return", path, err) < 0 ||
	    say(fd, "{\"execute\":\"system_powerdown\"}\n", path, err) < 0)
		return -1;
	return await(fd, "return", path, err);
}

int control_request(const struct recipe_request *request, struct err *err)
{
	SCOPED_FREE char *text = xasprintf(
		"%s %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
		request->method, request->path, strlen(request->body),
		request->body);
	SCOPED_FD int fd = -1;

	if (connect_to(&fd, request->socket, err) < 0 ||
	    say(fd, text, request->socket, err) < 0)
		return -1;
	if (await(fd, "HTTP/1.1 20", request->socket, err) < 0)
		return err_wrap(err, "%s %s", request->method, request->path);
	return 0;
}

int control_power_off(const struct recipe *recipe, const struct child *child,
		      struct err *err)
{
	switch (recipe->power) {
	case RECIPE_POWER_QMP:
		return press_qmp(recipe->control, err);
	case RECIPE_POWER_REQUEST:
		return control_request(&recipe->button, err);
	case RECIPE_POWER_COMMAND:
		return child_run(&recipe->button_argv, false, NULL, err);
	case RECIPE_POWER_NONE:
		return err_set(err, FAULT_SYSTEM,
			       "this machine has no power button");
	case RECIPE_POWER_SIGNAL:
		break;
	}
	if (child->pid > 0 && kill(child->pid, SIGTERM) < 0)
		return err_sys(err, "signal the hypervisor");
	return 0;
}
