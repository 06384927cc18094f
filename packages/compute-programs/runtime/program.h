/* What every program is made of, and what it may use. */
#pragma once
#include "types.h"

/* A program's name, and one round of its work: always the same, so always the same checksum. */
extern const char program_name[];
u64 run_round(void);

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

/* A double as the 64 bits that it is made of. */
static inline u64 bits(double value) {
  union {
    double number;
    u64 pattern;
  } both = {value};
  return both.pattern;
}

void *memcpy(void *to, const void *from, u64 count);
void *memset(void *to, int byte, u64 count);
