/*
 * curl_loop.c - requests by a plain curl_multi_poll() loop, without io/http.
 */
#include "tests/world/curl_loop.h"

#include <assert.h>
#include <curl/curl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static size_t swallow(char *bytes, size_t one, size_t count, void *context)
{
    (void)bytes;
    (void)context;
    return one * count;
}

static CURL *make(const struct curl_loop *loop, struct curl_slist *headers)
{
    CURL *easy = curl_easy_init();

    assert(easy != NULL);
    (void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    (void)curl_easy_setopt(easy, CURLOPT_URL, loop->url);
    (void)curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(loop->body));
    (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDS, loop->body);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, swallow);
    return easy;
}

static bool is_good(const CURLMsg *message)
{
    long status = 0;

    (void)curl_easy_getinfo(message->easy_handle, CURLINFO_RESPONSE_CODE, &status);
    return message->data.result == CURLE_OK && status == 200;
}

uint64_t curl_loop_run(const struct curl_loop *loop)
{
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    CURLM *multi = curl_multi_init();
    CURL **handles = calloc(loop->in_flight, sizeof *handles);
    uint64_t begun = 0, ended = 0, good = 0;
    int running, left;

    assert(multi != NULL && handles != NULL);
    (void)curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)loop->in_flight);
    for (uint32_t i = 0; i < loop->in_flight; i++) {
        handles[i] = make(loop, headers);
        if (begun++ < loop->count)
            (void)curl_multi_add_handle(multi, handles[i]);
    }
    while (ended < loop->count) {
        CURLMsg *message;

        (void)curl_multi_perform(multi, &running);
        while ((message = curl_multi_info_read(multi, &left)) != NULL) {
            CURL *easy = message->easy_handle;

            good += is_good(message);
            ended++;
            (void)curl_multi_remove_handle(multi, easy);
            if (begun++ < loop->count)
                (void)curl_multi_add_handle(multi, easy);
        }
        if (ended < loop->count)
            (void)curl_multi_poll(multi, NULL, 0, 1000, NULL);
    }
    for (uint32_t i = 0; i < loop->in_flight; i++)
        curl_easy_cleanup(handles[i]);
    (void)curl_multi_cleanup(multi);
    curl_slist_free_all(headers);
    free(handles);
    return good;
}
