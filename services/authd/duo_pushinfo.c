/* duo_pushinfo.c. An encoded byte takes three at most, so that the limits of the texts keep the
 * whole under Duo's. */
#include "services/authd/duo_pushinfo.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/utf8.h"
#include "proto/taskd.h"
#include "services/authd/duo_sign.h"

#define DOTS "..."

_Static_assert(3 * (DUO_TITLE_MAX + DUO_DESCRIPTION_MAX + DUO_REASON_MAX + 2 * SB_HASH_HEX) + 256 <=
                   DUO_PUSHINFO_MAX,
               "the texts fit");

typedef struct {
    uint32_t first, last;
} range_t;

/* Invisible, or moving what stands beside them: marks of direction, embeddings, isolates, joiners,
 * fillers, selectors, tags, what is no character, and the areas for private use. */
static const range_t s_hidden[] = {
    {0x00ad,  0x00ad  },
    {0x034f,  0x034f  },
    {0x061c,  0x061c  },
    {0x115f,  0x1160  },
    {0x17b4,  0x17b5  },
    {0x180b,  0x180f  },
    {0x200b,  0x200f  },
    {0x202a,  0x202e  },
    {0x2060,  0x206f  },
    {0x3164,  0x3164  },
    {0xe000,  0xf8ff  },
    {0xfdd0,  0xfdef  },
    {0xfe00,  0xfe0f  },
    {0xfeff,  0xfeff  },
    {0xffa0,  0xffa0  },
    {0xfff0,  0xfffb  },
    {0xfffe,  0xffff  },
    {0x1bca0, 0x1bca3 },
    {0x1d173, 0x1d17a },
    {0xe0000, 0x10ffff},
};

static bool s_is_hidden(uint32_t rune)
{
    for (size_t i = 0; i < sizeof s_hidden / sizeof s_hidden[0]; i++) {
        if (rune >= s_hidden[i].first && rune <= s_hidden[i].last) {
            return true;
        }
    }
    return false;
}

/* Control characters, and whatever makes a gap or a line of its own. */
static bool s_is_blank(uint32_t rune)
{
    return rune <= 0x20 || (rune >= 0x7f && rune <= 0xa0) || rune == 0x1680 ||
           (rune >= 0x2000 && rune <= 0x200a) || rune == 0x2028 || rune == 0x2029 ||
           rune == 0x202f || rune == 0x205f || rune == 0x2800 || rune == 0x3000;
}

void duo_clean(sb_buf_t *out, const char *text, size_t max)
{
    assert(out && text && max > strlen(DOTS));
    if (!sb_utf8_valid(text, strlen(text), NULL)) {
        return;
    }
    sb_buf_t clean = sb_buf(max + 8); /* one character more than may stand there */
    bool gap = false;
    uint32_t rune = 0;
    for (size_t n; clean.len <= max && (n = sb_utf8_decode(text, &rune)) > 0; text += n) {
        if (s_is_blank(rune)) {
            gap = clean.len > 0;
        } else if (!s_is_hidden(rune)) {
            sb_buf_puts(&clean, gap ? " " : "");
            sb_buf_add(&clean, text, n);
            gap = false;
        }
    }
    if (clean.len > max) {
        sb_buf_add(out, clean.text, sb_utf8_cut(clean.text, max - strlen(DOTS)));
        sb_buf_puts(out, DOTS);
    } else if (clean.len > 0) {
        sb_buf_add(out, clean.text, clean.len);
    }
    sb_buf_free(&clean);
}

static void s_pair(sb_buf_t *out, const char *name, const char *text, size_t max)
{
    sb_buf_t clean = sb_buf(max);
    duo_clean(&clean, text, max);
    if (clean.len > 0) {
        sb_buf_puts(out, out->len > 0 ? "&" : "");
        duo_encode(out, name);
        sb_buf_putc(out, '=');
        duo_encode(out, clean.text);
    }
    sb_buf_free(&clean);
}

char *duo_pushinfo(const factor_request_t *request)
{
    sb_buf_t out = sb_buf(DUO_PUSHINFO_MAX);
    s_pair(&out, "Code", request->short_code, SB_HASH_HEX);
    s_pair(&out, "Alert", request->title, DUO_TITLE_MAX);
    s_pair(&out, "Description", request->description, DUO_DESCRIPTION_MAX);
    s_pair(&out, "Reason", request->reason, DUO_REASON_MAX);
    return sb_buf_take(&out);
}
