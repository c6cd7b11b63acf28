/*
 * child_environment.c - environment variables that child programs must not inherit: a short list,
 * read whenever a program is started.
 */
#include "io/child_environment.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct name {
    struct name *next;
    size_t length;
    char text[];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct name *names; /* under the lock */

static bool is_hidden(const char *setting)
{
    size_t length = strcspn(setting, "=");

    for (const struct name *name = names; name != NULL; name = name->next)
        if (name->length == length && memcmp(name->text, setting, length) == 0)
            return true;
    return false;
}

bool child_environment_hide(const char *variable)
{
    size_t length = strlen(variable);
    bool known;

    (void)pthread_mutex_lock(&lock);
    known = is_hidden(variable);
    if (!known) {
        struct name *name = malloc(sizeof *name + length + 1);

        known = name != NULL;
        if (name != NULL) {
            name->next = names;
            name->length = length;
            memcpy(name->text, variable, length + 1);
            names = name;
        }
    }
    (void)pthread_mutex_unlock(&lock);
    return known;
}

char **child_environment(void)
{
    size_t count = 0, kept = 0;
    char **copy;

    while (environ != NULL && environ[count] != NULL)
        count++;
    copy = malloc((count + 1) * sizeof *copy);
    if (copy == NULL)
        return NULL;
    (void)pthread_mutex_lock(&lock);
    for (size_t i = 0; i < count; i++)
        if (!is_hidden(environ[i]))
            copy[kept++] = environ[i];
    (void)pthread_mutex_unlock(&lock);
    copy[kept] = NULL;
    return copy;
}
