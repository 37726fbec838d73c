/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A log collector as LinuxKit's memlogd is one: a datagram names a log and
 * brings the descriptor to read it from. Each line comes on the console:
 *
 *	collected NAME: LINE
 */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define LOGS_MAX 32
#define NAME_BYTES 513
#define LINE_BYTES 512

static struct log {
	char name[NAME_BYTES];
	char line[LINE_BYTES];
	size_t len;
} logs[LOGS_MAX];

/* The first is the socket. */
static struct pollfd fds[LOGS_MAX + 1];
static size_t count;

static void take_log(void)
{
	union {
		struct cmsghdr head; /* for its alignment */
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct log *log = &logs[count];
	struct iovec part = { log->name, NAME_BYTES - 1 };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = control.bytes,
				  .msg_controllen = sizeof(control.bytes) };
	ssize_t got = recvmsg(fds[0].fd, &message, 0);
	const struct cmsghdr *head = CMSG_FIRSTHDR(&message);

	if (got < 0 || !head || count == LOGS_MAX)
		return;
	log->name[got] = '\0';
	memcpy(&fds[++count].fd, CMSG_DATA(head), sizeof(int));
	fds[count].events = POLLIN;
}

/* False at the end of the log. */
static int read_log(size_t number)
{
	struct log *log = &logs[number];
	char block[256];
	ssize_t got = read(fds[number + 1].fd, block, sizeof(block));

	for (ssize_t i = 0; i < got; i++) {
		if (block[i] != '\n' && log->len < LINE_BYTES - 1) {
			log->line[log->len++] = block[i];
			continue;
		}
		log->line[log->len] = '\0';
		printf("collected %s: %s\n", log->name, log->line);
		log->len = 0;
	}
	fflush(stdout);
	return got > 0;
}

int main(void)
{
	struct sockaddr_un address = {
		.sun_family = AF_UNIX,
		.sun_path = "/var/run/linuxkit-external-logging.sock",
	};

	fds[0].fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	fds[0].events = POLLIN;
	if (bind(fds[0].fd, (void *)&address, sizeof(address)) < 0)
		perror("collector");
	/* The boot goes on. */
	if (fork() > 0)
		return 0;
	setsid();
	while (poll(fds, count + 1, -1) > 0) {
		if (fds[0].revents)
			take_log();
		for (size_t i = 0; i < count; i++)
			if (fds[i + 1].revents && !read_log(i))
				fds[i + 1].fd = -1;
	}
	return 1;
}
