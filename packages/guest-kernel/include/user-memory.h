/*
 * Access to the current process's memory. `user_prepare` makes a range accessible or fails; afterwards memory_move
 * reaches it: an address in the lower half is the user's and is touched with SUM set, any other is the kernel's.
 */
#pragma once

#include "space.h"

i64 user_prepare(u64 address, u64 length, enum access access);
void memory_move(void *target, const void *source, u64 length);
/** user_prepare and memory_move in one. */
i64 user_read(void *target, u64 address, u64 length);
i64 user_write(u64 address, const void *source, u64 length);
/** Copies a terminated string of at most `size` bytes; its length or an error. */
i64 user_read_string(char *target, u64 address, u64 size);
