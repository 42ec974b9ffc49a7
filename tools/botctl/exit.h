/* exit.h: what botctl's exit status says. Scripts rely on these; the manual lists them. */
#pragma once

typedef enum {
    EXIT_OK = 0,
    EXIT_REFUSED = 1,   /* refused, not found, or some rows failed */
    EXIT_USAGE = 2,     /* a bad option, argument or configuration */
    EXIT_AWAY = 3,      /* not reachable, or no answer in time */
    EXIT_FAULT = 4,     /* the other side's or our own fault; its log knows more */
    EXIT_ESCALATED = 5, /* alert wait: the alert ended with the security team */
} exit_code_t;

/* The status for an sb_code_t. */
exit_code_t exit_of(int code);
