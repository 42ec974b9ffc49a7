/* globals.h: the options that stand before a command, or among its own. */
#pragma once

#include <stdbool.h>

#include "tools/botctl/opt.h"

typedef struct {
    const char *config;
    const char *keys;
    bool check;
    bool dump;
    bool help_config;
    bool help;
    bool version;
} globals_t;

extern const opt_t globals_opts[];
extern const size_t globals_opts_len;
