#include "tools/botctl/near.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#define WORD_LEN_MAX 63

static size_t s_min(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t near_distance(const char *a, const char *b)
{
    assert(a);
    assert(b);
    const size_t a_len = strlen(a);
    const size_t b_len = strlen(b);
    if (a_len > WORD_LEN_MAX || b_len > WORD_LEN_MAX) {
        return SIZE_MAX;
    }
    size_t cost[WORD_LEN_MAX + 1][WORD_LEN_MAX + 1]; /* cost[i][j]: a's first i to b's first j */
    for (size_t i = 0; i <= a_len; i++) {
        cost[i][0] = i;
    }
    for (size_t j = 0; j <= b_len; j++) {
        cost[0][j] = j;
    }
    for (size_t i = 1; i <= a_len; i++) {
        for (size_t j = 1; j <= b_len; j++) {
            const size_t change = cost[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            cost[i][j] = s_min(change, s_min(cost[i - 1][j], cost[i][j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                cost[i][j] = s_min(cost[i][j], cost[i - 2][j - 2] + 1);
            }
        }
    }
    return cost[a_len][b_len];
}

bool near_enough(const char *word, const char *name, size_t *distance_r)
{
    assert(word);
    assert(name);
    assert(distance_r);
    const size_t len = strlen(word);
    if (len >= 2 && strncmp(word, name, len) == 0) {
        *distance_r = 0;
        return true;
    }
    *distance_r = near_distance(word, name);
    return *distance_r <= s_min(3, (len + 1) / 3);
}
