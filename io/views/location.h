/*
 * location.h - columns on where the first wrong step of a path is, and how that is known.
 *
 * Rows are a struct record, or what begins with one. Pure; any thread.
 */
#ifndef IO_VIEWS_LOCATION_H
#define IO_VIEWS_LOCATION_H

#include "io/views/columns.h"

view_write location_from, location_to, location_why, location_maker;
view_next location_next_probe;
view_write location_probe_completer, location_probe_prefix, location_probe_right;
view_write location_probe_of, location_probe_from_tree, location_probe_low, location_probe_high;

/* A record `location`; fields of it stand one deeper. */
#define LOCATION_COLUMNS                                                                           \
    {0, "location", VIEW_RECORD, "where the first wrong step is, and how that is known", {NULL}},  \
        {1,                                                                                        \
         "how",                                                                                    \
         VIEW_TEXT,                                                                                \
         "`proved` by the domain; `agreed` by two policies that complete; `estimated` by "         \
         "completions "                                                                            \
         "of "                                                                                     \
         "one; `between` two steps; `not` known; `right` of a positive record",                    \
         {columns_located}},                                                                       \
        {1, "index", VIEW_INTEGER, "`first_error_index` again", {columns_first_error}},            \
        {1, "from", VIEW_INTEGER, "it is this step or ...", {location_from}},                      \
        {1, "to", VIEW_INTEGER, "... one up to and with this; -1: nobody knows", {location_to}},   \
        {1, "why", VIEW_TEXT, "why there is no index; else empty", {location_why}},                \
        {1, "maker", VIEW_TEXT, "by which pass; empty: the search itself", {location_maker}},      \
        {1,                                                                                        \
         "probes",                                                                                 \
         VIEW_RECORDS,                                                                             \
         "completions of the path's first steps",                                                  \
         {.next = location_next_probe}},                                                           \
        {2,                                                                                        \
         "completer",                                                                              \
         VIEW_INTEGER,                                                                             \
         "by which policy: 0, or 1, the second",                                                   \
         {location_probe_completer}},                                                              \
        {2, "prefix", VIEW_INTEGER, "how many steps were gone on with", {location_probe_prefix}},  \
        {2, "right", VIEW_INTEGER, "completions that are right ...", {location_probe_right}},      \
        {2, "of", VIEW_INTEGER, "... of how many whose verdict is known", {location_probe_of}},    \
        {2,                                                                                        \
         "from_tree",                                                                              \
         VIEW_INTEGER,                                                                             \
         "of these those of the search",                                                           \
         {location_probe_from_tree}},                                                              \
        {2,                                                                                        \
         "low",                                                                                    \
         VIEW_REAL,                                                                                \
         "95 % interval of the chance that one is right: from ...",                                \
         {location_probe_low}},                                                                    \
    {                                                                                              \
        2, "high", VIEW_REAL, "... to",                                                            \
        {                                                                                          \
            location_probe_high                                                                    \
        }                                                                                          \
    }

#endif
