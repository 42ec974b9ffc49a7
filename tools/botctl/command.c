#include "tools/botctl/command.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "tools/botctl/near.h"

#define NAME_COLUMN 20

/* True if the first size bytes of name are word and a name's word ends there. */
static bool s_starts(const char *name, const char *word)
{
    const size_t size = strlen(word);
    return size > 0 && strncmp(name, word, size) == 0 && (name[size] == ' ' || name[size] == '\0');
}

const command_t *command_find(const command_t *const *commands, size_t len, char **words,
                              size_t words_len, size_t *used_r)
{
    assert(commands);
    assert(used_r);
    for (size_t i = 0; i < len && words_len > 0; i++) {
        const char *name = commands[i]->name;
        if (!s_starts(name, words[0])) {
            continue;
        }
        const char *second = name + strlen(words[0]);
        if (*second == '\0') {
            *used_r = 1;
            return commands[i];
        }
        if (words_len > 1 && strcmp(second + 1, words[1]) == 0) {
            *used_r = 2;
            return commands[i];
        }
    }
    return NULL;
}

bool command_is_group(const command_t *const *commands, size_t len, const char *word)
{
    assert(commands);
    assert(word);
    for (size_t i = 0; i < len; i++) {
        if (s_starts(commands[i]->name, word) && commands[i]->name[strlen(word)] == ' ') {
            return true;
        }
    }
    return false;
}

typedef struct {
    size_t distance;
    command_near_t near;
} best_t;

/* Keeps name, of size bytes, if it is nearer to what was typed than the best so far. What was typed
 * itself is not what was meant: a group lacks its second word then. */
static void s_consider(best_t *best, const char *typed, const char *name, size_t size)
{
    command_near_t candidate;
    size_t distance;
    (void)snprintf(candidate.name, sizeof candidate.name, "%.*s", (int)size, name);
    if (strcmp(typed, candidate.name) != 0 && near_enough(typed, candidate.name, &distance) &&
        distance < best->distance) {
        best->distance = distance;
        best->near = candidate;
    }
}

command_near_t command_near(const command_t *const *commands, size_t len, char **words,
                            size_t words_len)
{
    assert(commands);
    best_t best = {.distance = SIZE_MAX};
    for (size_t i = 0; i < len && words_len > 1; i++) {
        char *typed = sb_format("%s %s", words[0], words[1]);
        s_consider(&best, typed, commands[i]->name, strlen(commands[i]->name));
        free(typed);
    }
    /* The first word alone: of a command whose own words follow, or of a group. */
    const bool found = best.distance != SIZE_MAX;
    for (size_t i = 0; i < len && words_len > 0 && !found; i++) {
        s_consider(&best, words[0], commands[i]->name, strcspn(commands[i]->name, " "));
    }
    return best.near;
}

void command_list(const command_t *const *commands, size_t len, const char *group, FILE *out)
{
    assert(commands);
    assert(out);
    for (size_t i = 0; i < len; i++) {
        if (!group || s_starts(commands[i]->name, group)) {
            (void)fprintf(out, "  %-*s %s\n", NAME_COLUMN, commands[i]->name, commands[i]->summary);
        }
    }
}

void command_usage(const command_t *command, FILE *out)
{
    assert(command);
    assert(out);
    (void)fprintf(out, "usage: botctl %s%s%s%s\n", command->name,
                  command->opts_len ? " [OPTION]..." : "", command->usage[0] ? " " : "",
                  command->usage);
}

void command_help(const command_t *command, FILE *out)
{
    command_usage(command, out);
    (void)fprintf(out, "%s.\n", command->summary);
    if (command->opts_len) {
        (void)fputs("\nOptions:\n", out);
        opt_help(command->opts, command->opts_len, out);
    }
    if (command->details) {
        (void)fprintf(out, "\n%s\n", command->details);
    }
}
