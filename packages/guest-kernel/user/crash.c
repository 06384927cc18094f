/* crash read|write|execute|text|stack|illegal: does what a process must not do. */
#include "library.h"

static u32 data[4] = {0x00008067}; /* ret */

static int deeper(int depth) {
  volatile char page[4096];
  page[0] = (char)depth;
  return depth == 1000 ? 0 : deeper(depth + 1) + page[0];
}

int main(int count, char **arguments) {
  const char *how = count > 1 ? arguments[1] : "read";
  volatile u64 *kernel = (u64 *)0xffffffc080200000UL;
  if (!strcmp(how, "read")) return (int)*kernel;
  if (!strcmp(how, "write")) *kernel = 1;
  if (!strcmp(how, "execute")) ((void (*)(void))data)();
  if (!strcmp(how, "text")) *(volatile u64 *)main = 1;
  if (!strcmp(how, "stack")) return deeper(0);
  if (!strcmp(how, "illegal")) __asm__ volatile("csrr zero, sstatus");
  return 0;
}
