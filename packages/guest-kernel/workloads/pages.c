/* Workloads about page tables. */
#include "workload.h"

#define PAGES 64UL

u64 run_page_fault(u64 operations) {
  u64 sum = CHECKSUM_START;
  for (u64 done = 0; done < operations; done += PAGES) {
    u8 *memory = mmap(PAGES * PAGE_SIZE, PROT_READ | PROT_WRITE);
    if (!memory) return 0;
    for (u64 page = 0; page < PAGES; page++) {
      volatile u64 *word = (volatile u64 *)(memory + page * PAGE_SIZE + page * 8);
      sum = mix(sum, *word); /* a fresh page is zero */
      *word = sum;
    }
    for (u64 page = 0; page < PAGES; page++) sum = mix(sum, *(u64 *)(memory + page * PAGE_SIZE + page * 8));
    if (munmap(memory, PAGES * PAGE_SIZE)) return 0;
  }
  return sum;
}

#define PROTECTED 16UL

u64 run_mprotect(u64 operations) {
  u64 sum = CHECKSUM_START, random = 0x2545f4914f6cdd1dUL;
  u8 *memory = mmap(PROTECTED * PAGE_SIZE, PROT_READ | PROT_WRITE);
  if (!memory) return 0;
  for (u64 page = 0; page < PROTECTED; page++) *(u64 *)(memory + page * PAGE_SIZE) = page;
  for (u64 i = 0; i < operations; i += 2) {
    u64 page = next_random(&random) % PROTECTED;
    volatile u64 *word = (volatile u64 *)(memory + page * PAGE_SIZE);
    i64 error = mprotect((void *)word, PAGE_SIZE, PROT_READ);
    sum = mix(sum, *word);
    error |= mprotect((void *)word, PAGE_SIZE, PROT_READ | PROT_WRITE);
    *word = sum + (u64)error;
  }
  for (u64 page = 0; page < PROTECTED; page++) sum = mix(sum, *(u64 *)(memory + page * PAGE_SIZE));
  munmap(memory, PROTECTED * PAGE_SIZE);
  return sum;
}
