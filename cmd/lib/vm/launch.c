/* SPDX-License-Identifier: Apache-2.0 */
/* A machine's life: start, signals, power button, end. */
#include "cmd/lib/vm/qemu.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>

#include "cmd/lib/base/clock.h"
#include "cmd/lib/base/fd.h"
#include "cmd/lib/base/log.h"
#include "cmd/lib/base/path.h"
#include "cmd/lib/vm/child.h"
#include "cmd/lib/vm/console.h"

#define POWER_OFF_MS 15000
#define REPLY_MS 2000
#define STEP_MS 500

/* How often we were asked to stop. A signal handler can do no more. */
static volatile sig_atomic_t stop_requests;

static void count_stop(int number)
{
	(void)number;
	stop_requests++;
}

static const int stop_signals[] = { SIGINT, SIGTERM, SIGHUP };

struct handlers {
	struct sigaction kept[ARRAY_LEN(stop_signals)];
};

static void handlers_set(struct handlers *handlers)
{
	struct sigaction action = { .sa_handler = count_stop };

	sigemptyset(&action.sa_mask);
	stop_requests = 0;
	for (size_t i = 0; i < ARRAY_LEN(stop_signals); i++)
		sigaction(stop_signals[i], &action, &handlers->kept[i]);
}

static void handlers_release(struct handlers *handlers)
{
	for (size_t i = 0; i < ARRAY_LEN(stop_signals); i++)
		sigaction(stop_signals[i], &handlers->kept[i], NULL);
}

/* Killed, QEMU leaves the terminal raw. */
struct terminal {
	bool saved;
	struct termios kept;
};

static void terminal_save(struct terminal *terminal)
{
	terminal->saved = tcgetattr(STDIN_FILENO, &terminal->kept) == 0;
}

static void terminal_release(struct terminal *terminal)
{
	if (terminal->saved)
		tcsetattr(STDIN_FILENO, TCSANOW, &terminal->kept);
}

static int connect_to(int *fd, const char *path, struct err *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	SCOPED_FD int sock = socket(AF_UNIX, SOCK_STREAM, 0);

	if (sock < 0)
		return err_sys(err, "make a socket");
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (connect(sock, (const struct sockaddr *)(const void *)&address,
		    sizeof(address)) < 0)
		return err_sys(err, "connect to %s", path);
	*fd = take_fd(&sock);
	return 0;
}

/* Reads until QEMU has said `word`, a line at most. */
static int await(int fd, const char *word, struct err *err)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	char line[4096];
	size_t size = 0;

	while (size < sizeof(line) - 1) {
		ssize_t got;

		if (poll(&wait, 1, REPLY_MS) <= 0)
			break;
		got = read(fd, line + size, sizeof(line) - 1 - size);
		if (got <= 0)
			break;
		size += (size_t)got;
		line[size] = '\0';
		if (strstr(line, word))
			return 0;
	}
	return err_set(err, FAULT_SYSTEM, "QEMU does not answer");
}

static int say(int fd, const char *command, struct err *err)
{
	return fd_write_all(fd, command, strlen(command), "QEMU", err);
}

static int power_down(const struct machine *machine, struct err *err)
{
	SCOPED_FREE char *path = qemu_socket_path(machine);
	SCOPED_FD int fd = -1;

	if (connect_to(&fd, path, err) < 0 || await(fd, "QMP", err) < 0 ||
	    say(fd, "{\"execute\":\"qmp_capabilities\"}\n", err) < 0 ||
	    await(fd, "return", err) < 0 ||
	    say(fd, "{\"execute\":\"system_powerdown\"}\n", err) < 0)
		return -1;
	return await(fd, "return", err);
}

static void press_power_button(const struct machine *machine)
{
	SCOPED(err) why = { 0 };

	log_info("asking the machine to power off; once more kills it");
	if (power_down(machine, &why) < 0)
		log_warn("%s", why.msg);
}

/* Why a run comes to its end. */
enum outcome {
	OUTCOME_ENDED,  /* by itself */
	OUTCOME_KILLED, /* it did not power off */
	OUTCOME_LATE,   /* its time was over */
};

/* One machine that runs. */
struct watch {
	const struct machine *machine;
	struct child child;
	struct console console;
	long long late_ms;     /* when its time is over; 0: never */
	long long deadline_ms; /* until when it has to power off; 0: it need not
				*/
};

