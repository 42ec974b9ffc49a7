/* chat_input.c. One chunk is handed over at a time; the thread reads on when it was taken. */
#include "tools/botctl/chat_input.h"

#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "lib/err.h"
#include "lib/mem.h"

struct chat_input {
    int fd;
    int stop_fd; /* an eventfd: readable when the thread shall end */
    void (*wake)(void *ctx);
    void *ctx;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t taken;
    /* Under the mutex. */
    char chunk[CHAT_INPUT_CHUNK];
    size_t chunk_len;
    bool end;
    bool stop;
};

/* Bytes, 0 at the end, -1 if it was told to stop. */
static ssize_t s_read(chat_input_t *self, char *out, size_t size)
{
    struct pollfd fds[] = {
        {.fd = self->fd,      .events = POLLIN},
        {.fd = self->stop_fd, .events = POLLIN}
    };
    while (poll(fds, 2, -1) < 0) {
    }
    if (fds[1].revents) {
        return -1;
    }
    const ssize_t n = read(self->fd, out, size);
    return n > 0 ? n : 0;
}

static void *s_run(void *arg)
{
    chat_input_t *self = arg;
    char data[CHAT_INPUT_CHUNK];
    ssize_t n = 1;
    while (n > 0 && (n = s_read(self, data, sizeof data)) >= 0) {
        (void)pthread_mutex_lock(&self->mutex);
        while (self->chunk_len > 0 && !self->stop) {
            (void)pthread_cond_wait(&self->taken, &self->mutex);
        }
        memcpy(self->chunk, data, (size_t)n);
        self->chunk_len = (size_t)n;
        self->end = n == 0;
        (void)pthread_mutex_unlock(&self->mutex);
        self->wake(self->ctx);
    }
    return NULL;
}

chat_input_t *chat_input_new(int fd, void (*wake)(void *ctx), void *ctx)
{
    chat_input_t *self = sb_alloc(sizeof *self);
    self->fd = fd;
    self->wake = wake;
    self->ctx = ctx;
    self->stop_fd = eventfd(0, EFD_CLOEXEC);
    (void)pthread_mutex_init(&self->mutex, NULL);
    (void)pthread_cond_init(&self->taken, NULL);
    if (self->stop_fd < 0 || pthread_create(&self->thread, NULL, s_run, self) != 0) {
        abort(); /* as when memory is out */
    }
    return self;
}

void chat_input_destroy(chat_input_t **self_p)
{
    chat_input_t *self = *self_p;
    if (!self) {
        return;
    }
    (void)pthread_mutex_lock(&self->mutex);
    self->stop = true;
    (void)pthread_cond_signal(&self->taken);
    (void)pthread_mutex_unlock(&self->mutex);
    (void)eventfd_write(self->stop_fd, 1);
    (void)pthread_join(self->thread, NULL);
    (void)pthread_mutex_destroy(&self->mutex);
    (void)pthread_cond_destroy(&self->taken);
    (void)close(self->stop_fd);
    free(self);
    *self_p = NULL;
}

long chat_input_take(chat_input_t *self, char out[CHAT_INPUT_CHUNK])
{
    (void)pthread_mutex_lock(&self->mutex);
    long n = (long)self->chunk_len;
    if (n > 0) {
        memcpy(out, self->chunk, (size_t)n);
        self->chunk_len = 0;
        (void)pthread_cond_signal(&self->taken);
    } else if (self->end) {
        n = -1;
    }
    (void)pthread_mutex_unlock(&self->mutex);
    return n;
}
