#include "tools/botctl/qr.h"

#include <assert.h>
#include <errno.h>
#include <qrencode.h>
#include <stdbool.h>
#include <string.h>

#include "lib/buf.h"

#define BORDER 4 /* modules, as the standard demands */
#define DRAWING_SIZE_MAX (256 * 1024)

/* Black on white, of the colours that no theme changes, and back to the terminal's own. */
#define INK "\x1b[38;5;16;48;5;231m"
#define INK_END "\x1b[0m"

static bool s_dark(const QRcode *code, int x, int y)
{
    if (x < 0 || y < 0 || x >= code->width || y >= code->width) {
        return false;
    }
    return code->data[y * code->width + x] & 1;
}

/* The character for an upper and a lower module. */
static const char *s_block(bool upper, bool lower)
{
    if (upper) {
        return lower ? "█" : "▀";
    }
    return lower ? "▄" : " ";
}

char *qr_draw(const char *text, bool colour, sb_err_t *err)
{
    assert(text);
    assert(err);
    QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_L);
    if (!code) {
        (void)sb_fail(err, SB_EINVALID, "no QR code holds this text: %s", strerror(errno));
        return NULL;
    }
    sb_buf_t out = sb_buf(DRAWING_SIZE_MAX);
    for (int y = -BORDER; y < code->width + BORDER; y += 2) {
        sb_buf_puts(&out, colour ? INK : "");
        for (int x = -BORDER; x < code->width + BORDER; x++) {
            const bool upper = s_dark(code, x, y);
            const bool lower = s_dark(code, x, y + 1);
            sb_buf_puts(&out, colour ? s_block(upper, lower) : s_block(!upper, !lower));
        }
        sb_buf_puts(&out, colour ? INK_END "\n" : "\n");
    }
    QRcode_free(code);
    return sb_buf_take(&out);
}
