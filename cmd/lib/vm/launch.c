/* SPDX-License-Identifier: Apache-2.0 */
/* A machine's life: start, signals, power button, end. */
#include "cmd/lib/vm/hypervisor.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>

#include "cmd/lib/base/clock.h"
#include "cmd/lib/base/log.h"
#include "cmd/lib/base/path.h"
#include "cmd/lib/vm/console.h"
#include "cmd/lib/vm/control.h"
#include "cmd/lib/vm/detach.h"
#include "cmd/lib/vm/session.h"

/* What a guest may take (docs/boot-contract.md, section 6), and a little. */
#define POWER_OFF_MS 65000
#define CONNECT_MS 60000
#define STEP_MS 500
#define PRESS_MS 2500
#define TOGETHER_MS 500

/* How often we were asked to stop. A signal handler can do no more. */
static volatile sig_atomic_t stop_requests;

/*
 * timeout(1) and shells signal a process and its group at once: signals that
 * come together are one wish.
 */
static void count_stop(int number)
{
	static long long previous_ms;
	long long now = clock_monotonic_ms();

	(void)number;
	if (stop_requests == 0 || now - previous_ms >= TOGETHER_MS)
		stop_requests++;
	previous_ms = now;
}

static const int stop_signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

struct handlers {
	struct sigaction kept[ARRAY_LEN(stop_signals)];
};

static void handlers_set(struct handlers *handlers)
{
	struct sigaction action = { .sa_handler = count_stop };

	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < ARRAY_LEN(stop_signals); i++)
		sigaddset(&action.sa_mask, stop_signals[i]);
	stop_requests = 0;
	for (size_t i = 0; i < ARRAY_LEN(stop_signals); i++)
		sigaction(stop_signals[i], &action, &handlers->kept[i]);
}

static void handlers_release(struct handlers *handlers)
{
	for (size_t i = 0; i < ARRAY_LEN(stop_signals); i++)
		sigaction(stop_signals[i], &handlers->kept[i], NULL);
}

/* Ours is raw while the guest has the keys. */
struct terminal {
	bool saved;
	struct termios kept;
};

static void terminal_make_raw(struct terminal *terminal)
{
	struct termios raw;

	terminal->saved = tcgetattr(STDIN_FILENO, &terminal->kept) == 0;
	if (!terminal->saved)
		return;
	raw = terminal->kept;
	cfmakeraw(&raw);
	/* Our own messages have no carriage returns. */
	raw.c_oflag = terminal->kept.c_oflag;
	tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
}

static void terminal_release(struct terminal *terminal)
{
	if (terminal->saved)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &terminal->kept);
}

/* In the background the terminal would stop who reads from it. */
static bool may_read_keys(const struct machine_watch *watch)
{
	return !watch->detach &&
	       (!isatty(STDIN_FILENO) || tcgetpgrp(STDIN_FILENO) == getpgrp());
}

/* Why a run comes to its end. */
enum outcome {
	OUTCOME_ENDED,  /* by itself */
	OUTCOME_KILLED, /* it did not power off */
	OUTCOME_LATE,   /* its time was over */
	OUTCOME_HALTED, /* the guest is off, the hypervisor goes on */
	OUTCOME_SILENT, /* nobody connected the console */
};

/* One machine that runs. */
struct watch {
	const struct machine *machine;
	struct session session;
	struct console console;
	struct timeline timeline;
	long long late_ms;     /* when its time is over; 0: never */
	long long connect_ms;  /* until when the console has to be there */
	long long deadline_ms; /* until when it has to be off; 0: it need not */
	long long press_ms;    /* when the button is to be pressed again */
};

static void watch_release(struct watch *watch)
{
	session_release(&watch->session);
	console_release(&watch->console);
	timeline_release(&watch->timeline);
}

static void accept_console(struct watch *watch)
{
	struct session *session = &watch->session;
	struct pollfd wait = { .fd = session->listening, .events = POLLIN };

	if (poll(&wait, 1, STEP_MS) > 0)
		session->connection = accept(session->listening, NULL, NULL);
	watch->console.fd = session->connection;
}

static bool has_ended(struct watch *watch)
{
	struct session *session = &watch->session;
	struct console *console = &watch->console;
	bool ended;

	if (session->listening >= 0) {
		if (session->connection < 0)
			accept_console(watch);
		else if (console->fd >= 0)
			console_pump(console, STEP_MS);
		return session->connection >= 0 && console->fd < 0;
	}
	if (console->fd < 0)
		return child_has_ended(&session->child, STEP_MS);
	console_pump(console, STEP_MS);
	ended = child_has_ended(&session->child, 0);
	while (ended && console->fd >= 0 && console_pump(console, 0))
		;
	return ended;
}

/*
 * A guest that is still booting misses the button, so it is pressed again, but
 * not once our init says that it goes down: then it would not wait any more.
 */
static void ask_to_power_off(struct watch *watch, long long now)
{
	SCOPED(err) why = { 0 };
	bool first = watch->deadline_ms == 0;

	if (now < watch->press_ms || (!first && watch->console.going_down))
		return;
	watch->press_ms = now + PRESS_MS;
	if (first) {
		watch->deadline_ms =
			watch->session.recipe.power == RECIPE_POWER_NONE
				? now
				: now + POWER_OFF_MS;
		log_info("asking the machine to power off; once more kills it");
	}
	if (control_power_off(&watch->session.recipe, &watch->session.child,
			      &why) < 0 &&
	    first)
		log_warn("%s", why.msg);
}

