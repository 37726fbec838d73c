/* SPDX-License-Identifier: Apache-2.0 */
/* The order of a flattened image's names. */
#include "cmd/lib/image/tree.h"

#include "cmd/lib/base/mem.h"

/* The last layer's first; within a layer as they came. */
static int compare(const void *a, const void *b)
{
	const struct tree_node *left = *(struct tree_node *const *)a;
	const struct tree_node *right = *(struct tree_node *const *)b;

	if (left->layer != right->layer)
		return left->layer > right->layer ? -1 : 1;
	return left->sequence < right->sequence ? -1 : 1;
}

/* Appends a node that is not in the new order yet, its parents first. */
static void append(struct tree *tree, struct tree_node *node)
{
	if (node->previous || node == tree->root)
		return;
	append(tree, node->parent);
	node->previous = tree->last;
	node->next = NULL;
	tree->last->next = node;
	tree->last = node;
}

void tree_order_by_layer(struct tree *tree)
{
	SCOPED_FREE struct tree_node **nodes =
		xcalloc(tree->count + 1, sizeof(struct tree_node *));
	size_t count = 0;

	for (struct tree_node *n = tree_next(tree->root); n; n = tree_next(n))
		nodes[count++] = n;
	qsort(nodes, count, sizeof(struct tree_node *), compare);
	for (size_t i = 0; i < count; i++)
		nodes[i]->previous = NULL;
	tree->root->next = NULL;
	tree->last = tree->root;
	for (size_t i = 0; i < count; i++)
		append(tree, nodes[i]);
}
