/* Copies memory to where it is not aligned alike, and hashes it by multiplications of 64 bits. */
#include "../runtime/program.h"

#define WORDS 32768
#define PASSES 12

const char program_name[] = "hash";

static u64 from[WORDS], to[WORDS + 1];

static inline u64 rotated(u64 value, u64 by) { return value << by | value >> (64 - by); }

/* Shifts every word by `bytes` (1 to 7) on its way. */
static void copy_shifted(u64 bytes) {
  u64 shift = 8 * bytes, carried = 0;
  for (u64 i = 0; i < WORDS; i++) {
    to[i] = from[i] << shift | carried;
    carried = from[i] >> (64 - shift);
  }
  to[WORDS] = carried;
}

static u64 hash(u64 seed) {
  u64 lanes[4] = {seed, seed + 1, seed + 2, seed + 3};
  for (u64 i = 0; i < WORDS; i += 4)
    for (u64 lane = 0; lane < 4; lane++)
      lanes[lane] = rotated(lanes[lane] + to[i + lane] * 0xc2b2ae3d27d4eb4fUL, 31) * 0x9e3779b185ebca87UL;
  return rotated(lanes[0], 1) + rotated(lanes[1], 7) + rotated(lanes[2], 12) + rotated(lanes[3], 18) + to[WORDS];
}

u64 run_round(void) {
  u64 seed = 6, sum = CHECKSUM_START;
  for (u64 i = 0; i < WORDS; i++) from[i] = next_random(&seed);
  for (u64 pass = 0; pass < PASSES; pass++) {
    copy_shifted(1 + pass % 7);
    sum = hash(sum);
  }
  return mix(sum, 0);
}
