/* Walks over more pages than a TLB holds. */
#include "workload.h"

#define PAGES 1024UL
#define LINE 64UL
#define LINES_PER_PAGE (PAGE_SIZE / LINE)
#define STEPS_PER_PASS 100000UL

/* Page `page` holds its link in a line of its own, so that a chase does not stay in one cache set. */
static u32 *link_of(u8 *memory, u64 page) {
  return (u32 *)(memory + page * PAGE_SIZE + page * 7 % LINES_PER_PAGE * LINE);
}

/* One cycle through all pages in random order (Sattolo's shuffle). */
static void make_cycle(u8 *memory) {
  u64 random = 0x853c49e6748fea9bUL;
  for (u64 page = 0; page < PAGES; page++) *link_of(memory, page) = (u32)page;
  for (u64 i = PAGES - 1; i > 0; i--) {
    u64 j = next_random(&random) % i;
    u32 swapped = *link_of(memory, i);
    *link_of(memory, i) = *link_of(memory, j);
    *link_of(memory, j) = swapped;
  }
}

u64 run_memory(u64 operations) {
  u8 *memory = mmap(PAGES * PAGE_SIZE, PROT_READ | PROT_WRITE);
  if (!memory) return 0;
  make_cycle(memory);
  u64 sum = CHECKSUM_START, at = 0;
  for (u64 step = 0; step < operations; step++) {
    at = *link_of(memory, at);
    sum += at ^ step;
    if (step % STEPS_PER_PASS) continue;
    for (u64 offset = 0; offset < PAGES * PAGE_SIZE; offset += LINE) sum = mix(sum, *(u32 *)(memory + offset));
  }
  munmap(memory, PAGES * PAGE_SIZE);
  return mix(sum, at);
}
