/*
 * default.c - what a served model has where nobody says anything: the client's own defaults.
 */
#include "io/backends/backends.h"

struct crux_backend crux_backend_default(void)
{
    const struct http_options http = http_options_default();

    return (struct crux_backend){
        .chat = crux_chat_default(), .price_cached = -1, .client = http.client};
}
