/* The few functions of string.h that the kernel, the user library and the compiler itself need. */
#pragma once

#include "types.h"

void *memcpy(void *restrict target, const void *restrict source, size_t length);
void *memmove(void *target, const void *source, size_t length);
void *memset(void *target, int value, size_t length);
int memcmp(const void *left, const void *right, size_t length);
size_t strlen(const char *text);
int strcmp(const char *left, const char *right);
int strncmp(const char *left, const char *right, size_t length);
char *strchr(const char *text, int c);
/** Copies at most `size - 1` characters and always terminates. Returns the length of `source`. */
size_t strlcpy(char *target, const char *source, size_t size);
