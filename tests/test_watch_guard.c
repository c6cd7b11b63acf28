/*
 * test_watch_guard.c - what io/cli/watch/guard.h promises: tokens, hosts and whose a connection is.
 */
#include <criterion/criterion.h>

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/cli/watch/guard.h"

Test(guard, tokens_are_hexadecimal_and_differ)
{
    char one[GUARD_TOKEN + 1], other[GUARD_TOKEN + 1];
    struct crux_error error;

    cr_assert_eq(guard_token(one, &error), CRUX_OK);
    cr_assert_eq(guard_token(other, &error), CRUX_OK);
    cr_assert_eq(strspn(one, "0123456789abcdef"), GUARD_TOKEN);
    cr_assert_eq(strlen(one), GUARD_TOKEN);
    cr_assert_str_neq(one, other);
}

Test(guard, only_the_whole_token_is_the_token)
{
    const char token[] = "0123456789abcdef0123456789abcdef";
    char other[] = "0123456789abcdef0123456789abcdef";

    cr_assert(guard_same(token, token, GUARD_TOKEN));
    cr_assert_not(guard_same(token, token, GUARD_TOKEN - 1));
    cr_assert_not(guard_same(token, token, 0));
    for (size_t i = 0; i < GUARD_TOKEN; i++) {
        other[i] ^= 1;
        cr_assert_not(guard_same(token, other, GUARD_TOKEN), "digit %zu", i);
        other[i] ^= 1;
    }
}

Test(guard, hosts)
{
    cr_assert(guard_host("127.0.0.1:8080", 8080));
    cr_assert(guard_host("LocalHost:8080", 8080));
    cr_assert(guard_host("127.0.0.1", 80));
    cr_assert(guard_host("localhost:80", 80));
    cr_assert_not(guard_host("127.0.0.1", 8080));
    cr_assert_not(guard_host("127.0.0.1:8081", 8080));
    cr_assert_not(guard_host("127.0.0.1:8080.evil.example", 8080));
    cr_assert_not(guard_host("evil.example:8080", 8080));
    cr_assert_not(guard_host("localhost.evil.example:8080", 8080));
    cr_assert_not(guard_host("[::1]:8080", 8080));
    cr_assert_not(guard_host("", 8080));
    cr_assert_not(guard_host(NULL, 8080));
}

/* --- the system's table ------------------------------------------------------------------------
 */

static struct guard_ends ends_of(uint16_t client, uint16_t server)
{
    struct guard_ends ends = {{.sin_family = AF_INET}, {.sin_family = AF_INET}};

    ends.client.sin_addr.s_addr = ends.server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ends.client.sin_port = htons(client);
    ends.server.sin_port = htons(server);
    return ends;
}

static enum guard_peer in_table(const char *text, bool mapped, uint16_t client, uint16_t server,
                                uid_t user)
{
    struct guard_ends ends = ends_of(client, server);
    FILE *table = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
    enum guard_peer found;

    cr_assert_not_null(table);
    found = guard_peer_in(table, mapped, &ends, user);
    (void)fclose(table);
    return found;
}

/* As a machine of low-endian words writes it: 127.0.0.1 is 0100007F there, 7F000001 elsewhere. */
static const char *loopback(void)
{
    return htonl(1) == 1 ? "7F000001" : "0100007F";
}

static const char *table(const char *user, const char *inode)
{
    static char text[1000];

    (void)snprintf(
        text, sizeof text,
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt  "
        " uid  timeout inode\n"
        "   0: %s:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000    "
        "    0 11 1\n"
        "   1: %s:1F90 %s:C350 01 00000000:00000000 00:00000000 00000000  1000        0 "
        "12 1\n"
        "   2: %s:C350 %s:1F90 01 00000000:00000000 00:00000000 00000000  %s        0 %s "
        "1\n"
        "short\n",
        loopback(), loopback(), loopback(), loopback(), loopback(), user, inode);
    return text;
}

Test(guard, the_clients_end_of_the_connection_tells)
{
    cr_assert_eq(in_table(table("1000", "13"), false, 50000, 8080, 1000), GUARD_OURS);
    cr_assert_eq(in_table(table("1001", "13"), false, 50000, 8080, 1000), GUARD_FOREIGN);
    cr_assert_eq(in_table(table("0", "13"), false, 50000, 8080, 1000), GUARD_OURS);
}

Test(guard, who_is_not_in_it_is_not_known)
{
    cr_assert_eq(in_table(table("1000", "13"), false, 50001, 8080, 1000), GUARD_UNKNOWN);
    cr_assert_eq(in_table(table("1000", "13"), false, 50000, 8081, 1000), GUARD_UNKNOWN);
    cr_assert_eq(in_table("\n", false, 50000, 8080, 1000), GUARD_UNKNOWN);
}

Test(guard, an_end_that_nobody_holds_is_nobodys)
{
    cr_assert_eq(in_table(table("0", "0"), false, 50000, 8080, 0), GUARD_UNKNOWN);
}

Test(guard, an_address_within_ipv6)
{
    char text[400];
    const char *middle = htonl(1) == 1 ? "0000FFFF" : "FFFF0000";

    (void)snprintf(text, sizeof text,
                   "   0: 0000000000000000%s%s:C350 0000000000000000%s%s:1F90 01 0:0 0:0 0 1000 0 "
                   "13 1\n",
                   middle, loopback(), middle, loopback());
    cr_assert_eq(in_table(text, true, 50000, 8080, 1000), GUARD_OURS);
    cr_assert_eq(in_table(text, false, 50000, 8080, 1000), GUARD_UNKNOWN);
}

/* --- a real connection -------------------------------------------------------------------------
 */

Test(guard, a_connection_of_our_own_is_ours)
{
    struct guard_ends ends;
    socklen_t size = sizeof ends.server;
    int door = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0), server;

    ends = ends_of(0, 0);
    cr_assert_eq(bind(door, (struct sockaddr *)(void *)&ends.server, size), 0);
    cr_assert_eq(listen(door, 1), 0);
    cr_assert_eq(getsockname(door, (struct sockaddr *)(void *)&ends.server, &size), 0);
    cr_assert_eq(connect(client, (struct sockaddr *)(void *)&ends.server, size), 0);
    server = accept(door, (struct sockaddr *)(void *)&ends.client, &size);
    cr_assert_geq(server, 0);
    cr_assert_eq(guard_peer(&ends, geteuid()), GUARD_OURS);
    /* To somebody else it is foreign; root is let in everywhere. */
    cr_assert_eq(guard_peer(&ends, geteuid() + 1), geteuid() == 0 ? GUARD_OURS : GUARD_FOREIGN);
    ends.client.sin_port = htons(1);
    cr_assert_eq(guard_peer(&ends, geteuid()), GUARD_UNKNOWN);
    (void)close(server);
    (void)close(client);
    (void)close(door);
}
