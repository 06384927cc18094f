/* Formatted output to the console, and the end of the world. */
#pragma once

#include "types.h"

/** Formats %c %s %d %u %x with optional width, zero padding, `-` and `l` into `put`. Shared with user programs. */
void format(void (*put)(char c, void *context), void *context, const char *pattern, va_list arguments);

void print(const char *pattern, ...) __attribute__((format(printf, 1, 2)));
void panic(const char *pattern, ...) __attribute__((format(printf, 1, 2), noreturn));