static void watch_release(struct watch *watch)
{
	child_release(&watch->child);
	console_release(&watch->console);
}

static bool has_ended(struct watch *watch)
{
	bool ended;

	if (watch->console.fd < 0)
		return child_has_ended(&watch->child, STEP_MS);
	console_pump(&watch->console, STEP_MS);
	ended = child_has_ended(&watch->child, 0);
	while (ended && console_pump(&watch->console, 0))
		;
	return ended;
}

static void ask_to_power_off(struct watch *watch)
{
	if (watch->deadline_ms)
		return;
	watch->deadline_ms = clock_monotonic_ms() + POWER_OFF_MS;
	press_power_button(watch->machine);
}

static enum outcome watch_it(struct watch *watch)
{
	while (!has_ended(watch)) {
		long long now = clock_monotonic_ms();

		if (stop_requests > 0 || watch->console.found)
			ask_to_power_off(watch);
		if (stop_requests > 1 ||
		    (watch->deadline_ms && now >= watch->deadline_ms))
			return OUTCOME_KILLED;
		if (watch->late_ms && now >= watch->late_ms &&
		    !watch->deadline_ms)
			return OUTCOME_LATE;
	}
	return OUTCOME_ENDED;
}

/* What QEMU removes itself when it is not killed. */
static void remove_traces(const struct machine *machine)
{
	SCOPED_FREE char *socket_path = qemu_socket_path(machine);
	SCOPED_FREE char *pid_path = path_join(machine->state, "qemu.pid");

	unlink(socket_path);
	unlink(pid_path);
}

static int judge(const char *program, int status, struct err *err)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFSIGNALED(status))
		return err_set(err, FAULT_SYSTEM, "%s was killed by signal %d",
			       program, WTERMSIG(status));
	return err_set(err, FAULT_SYSTEM, "%s failed with status %d", program,
		       WEXITSTATUS(status));
}

/* What was expected decides, however the machine ended. */
static int tell(const struct watch *watch, enum outcome outcome,
		struct err *err)
{
	const char *expected = watch->machine->expected;
	unsigned long long seconds = watch->machine->timeout_s;

	if (expected && watch->console.found)
		return 0;
	if (outcome == OUTCOME_LATE && expected)
		return err_set(
			err, FAULT_SYSTEM,
			"the console did not show '%s' within %llu seconds",
			expected, seconds);
	if (outcome == OUTCOME_LATE)
		return err_set(
			err, FAULT_SYSTEM,
			"the machine did not end within %llu seconds and was killed",
			seconds);
	if (outcome == OUTCOME_KILLED)
		return err_set(err, FAULT_SYSTEM,
			       "the machine did not power off and was killed");
	if (expected && stop_requests == 0)
		return err_set(
			err, FAULT_SYSTEM,
			"the machine ended, and its console had not shown '%s'",
			expected);
	return judge(watch->machine->program, watch->child.status, err);
}

static int start(struct watch *watch, struct err *err)
{
	const struct machine *machine = watch->machine;
	SCOPED(strv) argv = { 0 };
	enum child_input input = machine->expected      ? CHILD_CAPTURED
				 : machine->on_terminal ? CHILD_TERMINAL
							: CHILD_PIPED;

	if (qemu_argv(machine, &argv, err) < 0 ||
	    child_start(&watch->child, &argv, input, err) < 0)
		return -1;
	watch->console.fd = watch->child.output;
	if (machine->timeout_s)
		watch->late_ms = clock_monotonic_ms() +
				 (long long)machine->timeout_s * 1000;
	return 0;
}

int qemu_run(const struct machine *machine, struct err *err)
{
	__attribute__((
		cleanup(terminal_release))) struct terminal terminal = { 0 };
	__attribute__((cleanup(handlers_release))) struct handlers handlers;
	SCOPED(watch)
	watch = {
		.machine = machine,
		.console = { .fd = -1, .expected = machine->expected },
	};
	enum outcome outcome;

	handlers_set(&handlers);
	terminal_save(&terminal);
	if (start(&watch, err) < 0)
		return -1;
	outcome = watch_it(&watch);
	child_release(&watch.child);
	if (outcome != OUTCOME_ENDED)
		remove_traces(machine);
	return tell(&watch, outcome, err);
}