/* True when it need not be waited for any longer. */
static bool is_over(const struct watch *watch, unsigned asked, long long now,
		    enum outcome *outcome)
{
	const struct session *session = &watch->session;
	bool asked_off = watch->deadline_ms != 0;

	if (watch->console.halted && session->recipe.halts)
		*outcome = OUTCOME_HALTED;
	else if (asked > 1 || (asked_off && now >= watch->deadline_ms))
		*outcome = OUTCOME_KILLED;
	else if (watch->late_ms && now >= watch->late_ms && !asked_off)
		*outcome = OUTCOME_LATE;
	else if (session->listening >= 0 && session->connection < 0 &&
		 now >= watch->connect_ms)
		*outcome = OUTCOME_SILENT;
	else
		return false;
	return true;
}

static enum outcome watch_it(struct watch *watch)
{
	const struct console *console = &watch->console;
	enum outcome outcome = OUTCOME_ENDED;

	while (!has_ended(watch)) {
		long long now = clock_monotonic_ms();
		unsigned asked = (unsigned)stop_requests + console->leaves;

		if (asked > 0 || console->found || console->status >= 0)
			ask_to_power_off(watch, now);
		if (is_over(watch, asked, now, &outcome))
			break;
	}
	return outcome;
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

static int tell_late(const struct machine_watch *wanted, struct err *err)
{
	unsigned long long seconds = wanted->timeout_s;

	if (wanted->expected)
		return err_set(
			err, FAULT_SYSTEM,
			"the console did not show '%s' within %llu seconds",
			wanted->expected, seconds);
	if (wanted->service)
		return err_set(err, FAULT_SYSTEM,
			       "service %s did not end within %llu seconds",
			       wanted->service, seconds);
	return err_set(
		err, FAULT_SYSTEM,
		"the machine did not end within %llu seconds and was killed",
		seconds);
}

/* What was waited for decides, however the machine ended. */
static int tell(const struct watch *watch, enum outcome outcome,
		struct err *err)
{
	const struct machine_watch *wanted = &watch->machine->watch;
	bool asked = stop_requests > 0 || watch->console.leaves > 0;

	if (watch->console.found || watch->console.status >= 0)
		return 0;
	if (outcome == OUTCOME_LATE)
		return tell_late(wanted, err);
	if (outcome == OUTCOME_SILENT)
		return err_set(
			err, FAULT_SYSTEM,
			"%s has not connected the console within %d seconds",
			watch->machine->program, CONNECT_MS / 1000);
	if (outcome == OUTCOME_KILLED)
		return err_set(err, FAULT_SYSTEM,
			       "the machine did not power off and was killed");
	if (wanted->expected && !asked)
		return err_set(
			err, FAULT_SYSTEM,
			"the machine ended, and its console had not shown '%s'",
			wanted->expected);
	if (wanted->service && !asked)
		return err_set(
			err, FAULT_SYSTEM,
			"the machine ended, and its console had not told of the end of service %s",
			wanted->service);
	if (outcome == OUTCOME_HALTED)
		return 0;
	return judge(watch->machine->program, watch->session.child.status, err);
}

static int show_timeline(struct watch *watch, struct err *err)
{
	const char *path = watch->machine->watch.timeline;
	struct timeline *timeline = &watch->timeline;
	size_t length = path ? strlen(path) : 0;
	SCOPED(buf) out = { 0 };

	if (!path)
		return 0;
	timeline_end(timeline, clock_monotonic_ms() - timeline->start_ms);
	if (length > 4 && strcmp(path + length - 4, ".svg") == 0)
		timeline_svg(timeline, &out);
	else
		timeline_text(timeline, &out);
	if (length > 0)
		return path_write_file(path, out.data, out.size, err);
	fwrite(out.data, 1, out.size, stdout);
	return 0;
}

static int start(struct watch *watch, const struct hypervisor *hypervisor,
		 struct err *err)
{
	const struct machine_watch *wanted = &watch->machine->watch;
	long long now = clock_monotonic_ms();

	watch->timeline.start_ms = now;
	if (session_start(&watch->session, hypervisor, watch->machine, err) < 0)
		return -1;
	watch->console.fd = watch->session.child.terminal;
	watch->console.keys = may_read_keys(wanted) ? STDIN_FILENO : -1;
	watch->connect_ms = now + CONNECT_MS;
	if (wanted->timeout_s)
		watch->late_ms = now + (long long)wanted->timeout_s * 1000;
	return 0;
}

int hypervisor_run(const struct hypervisor *hypervisor,
		   const struct machine *machine, int *tell_fd, int *status,
		   struct err *err)
{
	__attribute__((
		cleanup(terminal_release))) struct terminal terminal = { 0 };
	__attribute__((cleanup(handlers_release))) struct handlers handlers;
	SCOPED(watch)
	watch = {
		.machine = machine,
		.session = SESSION_INIT,
		.console = CONSOLE_INIT,
	};
	const struct machine_watch *wanted = &machine->watch;
	enum outcome outcome;

	watch.console.expected = wanted->expected;
	watch.console.service = wanted->service;
	watch.console.timeline = wanted->timeline ? &watch.timeline : NULL;
	watch.console.on_terminal = wanted->on_terminal;
	handlers_set(&handlers);
	if (start(&watch, hypervisor, err) < 0)
		return -1;
	detach_tell(tell_fd, NULL);
	if (wanted->on_terminal)
		terminal_make_raw(&terminal);
	outcome = watch_it(&watch);
	child_release(&watch.session.child);
	if (tell(&watch, outcome, err) < 0)
		return -1;
	*status = watch.console.status > 0 ? watch.console.status : 0;
	return show_timeline(&watch, err);
}
