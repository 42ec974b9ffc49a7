#include "tools/botctl/globals.h"

#define AT(member) offsetof(globals_t, member)

const opt_t globals_opts[] = {
    {"config",      'c', OPT_TEXT, AT(config),      "FILE",
     "configuration; else $SECURITYBOT_BOTCTL_CONFIG, else /etc/securitybot/botctl.yaml",                0, 0, 0,
     0                                                                                                             },
    {"keys",        0,   OPT_TEXT, AT(keys),        "DIR",  "folder of the keys, instead of keys.dir",   0, 0, 0, 0},
    {"check",       0,   OPT_FLAG, AT(check),       0,      "check the configuration and exit",          0, 0, 0, 0},
    {"dump",        0,   OPT_FLAG, AT(dump),        0,      "print the configuration in force and exit", 0, 0, 0, 0},
    {"help-config", 0,   OPT_FLAG, AT(help_config), 0,      "list the keys of the configuration",        0, 0, 0,
     0                                                                                                             },
    {"help",        'h', OPT_FLAG, AT(help),        0,      "this text, or that of the command",         0, 0, 0, 0},
    {"version",     'V', OPT_FLAG, AT(version),     0,      "print the version",                         0, 0, 0, 0},
};
const size_t globals_opts_len = sizeof globals_opts / sizeof globals_opts[0];
