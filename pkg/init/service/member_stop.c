/* SPDX-License-Identifier: Apache-2.0 */
/* How the supervisor ends a service. */
#include <signal.h>
#include <sys/pidfd.h>

#include "pkg/init/service/process.h"
#include "pkg/init/service/supervisor.h"

static void send_signal(const struct member *member, int sig)
{
	if (member->pidfd >= 0 && !member->gone)
		(void)pidfd_send_signal(member->pidfd, sig, NULL, 0);
}

void member_ask_to_end(const struct supervisor *sv, size_t place)
{
	const struct member *member = &sv->members[place];

	/* Waiting would not help one to which it does not come. */
	send_signal(member,
		    process_is_deaf(member->pid, SIGTERM) ? SIGKILL : SIGTERM);
}

/* What there is of it by now goes, and its start has failed. */
static void give_up_start(struct supervisor *sv, size_t place)
{
	struct member *member = &sv->members[place];

	say("%s: still being started after %lld ms, giving up",
	    member->bundle.name, member->bundle.runtime.policy.stop_timeout_ms);
	supervisor_forget(sv, member->worker.fd);
	worker_cancel(&member->worker);
	supervisor_close(sv, &member->fifo);
	member->clearing = true;
	member_end(sv, place);
}

void member_kill(struct supervisor *sv, size_t place)
{
	const struct member *member = &sv->members[place];

	if (sv->machine.units[place].state == UNIT_STARTING) {
		/* Or it is taken down already. */
		if (!member->clearing)
			give_up_start(sv, place);
		return;
	}
	/* Its end is being cleaned up: that may take its time. */
	if (member->gone)
		return;
	say("%s: still there after %lld ms, killing it", member->bundle.name,
	    member->bundle.runtime.policy.stop_timeout_ms);
	send_signal(member, SIGKILL);
}
