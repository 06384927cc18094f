/* The console, the command line and the way out. */
#pragma once
#include "types.h"

void print(const char *text);
/* 16 hexadecimal digits. */
void print_hex(u64 value);

/* The value of `name=NUMBER` on the command line in a flattened device tree; `otherwise` if there is none. */
u64 option(const void *tree, const char *name, u64 otherwise);

_Noreturn void power_off(int failed);
