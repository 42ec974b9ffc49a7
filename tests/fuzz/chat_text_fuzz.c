/* chat_text_fuzz.c: a typed message, understood as an answer and made fit to be shown. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/utf8.h"
#include "proto/taskd.h"
#include "services/botd/answer.h"
#include "services/botd/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void s_check_comment(const char *text, answer_t answer)
{
    const size_t len = strlen(text);
    assert(answer.comment >= text && answer.comment <= text + len);
    assert(answer.comment_size <= (size_t)(text + len - answer.comment));
    assert(sb_utf8_valid(answer.comment, answer.comment_size, NULL)); /* cut between characters */
}

static void s_check_shown(char *shown, size_t max)
{
    assert(strlen(shown) <= max);
    assert(sb_utf8_valid(shown, strlen(shown), NULL));
    uint32_t rune;
    size_t size;
    for (const char *at = shown; (size = sb_utf8_decode(at, &rune)) > 0; at += size) {
        assert(rune >= 0x20 || rune == '\n');
        assert(rune < 0x202a || rune > 0x202e);
    }
    free(shown);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > SB_TEXT_MAX || memchr(data, 0, size) || !sb_utf8_valid(data, size, NULL)) {
        return 0; /* the bus lets nothing else pass */
    }
    char *text = malloc(size + 1);
    assert(text);
    memcpy(text, data, size);
    text[size] = '\0';

    const answer_t question = answer_parse(text, false);
    const answer_t consent = answer_parse(text, true);
    s_check_comment(text, question);
    s_check_comment(text, consent);
    s_check_comment(text, answer_of(ANSWER_YES, text));
    /* What is a clear yes to the question is never a no to the factor, nor the other way round. */
    assert(question.kind != ANSWER_YES || consent.kind != ANSWER_NO);
    assert(question.kind != ANSWER_NO || consent.kind != ANSWER_YES);

    char code[SB_CODE_DIGITS + 1];
    if (answer_code(text, size, code)) {
        assert(strlen(code) == SB_CODE_DIGITS && strspn(code, "0123456789") == SB_CODE_DIGITS);
    }
    s_check_shown(text_line(text, 40), 40);
    s_check_shown(text_quote(text, 40), 40);
    s_check_shown(text_quote(text, SB_TEXT_MAX), SB_TEXT_MAX);
    char *cut = text_cut(text, size, 20);
    assert(strlen(cut) <= 20 && sb_utf8_valid(cut, strlen(cut), NULL));
    text_hide_codes(cut);
    free(cut);
    free(text);
    return 0;
}
