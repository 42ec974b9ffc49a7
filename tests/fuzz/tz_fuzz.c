/* tz_fuzz.c: the bytes of a zone file. Whatever is read as a zone must show real dates, and local
 * time taken back to UTC must come out no later than it began. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "lib/tz.h"

#define TIMES_MAX 32

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void s_check(const sb_tz_t *tz, int64_t utc_s)
{
    sb_local_t local;
    sb_tz_local(tz, utc_s, &local);
    assert(local.month >= 1 && local.month <= 12 && local.day >= 1 && local.day <= 31);
    assert(local.weekday >= 0 && local.weekday <= 6);
    assert(local.hour >= 0 && local.hour <= 23 && local.minute >= 0 && local.minute <= 59);
    assert(local.second >= 0 && local.second <= 59);
    assert(memchr(local.abbreviation, '\0', sizeof local.abbreviation));
    if (utc_s < -INT64_C(1000000000000) || utc_s > INT64_C(1000000000000)) {
        return; /* beyond the year 30,000 dates are clamped */
    }
    const int64_t back =
        sb_tz_utc(tz, local.year, local.month, local.day, local.hour, local.minute, local.second);
    assert(back <= utc_s);
    sb_local_t again;
    sb_tz_local(tz, back, &again);
    assert(back + again.offset_s >= utc_s + local.offset_s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    sb_err_t err = {0};
    sb_tz_t *tz = sb_tz_parse(data, size, &err);
    if (!tz) {
        assert(err.code < 0 && err.text[0]);
        return 0;
    }
    static const int64_t times[] = {
        0, -1, 1, -2208988800, 1774746000, 4102444800, 32503680000, INT64_MIN, INT64_MAX,
    };
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        s_check(tz, times[i]);
    }
    /* The file's own numbers are the likeliest instants of a change. */
    for (size_t i = 0; i < TIMES_MAX && i * 4 + 8 <= size; i++) {
        int64_t number = 0;
        for (size_t byte = 0; byte < 8; byte++) {
            number = (int64_t)((uint64_t)number << 8 | data[size - i * 4 - 8 + byte]);
        }
        s_check(tz, number);
        s_check(tz, (int32_t)(uint32_t)number);
    }
    sb_tz_destroy(&tz);
    return 0;
}
