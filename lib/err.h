/* err.h: how a function says what went wrong.
 *
 * Three kinds of wrong, never mixed: a bug of our own caller is an assert, always compiled in; a
 * peer's or operator's fault is a negative code with a text; the world's fault (store away, worker
 * gone) is SB_ERETRY, and the caller tries again later. The codes' names are what NACK frames
 * carry, so they are part of the protocol (proto/bus.md). */
#pragma once

#include <stddef.h>

/* asserts are part of the program; see above. */
#undef NDEBUG

#define SB_MUSTCHECK __attribute__((warn_unused_result))
#define SB_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

typedef enum {
    SB_OK = 0,
    SB_EINVALID = -1,    /* INVALID: the input is wrong; the text says what and where */
    SB_ETOOLARGE = -2,   /* TOO_LARGE: over a named limit */
    SB_EUNKNOWN = -3,    /* UNKNOWN: no such request */
    SB_EFORBIDDEN = -4,  /* FORBIDDEN: the caller's role may not do this */
    SB_ENOTFOUND = -5,   /* NOT_FOUND */
    SB_ECONFLICT = -6,   /* CONFLICT: exists already with other content */
    SB_ESTALE = -7,      /* STALE: row version or leader epoch is not the current one */
    SB_EBUSY = -8,       /* BUSY: a bounded queue is full; try later */
    SB_ETIMEOUT = -9,    /* TIMEOUT: the deadline passed; the outcome is not known */
    SB_ERETRY = -10,     /* UNAVAILABLE: the world's doing; try again later */
    SB_ENOTLEADER = -11, /* NOT_LEADER: another botd holds the lease */
    SB_EINTERNAL = -12   /* INTERNAL: we don't know better; it is logged */
} sb_code_t;

#define SB_ERR_TEXT_MAX 256 /* bytes with the NUL; longer texts are cut on a character boundary */

typedef struct {
    int code; /* sb_code_t */
    char text[SB_ERR_TEXT_MAX];
} sb_err_t;

/* Fills err and returns code, so that `return sb_fail(...)` reads well. */
int sb_fail(sb_err_t *err, int code, const char *fmt, ...) SB_PRINTF(3, 4);

/* Puts "prefix: " before the text already in err. Returns err->code. */
int sb_fail_in(sb_err_t *err, const char *fmt, ...) SB_PRINTF(2, 3);

/* The wire name of a code ("INVALID"); "INTERNAL" for a number that is none. */
const char *sb_code_name(int code);

/* The code of a wire name; SB_EINTERNAL for a name that is none. */
int sb_code_of(const char *name);
