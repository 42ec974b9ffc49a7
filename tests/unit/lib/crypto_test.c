#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/crypto.h"
#include "lib/mem.h"
#include "tests/support/temp_file.h"

static uint8_t *s_bytes(const char *hex, size_t *size_r)
{
    *size_r = strlen(hex) / 2;
    uint8_t *out = sb_alloc(*size_r);
    sb_err_t err;
    assert_int_equal(sb_unhex(hex, strlen(hex), out, &err), SB_OK);
    return out;
}

static void s_assert_hex(const char *name, const uint8_t *got, size_t size, const char *want)
{
    char *text = sb_alloc(size * 2 + 1);
    sb_hex(got, size, text);
    if (strcmp(text, want) != 0) {
        fail_msg("%s: got %s, want %s", name, text, want);
    }
    free(text);
}

static void sha256_gives_the_vectors_of_fips_180(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text, *want;
    } rows[] = {
        {"empty",      "",                                                         "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"one block",  "abc",                                                      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"two blocks", "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"                                                                          },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t out[SB_SHA256_SIZE];
        sb_sha256(rows[i].text, strlen(rows[i].text), out);
        s_assert_hex(rows[i].name, out, sizeof out, rows[i].want);
    }
}

/* RFC 2202, section 3. */
static void hmac_sha1_gives_the_vectors_of_rfc_2202(void **state)
{
    (void)state;
    char key_aa[80];
    memset(key_aa, 0xaa, sizeof key_aa);
    char data_dd[50];
    memset(data_dd, 0xdd, sizeof data_dd);
    char data_cd[50];
    memset(data_cd, 0xcd, sizeof data_cd);
    static const char key_0b[] = "\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b"
                                 "\x0b\x0b\x0b\x0b";
    static const char key_seq[] = "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f"
                                  "\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19";
    const struct {
        const char *name, *key;
        size_t key_size;
        const char *data;
        size_t size;
        const char *want;
    } rows[] = {
        {"1",                       key_0b,  20, "Hi There",                          8,  "b617318655057264e28bc0b6fb378c8ef146be00"},
        {"2, a short key",          "Jefe",  4,  "what do ya want for nothing?",      28,
         "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"                                                                                 },
        {"3",                       key_aa,  20, data_dd,                             50, "125d7342b9ac11cd91a39af48aa17b4f63f175d3"},
        {"4",                       key_seq, 25, data_cd,                             50, "4c9007f4026250c6bc8414f9bf50c86c2d7235da"},
        {"6, a key over the block", key_aa,  80,
         "Test Using Larger Than Block-Size Key - Hash Key First",                    54,
         "aa4ae5e15272d00e95705637ce8a3b55ed402112"                                                                                 },
        {"7, both over the block",  key_aa,  80,
         "Test Using Larger Than Block-Size Key and Larger Than One Block-Size Data", 73,
         "e8e99d0f45237d786d6bbaa7965c7808bbff1a91"                                                                                 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t out[20];
        sb_hmac_sha1(rows[i].key, rows[i].key_size, rows[i].data, rows[i].size, out);
        s_assert_hex(rows[i].name, out, sizeof out, rows[i].want);
    }
}

/* RFC 4231, section 4. */
static void hmac_sha256_gives_the_vectors_of_rfc_4231(void **state)
{
    (void)state;
    char key_aa[131];
    memset(key_aa, 0xaa, sizeof key_aa);
    static const char key_0b[] = "\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b"
                                 "\x0b\x0b\x0b\x0b";
    const struct {
        const char *name, *key;
        size_t key_size;
        const char *data, *want;
    } rows[] = {
        {"1",                       key_0b, 20,  "Hi There",
         "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"                                                                        },
        {"2, a short key",          "Jefe", 4,   "what do ya want for nothing?",
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"                                                                        },
        {"6, a key over the block", key_aa, 131,
         "Test Using Larger Than Block-Size Key - Hash Key First",               "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t out[SB_SHA256_SIZE];
        sb_hmac_sha256(rows[i].key, rows[i].key_size, rows[i].data, strlen(rows[i].data), out);
        s_assert_hex(rows[i].name, out, sizeof out, rows[i].want);
    }
}

static const char s_sha512_empty[] =
    "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
    "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e";
static const char s_sha512_abc[] =
    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
    "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f";
static const char s_hmac512_1[] =
    "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
    "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854";
static const char s_hmac512_2[] =
    "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
    "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737";
static const char s_hmac512_6[] =
    "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
    "6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598";

static void sha512_gives_the_vectors_of_fips_180(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text, *want;
    } rows[] = {
        {"empty",     "",    s_sha512_empty},
        {"one block", "abc", s_sha512_abc  },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t out[SB_SHA512_SIZE];
        sb_sha512(rows[i].text, strlen(rows[i].text), out);
        s_assert_hex(rows[i].name, out, sizeof out, rows[i].want);
    }
}

/* RFC 4231, section 4. */
static void hmac_sha512_gives_the_vectors_of_rfc_4231(void **state)
{
    (void)state;
    char key_aa[131];
    memset(key_aa, 0xaa, sizeof key_aa);
    static const char key_0b[] = "\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b"
                                 "\x0b\x0b\x0b\x0b";
    const struct {
        const char *name, *key;
        size_t key_size;
        const char *data, *want;
    } rows[] = {
        {"1",                       key_0b, 20,  "Hi There",                     s_hmac512_1},
        {"2, a short key",          "Jefe", 4,   "what do ya want for nothing?", s_hmac512_2},
        {"6, a key over the block", key_aa, 131,
         "Test Using Larger Than Block-Size Key - Hash Key First",               s_hmac512_6},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t out[SB_SHA512_SIZE];
        sb_hmac_sha512(rows[i].key, rows[i].key_size, rows[i].data, strlen(rows[i].data), out);
        s_assert_hex(rows[i].name, out, sizeof out, rows[i].want);
    }
}

static void random_bytes_differ(void **state)
{
    (void)state;
    uint8_t a[32] = {0};
    uint8_t b[32] = {0};
    sb_random(a, sizeof a);
    sb_random(b, sizeof b);
    assert_memory_not_equal(a, b, sizeof a);
    uint8_t edge[3] = {7, 7, 7};
    sb_random(edge, 0);
    assert_int_equal(edge[0], 7);
}

static void equal_sees_any_byte(void **state)
{
    (void)state;
    uint8_t a[16] = {0};
    for (size_t i = 0; i < sizeof a; i++) {
        uint8_t b[16] = {0};
        assert_true(sb_equal(a, b, sizeof a));
        b[i] = 1;
        assert_false(sb_equal(a, b, sizeof a));
    }
    assert_true(sb_equal(a, a, 0));
}

/* ---- Seals. */

/* Test case 16 of the GCM submission, laid out as our seal: someone else's bytes must open. */
static void a_foreign_aes_256_gcm_text_opens(void **state)
{
    (void)state;
    size_t key_size = 0;
    size_t sealed_size = 0;
    uint8_t *key =
        s_bytes("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", &key_size);
    uint8_t *sealed = s_bytes("7631"
                              "cafebabefacedbaddecaf888"
                              "76fc6ece0f4e1768cddf8853bb2d551b"
                              "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
                              "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
                              &sealed_size);
    const char *aad = "\xfe\xed\xfa\xce\xde\xad\xbe\xef\xfe\xed\xfa\xce\xde\xad\xbe\xef"
                      "\xab\xad\xda\xd2";
    uint8_t *plain = NULL;
    size_t size = 0;
    sb_err_t err;
    assert_int_equal(key_size, SB_KEY_SIZE);
    assert_int_equal(sb_open(key, aad, sealed, sealed_size, &plain, &size, &err), SB_OK);
    s_assert_hex("plain", plain, size,
                 "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                 "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
    free(plain);
    free(sealed);
    free(key);
}

static void a_sealed_text_opens_and_no_two_seals_are_alike(void **state)
{
    (void)state;
    uint8_t key[SB_KEY_SIZE];
    memset(key, 5, sizeof key);
    static const size_t sizes[] = {0, 1, 15, 16, 17, 64, 4096};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        uint8_t *text = sb_alloc(sizes[i] + 1);
        memset(text, 'x', sizes[i]);
        uint8_t *a = NULL;
        uint8_t *b = NULL;
        size_t a_size = 0;
        size_t b_size = 0;
        sb_seal(key, "owner", text, sizes[i], &a, &a_size);
        sb_seal(key, "owner", text, sizes[i], &b, &b_size);
        assert_int_equal(a_size, 2 + 12 + 16 + sizes[i]);
        assert_int_equal(a_size, b_size);
        assert_memory_not_equal(a, b, a_size);
        uint8_t *plain = NULL;
        size_t size = 0;
        sb_err_t err;
        assert_int_equal(sb_open(key, "owner", a, a_size, &plain, &size, &err), SB_OK);
        assert_int_equal(size, sizes[i]);
        assert_memory_equal(plain, text, size);
        free(plain);
        free(b);
        free(a);
        free(text);
    }
}

static void s_assert_refused(const char *what, const uint8_t *key, const char *aad,
                             const uint8_t *sealed, size_t size)
{
    uint8_t *plain = NULL;
    size_t plain_size = 0;
    sb_err_t err;
    if (sb_open(key, aad, sealed, size, &plain, &plain_size, &err) != SB_EINVALID || plain) {
        fail_msg("%s: it opened", what);
    }
}

static void a_seal_refuses_another_bit_owner_key_or_length(void **state)
{
    (void)state;
    uint8_t key[SB_KEY_SIZE] = {1};
    uint8_t *sealed = NULL;
    size_t size = 0;
    sb_seal(key, "totp:alice", "twenty bytes of key!", 20, &sealed, &size);
    for (size_t bit = 0; bit < size * 8; bit++) {
        sealed[bit / 8] ^= (uint8_t)(1u << bit % 8);
        s_assert_refused("a bit", key, "totp:alice", sealed, size);
        sealed[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t cut = 0; cut < size; cut++) {
        s_assert_refused("a short text", key, "totp:alice", sealed, cut);
    }
    s_assert_refused("another owner", key, "totp:bob", sealed, size);
    s_assert_refused("no owner", key, "", sealed, size);
    key[31] ^= 1;
    s_assert_refused("another key", key, "totp:alice", sealed, size);
    free(sealed);
}

/* ---- Key files. */

#define DIGITS60 "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d"

static void key_files_are_read_strictly(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text;
        mode_t mode;
        int want;
    } rows[] = {
        {"as made",        DIGITS60 "1e1f\n",   0600, SB_OK      },
        {"group readable", DIGITS60 "1e1f\n",   0640, SB_OK      },
        {"read only",      DIGITS60 "1e1f\n",   0400, SB_OK      },
        {"no newline",     DIGITS60 "1e1f",     0600, SB_OK      },
        {"upper case",     DIGITS60 "1E1F\n",   0600, SB_OK      },
        {"world readable", DIGITS60 "1e1f\n",   0644, SB_EINVALID},
        {"group writable", DIGITS60 "1e1f\n",   0660, SB_EINVALID},
        {"executable",     DIGITS60 "1e1f\n",   0700, SB_EINVALID},
        {"a digit short",  DIGITS60 "1e1\n",    0600, SB_EINVALID},
        {"a digit long",   DIGITS60 "1e1f0",    0600, SB_EINVALID},
        {"two newlines",   DIGITS60 "1e1f\n\n", 0600, SB_EINVALID},
        {"no hex digit",   DIGITS60 "1e1g\n",   0600, SB_EINVALID},
        {"empty",          "",                  0600, SB_EINVALID},
    };
    const char *path = temp_file_path();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        temp_file_puts(rows[i].text);
        assert_int_equal(chmod(path, rows[i].mode), 0);
        uint8_t key[SB_KEY_SIZE] = {0};
        sb_err_t err;
        const int got = sb_key_file_load(path, key, &err);
        if (got != rows[i].want) {
            fail_msg("%s: got %d, want %d", rows[i].name, got, rows[i].want);
        }
        if (got == SB_OK) {
            assert_int_equal(key[1], 1);
            assert_int_equal(key[31], 0x1f);
        } else {
            assert_non_null(strstr(err.text, path));
            assert_null(strstr(err.text, "0a0b0c"));
        }
        (void)temp_file_remove(NULL); /* the next has other rights */
    }
    uint8_t key[SB_KEY_SIZE];
    sb_err_t err;
    assert_int_equal(sb_key_file_load(path, key, &err), SB_ENOTFOUND);
    assert_int_equal(sb_key_file_load(SB_BINARY_DIR, key, &err), SB_EINVALID);
}

static void a_made_key_file_loads_and_is_never_replaced(void **state)
{
    (void)state;
    const char *path = temp_file_path();
    sb_err_t err;
    assert_int_equal(sb_key_file_make(path, &err), SB_OK);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(st.st_size, 65);
    uint8_t key[SB_KEY_SIZE] = {0};
    uint8_t again[SB_KEY_SIZE] = {0};
    assert_int_equal(sb_key_file_load(path, key, &err), SB_OK);
    assert_memory_not_equal(key, again, sizeof key);
    assert_int_equal(sb_key_file_make(path, &err), SB_ECONFLICT);
    assert_non_null(strstr(err.text, path));
    assert_int_equal(sb_key_file_load(path, again, &err), SB_OK);
    assert_memory_equal(key, again, sizeof key);
    assert_int_equal(sb_key_file_make(SB_BINARY_DIR "/no_such_folder/key", &err), SB_EINVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_gives_the_vectors_of_fips_180),
        cmocka_unit_test(hmac_sha1_gives_the_vectors_of_rfc_2202),
        cmocka_unit_test(hmac_sha256_gives_the_vectors_of_rfc_4231),
        cmocka_unit_test(sha512_gives_the_vectors_of_fips_180),
        cmocka_unit_test(hmac_sha512_gives_the_vectors_of_rfc_4231),
        cmocka_unit_test(random_bytes_differ),
        cmocka_unit_test(equal_sees_any_byte),
        cmocka_unit_test(a_foreign_aes_256_gcm_text_opens),
        cmocka_unit_test(a_sealed_text_opens_and_no_two_seals_are_alike),
        cmocka_unit_test(a_seal_refuses_another_bit_owner_key_or_length),
        cmocka_unit_test_teardown(key_files_are_read_strictly, temp_file_remove),
        cmocka_unit_test_teardown(a_made_key_file_loads_and_is_never_replaced, temp_file_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
