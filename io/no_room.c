/*
 * no_room.c - errors of a full disk, a quota, a limit of a file's size.
 */
#include "io/no_room.h"

#include <errno.h>
#include <stddef.h>

const char *no_room_fault(int cause)
{
    switch (cause) {
    case ENOSPC:
        return "the disk is full; what was kept before is safe";
    case EDQUOT:
        return "the quota of the disk is used up; what was kept before is safe";
    case EFBIG:
        return "the limit of a file's size is reached (ulimit -f); what was kept before is safe";
    default:
        return NULL;
    }
}
