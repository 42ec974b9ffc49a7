/* command_fuzz.c: a typed message, taken apart as a command; its arguments, read as spans. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/utf8.h"
#include "proto/taskd.h"
#include "services/botd/span.h"
#include "services/botd/words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > SB_TEXT_MAX || memchr(data, 0, size) || !sb_utf8_valid(data, size, NULL)) {
        return 0; /* the bus lets nothing else pass */
    }
    char *text = malloc(size + 1);
    assert(text);
    memcpy(text, data, size);
    text[size] = '\0';

    words_t words;
    words_parse(text, &words);
    assert(strlen(words.name) <= WORDS_NAME_MAX);
    assert(sb_utf8_valid(words.name, strlen(words.name), NULL));
    assert(strpbrk(words.name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ \t\n") == NULL);
    assert(words.args_len <= WORDS_ARGS_MAX);
    for (size_t i = 0; i < words.args_len; i++) {
        assert(strlen(words.args[i]) <= WORDS_ARG_MAX);
        assert(sb_utf8_valid(words.args[i], strlen(words.args[i]), NULL));
        int64_t ms = 0;
        if (span_parse(words.args[i], &ms)) {
            char shown[SPAN_WORDS_SIZE];
            assert(ms >= 0);
            span_words(ms, shown);
            assert(shown[0]);
        }
    }
    free(text);
    return 0;
}
