/* What every workload uses. A checksum must not depend on speed, addresses, process ids or the scheduler. */
#pragma once
#include "../runtime/system.h"
#include "../runtime/text.h"

#define CHECKSUM_START 0xcbf29ce484222325UL

/* Takes a value into a checksum. */
static inline u64 mix(u64 sum, u64 value) {
  sum = (sum ^ value) * 0x9e3779b97f4a7c15UL;
  return sum ^ (sum >> 29);
}

/* The next number of a sequence that the seed determines. */
static inline u64 next_random(u64 *seed) {
  *seed += 0x9e3779b97f4a7c15UL;
  u64 z = *seed;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9UL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebUL;
  return z ^ (z >> 31);
}

/* Does `operations` operations; the checksum covers everything that could go wrong. */
typedef u64 workload_function(u64 operations);

#define WORKLOAD(function, name, title, stresses, unit, operations) workload_function function;
#include "workloads.def"
#undef WORKLOAD

/* Block device that `disk` may overwrite, or NULL. */
extern const char *disk_path;
