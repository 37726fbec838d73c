/* SPDX-License-Identifier: Apache-2.0 */
/* What it takes to start a machine, as data. */
#include "cmd/lib/vm/recipe.h"

#include <stdarg.h>
#include <string.h>

#include "cmd/lib/base/buf.h"
#include "cmd/lib/base/mem.h"

static void request_release(struct recipe_request *request)
{
	free(request->socket);
	free(request->method);
	free(request->path);
	free(request->body);
}

static void commands_release(struct strv *commands, size_t count)
{
	for (size_t i = 0; i < count; i++)
		strv_release(&commands[i]);
	free(commands);
}

void recipe_release(struct recipe *recipe)
{
	for (size_t i = 0; i < recipe->file_count; i++) {
		free(recipe->files[i].path);
		free(recipe->files[i].text);
	}
	for (size_t i = 0; i < recipe->helper_count; i++) {
		strv_release(&recipe->helpers[i].argv);
		free(recipe->helpers[i].socket);
	}
	for (size_t i = 0; i < recipe->request_count; i++)
		request_release(&recipe->requests[i]);
	free(recipe->files);
	free(recipe->helpers);
	free(recipe->requests);
	commands_release(recipe->before, recipe->before_count);
	commands_release(recipe->after, recipe->after_count);
	strv_release(&recipe->argv);
	free(recipe->console);
	free(recipe->control);
	request_release(&recipe->button);
	strv_release(&recipe->button_argv);
	strv_release(&recipe->traces);
	*recipe = (struct recipe){ 0 };
}

void recipe_add_file(struct recipe *recipe, const char *path, const char *text)
{
	recipe->files = xrealloc(recipe->files, recipe->file_count + 1,
				 sizeof(*recipe->files));
	recipe->files[recipe->file_count++] = (struct recipe_file){
		.path = xstrdup(path),
		.text = xstrdup(text),
	};
}

struct strv *recipe_add_helper(struct recipe *recipe, const char *socket)
{
	recipe->helpers = xrealloc(recipe->helpers, recipe->helper_count + 1,
				   sizeof(*recipe->helpers));
	recipe->helpers[recipe->helper_count] = (struct recipe_helper){
		.socket = xstrdup(socket),
	};
	strv_add(&recipe->traces, socket);
	return &recipe->helpers[recipe->helper_count++].argv;
}

void recipe_add_request(struct recipe *recipe, const char *socket,
			const char *path, const char *body)
{
	recipe->requests = xrealloc(recipe->requests, recipe->request_count + 1,
				    sizeof(*recipe->requests));
	recipe->requests[recipe->request_count++] = (struct recipe_request){
		.socket = xstrdup(socket),
		.method = xstrdup("POST"),
		.path = xstrdup(path),
		.body = xstrdup(body),
	};
}

static struct strv *add_command(struct strv *commands, size_t *count,
				const char *const *words)
{
	commands = xrealloc(commands, *count + 1, sizeof(*commands));
	commands[*count] = (struct strv){ 0 };
	for (; *words; words++)
		strv_add(&commands[*count], *words);
	(*count)++;
	return commands;
}

void recipe_add_before(struct recipe *recipe, const char *const *words)
{
	recipe->before =
		add_command(recipe->before, &recipe->before_count, words);
}

void recipe_add_after(struct recipe *recipe, const char *const *words)
{
	recipe->after = add_command(recipe->after, &recipe->after_count, words);
}

void recipe_set_button(struct recipe *recipe, const char *const *words)
{
	recipe->power = RECIPE_POWER_COMMAND;
	for (size_t i = 0; words[i]; i++)
		strv_add(&recipe->button_argv, words[i]);
}

void recipe_option(struct strv *argv, const char *option, const char *fmt, ...)
{
	SCOPED_FREE char *value = NULL;
	va_list ap;

	va_start(ap, fmt);
	value = xvasprintf(fmt, ap);
	va_end(ap);
	strv_add(argv, option);
	strv_add(argv, value);
}

/* As a shell would take it. */
static void add_word(struct buf *out, const char *word)
{
	if (*word && !word[strspn(word, "abcdefghijklmnopqrstuvwxyz"
					"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
					"0123456789-_=+,./:@%")]) {
		buf_add_str(out, word);
		return;
	}
	buf_add_char(out, '\'');
	for (; *word; word++)
		if (*word == '\'')
			buf_add_str(out, "'\\''");
		else
			buf_add_char(out, *word);
	buf_add_char(out, '\'');
}

static void add_words(struct buf *out, const struct strv *argv, const char *end)
{
	for (size_t i = 0; i < argv->count; i++) {
		if (i && argv->items[i][0] == '-')
			buf_add_str(out, " \\\n   ");
		if (i)
			buf_add_char(out, ' ');
		add_word(out, argv->items[i]);
	}
	buf_add_str(out, end);
}

static void add_request(struct buf *out, const struct recipe_request *request)
{
	SCOPED(strv) argv = { 0 };

	strv_add(&argv, "curl");
	recipe_option(&argv, "--unix-socket", "%s", request->socket);
	recipe_option(&argv, "--data", "%s", request->body);
	strv_add_fmt(&argv, "http://localhost%s", request->path);
	add_words(out, &argv, "\n");
}

char *recipe_script(const struct recipe *recipe)
{
	SCOPED(buf) out = { 0 };

	for (size_t i = 0; i < recipe->file_count; i++) {
		buf_add_str(&out, "cat >");
		add_word(&out, recipe->files[i].path);
		buf_add_fmt(&out, " <<'END'\n%sEND\n", recipe->files[i].text);
	}
	for (size_t i = 0; i < recipe->helper_count; i++)
		add_words(&out, &recipe->helpers[i].argv, " &\n");
	for (size_t i = 0; i < recipe->request_count; i++)
		add_request(&out, &recipe->requests[i]);
	for (size_t i = 0; i < recipe->before_count; i++)
		add_words(&out, &recipe->before[i], "\n");
	if (recipe->argv.count > 0)
		add_words(&out, &recipe->argv, "\n");
	for (size_t i = 0; i < recipe->after_count; i++)
		add_words(&out, &recipe->after[i], "\n");
	return buf_take(&out);
}
