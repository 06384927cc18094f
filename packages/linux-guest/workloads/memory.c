/* A pointer chase over 4 MiB in an order that misses the TLB, then sums in order. */
#include "workload.h"

#define PAGES 1024
#define WORDS 512

u64 run_memory(u64 operations) {
  u64 *words = (u64 *)map_memory(PAGES * WORDS * 8, MAP_PRIVATE);
  if (is_error((i64)words)) return (u64)words;
  /* One cycle through all pages and, page by page, another word each time. */
  for (u64 i = 0; i < PAGES * WORDS; i++) {
    u64 page = (i % PAGES * 389 + 1) % PAGES, next = ((i + 1) % PAGES * 389 + 1) % PAGES;
    u64 word = i / PAGES, next_word = (i + 1) / PAGES % WORDS;
    words[page * WORDS + (word * 73 + page) % WORDS] = next * WORDS + (next_word * 73 + next) % WORDS;
  }
  u64 at = WORDS + 1, sum = CHECKSUM_START;
  for (u64 i = 0; i < operations; i++) sum += (at = words[at]) ^ i;
  sum = mix(sum, at);
  for (u64 stride = 1; stride <= 4; stride *= 2)
    for (u64 i = 0; i < PAGES * WORDS; i += stride) sum += words[i] * stride;
  system(munmap, words, PAGES * WORDS * 8);
  return mix(sum, operations);
}
