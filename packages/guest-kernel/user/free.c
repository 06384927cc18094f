/* free: memory that is not in use, in KiB. Depends on what has run. */
#include "library.h"

int main(void) {
  print("%lu KiB free\n", (u64)free_pages() * 4);
  return 0;
}
