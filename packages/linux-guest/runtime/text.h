/* Memory, strings and lines of output. */
#pragma once
#include "types.h"

void *memcpy(void *to, const void *from, u64 count);
void *memset(void *to, int byte, u64 count);
int memcmp(const void *left, const void *right, u64 count);
u64 strlen(const char *text);
int same_text(const char *left, const char *right);
int starts_with(const char *text, const char *start);

/* Value of a decimal number, which must be all of the text; otherwise, and above a million, -1. */
i64 decimal(const char *text);

/* Writes one piece of output, whole: %s text, %d and %u decimal, %x hexadecimal, %X hexadecimal with 16 digits, %c.
   All numbers are 64 bits wide. */
void print(const char *format, ...);

/* Waits until the terminal has sent everything, so that whoever reads the console sees it before what comes next. */
void drain_output(void);
