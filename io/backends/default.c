/*
 * default.c - what a served model has where nobody says anything: the client's own defaults.
 */
#include "io/backends/backends.h"

struct crux_backend crux_backend_default(void)
{
    const struct http_options http = http_options_default();

    return (struct crux_backend){.chat = crux_chat_default(),
                                 .price_cached = -1,
                                 .retries = http.faulty_most,
                                 .retry_after_max_ns = http.retry_after_max_ns,
                                 .patience_ns = http.patience_ns,
                                 .connect_ns = http.connect_ns,
                                 .answer_ns = http.answer_ns,
                                 .stall_ns = http.stall_ns,
                                 .body_ns = http.body_ns};
}
