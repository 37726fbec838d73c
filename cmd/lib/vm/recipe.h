/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What it takes to start a machine on one hypervisor: files, helpers, commands,
 * an argument vector, how to ask for its end. A recipe is data: the hypervisors
 * write it, launch.c carries it out, --print shows it.
 */
#pragma once

#include "cmd/lib/base/strv.h"

#include <stdbool.h>

struct recipe_file {
	char *path, *text; /* owned */
};

/* A program that runs beside the machine and is killed with it. */
struct recipe_helper {
	struct strv argv;
	char *socket; /* owned; there when the helper is ready */
};

/* HTTP over a socket of this machine. Text is owned. */
struct recipe_request {
	char *socket, *method, *path, *body;
};

/* How the guest is asked to power off. */
enum recipe_power {
	RECIPE_POWER_SIGNAL,  /* SIGTERM is the button */
	RECIPE_POWER_QMP,     /* QEMU's protocol, at `control` */
	RECIPE_POWER_REQUEST, /* `button` */
	RECIPE_POWER_COMMAND, /* `button_argv` */
	RECIPE_POWER_NONE,    /* it cannot be asked */
};

/* { 0 } is empty. Everything is owned. */
struct recipe {
	struct recipe_file *files;
	size_t file_count;
	struct recipe_helper *helpers;
	size_t helper_count;
	struct recipe_request *requests; /* when the helpers are ready */
	size_t request_count;
	struct strv *before, *after; /* commands: each has to succeed; each
					may fail */
	size_t before_count, after_count;
	/* In the foreground, the console at its standard input and output.
	   Empty: the last command has started the machine, whose serial port
	   is connected to `console`, where we listen. */
	struct strv argv;
	char *console;
	enum recipe_power power;
	char *control;
	struct recipe_request button;
	struct strv button_argv;
	bool halts;         /* it goes on when the guest has powered off */
	bool undo_first;    /* `after` also goes before: what a kill left */
	struct strv traces; /* files that a killed hypervisor leaves behind */
};

void recipe_release(struct recipe *recipe);

void recipe_add_file(struct recipe *recipe, const char *path, const char *text);
/* The helper's arguments, to be filled. */
struct strv *recipe_add_helper(struct recipe *recipe, const char *socket);
void recipe_add_request(struct recipe *recipe, const char *socket,
			const char *path, const char *body);
/* The command's words end in NULL. */
void recipe_add_before(struct recipe *recipe, const char *const *words);
void recipe_add_after(struct recipe *recipe, const char *const *words);
/* The guest is asked to power off by this command; as above. */
void recipe_set_button(struct recipe *recipe, const char *const *words);

/* Appends "OPTION VALUE", the value formatted. */
void recipe_option(struct strv *argv, const char *option, const char *fmt, ...)
	PRINTF_LIKE(3, 4);

/* The whole as a script for a shell; caller frees. */
char *recipe_script(const struct recipe *recipe);
