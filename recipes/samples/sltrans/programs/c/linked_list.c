/* Reverses the numbers of standard input with a linked list. */
#include <stdio.h>
#include <stdlib.h>

struct node {
    long value;
    struct node *next;
};

static struct node *push(struct node *head, long value)
{
    struct node *added = malloc(sizeof *added);
    if (added == NULL)
        exit(EXIT_FAILURE);
    added->value = value;
    added->next = head;
    return added;
}

static void release(struct node *head)
{
    while (head != NULL) {
        struct node *next = head->next;
        free(head);
        head = next;
    }
}

int main(void)
{
    struct node *head = NULL;
    long value;
    while (scanf("%ld", &value) == 1)
        head = push(head, value);
    for (const struct node *each = head; each != NULL; each = each->next)
        printf("%ld\n", each->value);
    release(head);
    return 0;
}
