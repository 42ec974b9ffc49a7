#include "services/webd/guesses.h"

#include <arpa/inet.h>
#include <stdlib.h>

#include "lib/mem.h"
#include "lib/rate.h"

#define ROWS 8192
#define NETWORK_SIZE 8 /* bytes of an IPv6 address that name a network */

struct guesses {
    uint64_t seed;
    sb_rate_t rows[ROWS];
};

guesses_t *guesses_new(uint64_t seed, int64_t now_ms)
{
    guesses_t *self = sb_alloc(sizeof *self);
    self->seed = seed;
    for (size_t i = 0; i < ROWS; i++) {
        self->rows[i] = sb_rate(GUESSES_BURST, now_ms);
    }
    return self;
}

void guesses_destroy(guesses_t **self_p)
{
    free(*self_p);
    *self_p = NULL;
}

/* FNV-1a from a secret start: enough where nobody sees who shares a row with whom. */
static sb_rate_t *s_row(guesses_t *self, const char *address)
{
    struct in6_addr parsed = {0}; /* room for either kind */
    const uint8_t *bytes = parsed.s6_addr;
    size_t len = NETWORK_SIZE;
    uint64_t hash = self->seed ^ 0xcbf29ce484222325U;
    if (inet_pton(AF_INET6, address, &parsed) != 1) {
        (void)inet_pton(AF_INET, address, &parsed);
        len = sizeof(struct in_addr);
    } else if (IN6_IS_ADDR_V4MAPPED(&parsed)) {
        bytes += sizeof parsed - sizeof(struct in_addr);
        len = sizeof(struct in_addr);
    }
    for (size_t i = 0; i < len; i++) {
        hash = (hash ^ bytes[i]) * 0x100000001b3U;
    }
    return &self->rows[(hash ^ (hash >> 32)) % ROWS];
}

bool guesses_allowed(guesses_t *self, const char *address, int64_t now_ms)
{
    sb_rate_t look = *s_row(self, address);
    return sb_rate_take(&look, GUESSES_PER_SECOND, GUESSES_BURST, now_ms);
}

void guesses_wrong(guesses_t *self, const char *address, int64_t now_ms)
{
    (void)sb_rate_take(s_row(self, address), GUESSES_PER_SECOND, GUESSES_BURST, now_ms);
}
