/* What exits cost: differences between runs with more and with fewer of them. */
#include <asm/fcntl.h>
#include <linux/perf_event.h>
#include "../../runtime/system.h"
#include "../../runtime/text.h"
#include "check.h"

#define FEW 200UL
#define MANY 1200UL

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

static void count(i64 counter, const char *name, enum guest_case number) {
  cost_of(counter, number, FEW);
  struct cost few = cost_of(counter, number, FEW), many = cost_of(counter, number, MANY);
  print("count %s exits=%u", name, MANY - FEW);
  if (counter >= 0) print(" instructions=%d", (i64)(many.instructions - few.instructions));
  print(" ticks=%d\n", (i64)(many.ticks - few.ticks));
}

void print_counts(void) {
  i64 counter = open_counter();
  if (counter < 0) print("no counter of instructions (error %d): ticks of the machine's clock only\n", -counter);
  count(counter, "mmio-read", CASE_COUNT_READS);
  count(counter, "sbi-kernel", CASE_COUNT_SBI_KERNEL);
  count(counter, "sbi-program", CASE_COUNT_SBI_PROGRAM);
  if (counter >= 0) system(close, counter);
}
