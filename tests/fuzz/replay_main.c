/* replay_main.c: runs a fuzz target over the files named on the command line, for builds without
 * libFuzzer. */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        FILE *file = fopen(argv[i], "rb");
        if (!file) {
            perror(argv[i]);
            return 1;
        }
        uint8_t *data = NULL;
        size_t size = 0;
        size_t room = 0;
        size_t got;
        do {
            room += 65536;
            data = realloc(data, room);
            assert(data);
            got = fread(data + size, 1, room - size, file);
            size += got;
        } while (got > 0);
        fclose(file);
        (void)LLVMFuzzerTestOneInput(data, size);
        free(data);
    }
    printf("replayed %d inputs\n", argc - 1);
    return 0;
}
