/* http_job.h: a request on its way through the actor and back; used by the HTTP client alone. */
#pragma once

#include <curl/curl.h>
#include <czmq.h>
#include <stdatomic.h>

#include "lib/buf.h"
#include "lib/http.h"

typedef struct http_job http_job_t;

struct http_job {
    /* The core's. */
    uint64_t id;
    sb_http_fn *fn; /* NULL: nobody wants to know any more */
    void *arg;
    bool handed; /* the actor has it */
    /* The request; written before it is handed over. */
    char *method;
    char *url;
    char *ca_file;
    char *body;
    size_t body_size;
    int64_t connect_ms;
    int64_t total_ms;
    size_t answer_max;
    bool reach; /* connects only */
    struct curl_slist *headers;
    /* Set by the core at any time. */
    atomic_bool cancelled;
    /* The actor's, then the core's when it comes back. */
    CURL *easy;
    int64_t due_ms;
    size_t body_sent;
    bool too_large;
    char why[CURL_ERROR_SIZE];
    sb_buf_t answer_headers;
    sb_buf_t answer_body;
    sb_http_answer_t answer;
    http_job_t *prev;
    http_job_t *next;
};

/* What core and actor share. */
typedef struct {
    CURLM *multi; /* the actor's, once it runs */
    int wake;     /* an eventfd: counts what the core wants the actor to look at */
    size_t connections_max;
    atomic_uint cancels; /* how often a job was cancelled */
    atomic_bool stop;    /* ends every job, then the actor */
} http_shared_t;

/* The actor: args is a http_shared_t. */
void http_run(zsock_t *pipe, void *args);

void http_job_destroy(http_job_t **self_p);
