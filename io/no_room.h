/*
 * no_room.h - which errors of a file are want of room, in a sentence.
 *
 * Pure; any thread.
 */
#ifndef IO_NO_ROOM_H
#define IO_NO_ROOM_H

/* What is to be said of an errno, behind a file's name and a colon; NULL: it is something else. */
const char *no_room_fault(int cause);

#endif
