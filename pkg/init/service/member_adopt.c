/* SPDX-License-Identifier: Apache-2.0 */
/* A service that outlives its supervisor. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "pkg/init/service/process.h"
#include "pkg/init/service/spawn.h"
#include "pkg/init/service/supervise_step.h"
#include "pkg/init/service/supervisor.h"

static int state_path(const struct bundle *bundle, char *path, struct err *err)
{
	return fs_path(path, err, "%s/state", bundle->run);
}

static int save(const struct bundle *bundle, const char *text, struct err *err)
{
	char path[PATH_BYTES];
	struct err ignored;

	if (state_path(bundle, path, err) < 0 || fs_mkdir(bundle->run, err) < 0)
		return -1;
	if (fs_replace(path, text, err) == 0)
		return 0;
	/* An old state would make one that comes after us end what runs. */
	return fs_overwrite(path, text, &ignored);
}

void member_save(struct supervisor *sv, size_t place)
{
	struct member *member = &sv->members[place];
	struct saved saved = { .pid = member->pid,
			       .born = member->born,
			       .worker = member->worker.pid };
	char text[SAVED_BYTES];
	struct err err;

	for (int i = 0; i < STREAM_COUNT; i++)
		if (member->outlets[i].collected)
			saved.collected |= 1 << i;
	saved_take(&saved, &sv->machine.units[place]);
	/* Both have been cleared before: what lies between members, too. */
	if (memcmp(&saved, &member->saved, sizeof(saved)) == 0)
		return;
	member->saved = saved;
	saved_encode(&saved, text);
	if (save(&member->bundle, text, &err) < 0)
		say("%s: %s", member->bundle.name, err.msg);
}

static bool load(const struct bundle *bundle, struct saved *saved)
{
	SCOPED_FREE char *text = NULL;
	char path[PATH_BYTES];
	struct err err;

	if (state_path(bundle, path, &err) < 0 ||
	    fs_read(path, SAVED_BYTES, &text, &err) < 0)
		say("%s: %s", bundle->name, err.msg);
	if (!text)
		return false;
	if (saved_decode(saved, text))
		return true;
	say("%s: %s: not a state", bundle->name, path);
	return false;
}

/* Its process is there, and is the same. */
static bool lives(const struct saved *saved)
{
	return saved->born > 0 &&
	       process_born((pid_t)saved->pid) == saved->born;
}

static void take_process(struct supervisor *sv, size_t place)
{
	struct member *member = &sv->members[place];
	const struct saved *saved = &member->saved;

	member->pid = (pid_t)saved->pid;
	member->born = saved->born;
	member->memory = lives(saved) ? process_memory_events(member->pid) : -1;
	member->pidfd = pidfd_open(member->pid, 0);
	/* Looked at again: from here on the number cannot change hands. */
	if (member->pidfd < 0 || !lives(saved) ||
	    supervisor_listen(sv, member->pidfd, SOURCE_EXIT, place) < 0) {
		member_gone(sv, place);
		return;
	}
	if (sv->machine.units[place].state == UNIT_RUNNING)
		member_open_ready(sv, place);
}

void member_adopt(struct supervisor *sv, size_t place)
{
	struct member *member = &sv->members[place];
	struct unit *unit = &sv->machine.units[place];
	struct err err;

	if (unit->broken || !load(&member->bundle, &member->saved))
		return;
	const struct saved saved = member->saved;

	saved_restore(&saved, unit, clock_ms());
	member->told = unit->state;
	/* What it was doing is done again, from the beginning. */
	if (saved.worker > 0)
		(void)kill(-(pid_t)saved.worker, SIGKILL);
	if (!unit_is_up(unit))
		return;
	for (int i = 0; i < STREAM_COUNT; i++)
		member->outlets[i].collected = saved.collected >> i & 1;
	if (member_open_outlets(sv, place, &err) < 0)
		say("%s: %s", member->bundle.name, err.msg);
	if (unit->state == UNIT_STARTING) {
		member->clearing = true;
		member_end(sv, place);
	} else {
		take_process(sv, place);
	}
}
