/* What exits cost: differences between runs with more and with fewer of them. */
#include <asm/fcntl.h>
#include <linux/perf_event.h>
#include "../../runtime/system.h"
#include "../../runtime/text.h"
#include "check.h"

#define FEW 200UL
#define MANY 1200UL
#define TOUCHED_BYTES (MANY * 4096)

/* A counter of retired instructions, kernel and guest included, or a negative number where the machine has none. */
static i64 open_counter(void) {
  struct perf_event_attr attributes = {
      .type = PERF_TYPE_HARDWARE, .size = sizeof attributes, .config = PERF_COUNT_HW_INSTRUCTIONS};
  return system(perf_event_open, &attributes, 0, -1, -1, 0);
}

static u64 time_now(void) {
  u64 now;
  __asm__ volatile("rdtime %0" : "=r"(now));
  return now;
}

struct cost {
  u64 instructions, ticks;
};

static struct cost cost_of(i64 counter, enum guest_case number, u64 times) {
  prepare(&first, number, times);
  u64 before = 0, after = 0, start = time_now();
  if (counter >= 0) system(read, counter, &before, sizeof before);
  run(&first);
  if (counter >= 0) system(read, counter, &after, sizeof after);
  return (struct cost){after - before, time_now() - start};
}

/* Memory of the second slot, which the guest touches page by page. */
static u8 *touched;

/* Gives the slot new pages, which the second stage does not map: there at once, or with the first access. */
static void new_pages(int present) {
  int flags = MAP_PRIVATE | MAP_ANONYMOUS | 0x10 /* MAP_FIXED */ | (present ? 0x8000 /* MAP_POPULATE */ : 0);
  i64 at = system(mmap, touched, TOUCHED_BYTES, PROT_READ | PROT_WRITE, flags, -1, 0);
  if (at != (i64)touched) print("  mmap: error %d\n", -at);
}

static void new_present_pages(void) { new_pages(1); }
static void new_absent_pages(void) { new_pages(0); }
static void nothing(void) {}

static void count(i64 counter, const char *name, enum guest_case number, void (*before)(void)) {
  before();
  cost_of(counter, number, FEW);
  before();
  struct cost few = cost_of(counter, number, FEW);
  before();
  struct cost many = cost_of(counter, number, MANY);
  print("count %s exits=%u", name, MANY - FEW);
  if (counter >= 0) print(" instructions=%d", (i64)(many.instructions - few.instructions));
  print(" ticks=%d\n", (i64)(many.ticks - few.ticks));
}

void print_counts(void) {
  i64 counter = open_counter();
  if (counter < 0) print("no counter of instructions (error %d): ticks of the machine's clock only\n", -counter);
  count(counter, "mmio-read", CASE_COUNT_READS, nothing);
  count(counter, "sbi-kernel", CASE_COUNT_SBI_KERNEL, nothing);
  count(counter, "sbi-program", CASE_COUNT_SBI_PROGRAM, nothing);
  touched = map_memory(TOUCHED_BYTES, MAP_PRIVATE);
  set_slot(&vm, 1, 0, SECOND_SLOT, TOUCHED_BYTES, touched);
  count(counter, "page-present", CASE_COUNT_TOUCHES, new_present_pages);
  count(counter, "page-absent", CASE_COUNT_TOUCHES, new_absent_pages);
  set_slot(&vm, 1, 0, SECOND_SLOT, 0, touched);
  if (counter >= 0) system(close, counter);
}
