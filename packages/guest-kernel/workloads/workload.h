/*
 * Workloads: each is one function that does a fixed amount of work per unit of scale and returns a checksum of all
 * that it saw. The same files are compiled for the build host (tools/host), which predicts the checksums.
 */
#pragma once

#include "calls.h"
#include "string.h"

struct workload {
  const char *name;
  const char *title;
  const char *stresses;
  const char *unit;
  u64 operations; /* per unit of scale */
  u64 (*run)(u64 operations);
};

/** Scales 1 .. SCALE_MAX have predicted checksums. */
#define SCALE_MAX 8

#define WORKLOAD(function, ...) u64 function(u64 operations);
#include "workloads.def"
#undef WORKLOAD

extern const struct workload workloads[];
extern const u32 workload_count;

#define CHECKSUM_START 0xcbf29ce484222325UL

static inline u64 mix(u64 sum, u64 value) {
  sum = (sum ^ value) * 0x9e3779b97f4a7c15UL;
  return sum ^ sum >> 29;
}

static inline u64 mix_bytes(u64 sum, const void *bytes, u64 length) {
  const u8 *at = bytes;
  for (u64 i = 0; i < length; i++) sum = (sum ^ at[i]) * 0x100000001b3UL;
  return sum;
}

/** A repeatable sequence of numbers (xorshift64). */
static inline u64 next_random(u64 *state) {
  *state ^= *state << 13;
  *state ^= *state >> 7;
  return *state ^= *state << 17;
}
