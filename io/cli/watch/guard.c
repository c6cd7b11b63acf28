/*
 * guard.c - tokens, hosts, and the system's table of connections (proc(5), /proc/net/tcp).
 */
#include "io/cli/watch/guard.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

int guard_token(char out[GUARD_TOKEN + 1], struct crux_error *error)
{
    unsigned char bytes[GUARD_TOKEN / 2];

    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
        return crux_fail(error, CRUX_STORE, "the system gives no random bytes: %s",
                         strerror(errno));
    for (size_t i = 0; i < sizeof bytes; i++)
        (void)snprintf(out + 2 * i, 3, "%02x", bytes[i]);
    return CRUX_OK;
}

bool guard_same(const char token[GUARD_TOKEN + 1], const char *given, size_t length)
{
    unsigned differs = 0;

    if (length != GUARD_TOKEN)
        return false;
    for (size_t i = 0; i < GUARD_TOKEN; i++)
        differs |= (unsigned char)token[i] ^ (unsigned char)given[i];
    return differs == 0;
}

bool guard_host(const char *host, uint16_t port)
{
    static const char *const names[] = {"127.0.0.1", "localhost"};
    char wanted[32];

    for (size_t i = 0; host != NULL && i < sizeof names / sizeof *names; i++) {
        (void)snprintf(wanted, sizeof wanted, "%s:%u", names[i], port);
        /* Browsers leave out the port that http has by itself. */
        if (strcasecmp(host, wanted) == 0 || (port == 80 && strcasecmp(host, names[i]) == 0))
            return true;
    }
    return false;
}

/* --- whose connection --------------------------------------------------------------------------
 */

enum { GUARD_END = 48 };

/* An end as the table writes it: words of the address as the machine has them in memory. */
static void guard_write_end(char out[GUARD_END], const struct sockaddr_in *end, bool mapped)
{
    const unsigned char bytes[12] = {[10] = 0xff, [11] = 0xff};
    uint32_t words[3];

    memcpy(words, bytes, sizeof words);
    if (mapped)
        (void)snprintf(out, GUARD_END, "%08" PRIX32 "%08" PRIX32 "%08" PRIX32 "%08" PRIX32 ":%04X",
                       words[0], words[1], words[2], (uint32_t)end->sin_addr.s_addr,
                       ntohs(end->sin_port));
    else
        (void)snprintf(out, GUARD_END, "%08" PRIX32 ":%04X", (uint32_t)end->sin_addr.s_addr,
                       ntohs(end->sin_port));
}

/* A line's words: number, local end, remote end, state, queues, timers, retransmits, user, timeout,
 * inode. False: it is none of a connection. */
static bool guard_read_line(char *line, const char *words[10])
{
    char *rest = line;

    for (size_t i = 0; i < 10; i++) {
        words[i] = strtok_r(i == 0 ? line : NULL, " \t\n", &rest);
        if (words[i] == NULL)
            return false;
    }
    return true;
}

enum guard_peer guard_peer_in(FILE *table, bool mapped, const struct guard_ends *ends, uid_t user)
{
    char client[GUARD_END], server[GUARD_END], *line = NULL;
    enum guard_peer found = GUARD_UNKNOWN;
    const char *words[10];
    size_t room = 0;

    guard_write_end(client, &ends->client, mapped);
    guard_write_end(server, &ends->server, mapped);
    while (found == GUARD_UNKNOWN && getline(&line, &room, table) >= 0) {
        if (!guard_read_line(line, words) || strcmp(words[1], client) != 0 ||
            strcmp(words[2], server) != 0)
            continue;
        /* A connection without a holder has inode 0, and root as its user whoever it was. */
        if (strcmp(words[9], "0") == 0)
            break;
        found = strtoul(words[7], NULL, 10) == user || strcmp(words[7], "0") == 0 ? GUARD_OURS
                                                                                  : GUARD_FOREIGN;
    }
    free(line);
    return found;
}

enum guard_peer guard_peer(const struct guard_ends *ends, uid_t user)
{
    static const char *const tables[] = {"/proc/net/tcp", "/proc/net/tcp6"};
    enum guard_peer found = GUARD_UNKNOWN;

    for (size_t i = 0; i < 2 && found == GUARD_UNKNOWN; i++) {
        FILE *table = fopen(tables[i], "re");

        if (table == NULL)
            continue;
        found = guard_peer_in(table, i == 1, ends, user);
        (void)fclose(table);
    }
    return found;
}
