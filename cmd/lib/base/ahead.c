/* SPDX-License-Identifier: Apache-2.0 */
/* A reader that a thread fills while its user works. */
#include "cmd/lib/base/stream.h"

#include <pthread.h>
#include <string.h>

#include "cmd/lib/base/mem.h"

#define CHUNK_BYTES ((size_t)256 << 10)
#define CHUNKS 8 /* 2 MiB ahead */

/* Chunks [taken, filled) hold data; both only grow. */
struct ahead {
	struct reader reader;
	struct reader *below; /* borrowed; the thread's until it ends */
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	size_t taken, filled;
	bool ended;   /* nothing comes after `filled` */
	bool dropped; /* nobody will read on */
	struct err why;
	size_t used_bytes; /* of the chunk that is being taken */
	struct {
		size_t size;
		char data[CHUNK_BYTES];
	} chunks[CHUNKS];
};

/* Fills a chunk whole, if there is so much: handing over costs. */
static int fill(struct ahead *self, char *data, size_t *size, struct err *err)
{
	size_t got = 1;

	*size = 0;
	while (*size < CHUNK_BYTES && got > 0) {
		if (reader_read(self->below, data + *size, CHUNK_BYTES - *size,
				&got, err) < 0)
			return -1;
		*size += got;
	}
	return 0;
}

/* Waits for room; false when there is no use for more. */
static bool wait_for_room(struct ahead *self)
{
	bool wanted;

	pthread_mutex_lock(&self->mutex);
	while (!self->dropped && self->filled - self->taken == CHUNKS)
		pthread_cond_wait(&self->changed, &self->mutex);
	wanted = !self->dropped;
	pthread_mutex_unlock(&self->mutex);
	return wanted;
}

static void hand_over(struct ahead *self, bool filled, bool ended)
{
	pthread_mutex_lock(&self->mutex);
	self->filled += filled;
	self->ended = ended;
	pthread_cond_signal(&self->changed);
	pthread_mutex_unlock(&self->mutex);
}

static void *read_ahead(void *user)
{
	struct ahead *self = user;
	bool ended = false;

	while (!ended && wait_for_room(self)) {
		size_t place = self->filled % CHUNKS;
		size_t size;

		ended = fill(self, self->chunks[place].data, &size,
			     &self->why) < 0;
		self->chunks[place].size = size;
		ended = ended || size < CHUNK_BYTES;
		/* What came before a failure is data all the same. */
		hand_over(self, size > 0, ended);
	}
	return NULL;
}

static bool wait_for_data(struct ahead *self)
{
	bool found;

	pthread_mutex_lock(&self->mutex);
	while (!self->ended && self->filled == self->taken)
		pthread_cond_wait(&self->changed, &self->mutex);
	found = self->filled > self->taken;
	pthread_mutex_unlock(&self->mutex);
	return found;
}

static void give_back(struct ahead *self)
{
	pthread_mutex_lock(&self->mutex);
	self->taken++;
	pthread_cond_signal(&self->changed);
	pthread_mutex_unlock(&self->mutex);
	self->used_bytes = 0;
}

static int ahead_read(struct reader *reader, void *data, size_t size,
		      size_t *got, struct err *err)
{
	struct ahead *self = (struct ahead *)reader;
	size_t place = self->taken % CHUNKS;
	size_t left;

	*got = 0;
	if (!wait_for_data(self))
		return self->why.msg ? err_move(err, &self->why) : 0;
	left = self->chunks[place].size - self->used_bytes;
	*got = left < size ? left : size;
	memcpy(data, self->chunks[place].data + self->used_bytes, *got);
	self->used_bytes += *got;
	if (*got == left)
		give_back(self);
	return 0;
}

static void ahead_close(struct reader *reader)
{
	struct ahead *self = (struct ahead *)reader;

	pthread_mutex_lock(&self->mutex);
	self->dropped = true;
	pthread_cond_signal(&self->changed);
	pthread_mutex_unlock(&self->mutex);
	pthread_join(self->thread, NULL);
	pthread_cond_destroy(&self->changed);
	pthread_mutex_destroy(&self->mutex);
	err_release(&self->why);
	free(self);
}

int reader_ahead(struct reader **reader, struct reader *below, struct err *err)
{
	struct ahead *self = xcalloc(1, sizeof(*self));

	self->reader.read = ahead_read;
	self->reader.close = ahead_close;
	self->below = below;
	pthread_mutex_init(&self->mutex, NULL);
	pthread_cond_init(&self->changed, NULL);
	if (pthread_create(&self->thread, NULL, read_ahead, self) != 0) {
		pthread_cond_destroy(&self->changed);
		pthread_mutex_destroy(&self->mutex);
		free(self);
		return err_set(err, FAULT_SYSTEM, "cannot start a thread");
	}
	*reader = &self->reader;
	return 0;
}
