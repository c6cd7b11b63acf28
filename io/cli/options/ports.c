/*
 * ports.c - which option of a command says a port, whether policy or critic.
 */
#include <stddef.h>
#include <stdio.h>

#include "io/cli/options/options.h"
#include "io/cli/options/table.h"

static size_t port_offset(size_t port)
{
    return port < OPTIONS_POLICIES
               ? offsetof(struct options, policy) + port * sizeof(char *)
               : offsetof(struct options, critic) + (port - OPTIONS_POLICIES) * sizeof(char *);
}

const char *options_port(const struct options *options, size_t port)
{
    return port < OPTIONS_POLICIES ? options->policy[port]
                                   : options->critic[port - OPTIONS_POLICIES];
}

/* The option that says this port and no other; NULL: it is one of those that --policy or --critic
 * says. */
static const char *port_option(const struct options *options, size_t port)
{
    struct options_place place = {.row = NULL};

    while (table_next(options->table, &place))
        if (place.group->home == OPTIONS_SHARED && place.row->offset == port_offset(port))
            return place.row->name;
    return NULL;
}

/* What stands before a '=' in --policy and --critic; NULL: nothing has to. */
static const char *port_family_member(size_t port)
{
    if (port == CRUX_STEP || port == OPTIONS_POLICIES + (size_t)CRUX_ROLE_OUTCOME)
        return NULL;
    if (port < OPTIONS_POLICIES)
        return port < CRUX_KINDS ? crux_kind_name((enum crux_kind)port) : NULL;
    return options_critic_name((unsigned)(port - OPTIONS_POLICIES));
}

void options_port_typed(char *out, size_t size, const struct options *options, size_t port)
{
    const char *option = port_option(options, port), *member = NULL;

    if (option == NULL) {
        option = port < OPTIONS_POLICIES ? "policy" : "critic";
        member = port_family_member(port);
    }
    (void)snprintf(out, size, "--%s %s%s%.100s", option, member != NULL ? member : "",
                   member != NULL ? "=" : "", options_port(options, port));
}
