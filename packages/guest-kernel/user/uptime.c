#include "library.h"

int main(void) {
  i64 milliseconds = uptime();
  print("%lu.%03lu s, %lu ticks\n", (u64)milliseconds / 1000, (u64)milliseconds % 1000, (u64)ticks());
  return 0;
}
