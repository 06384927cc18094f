/* Runs one round on the computer that builds, and prints its checksum: what the guest must print. */
#include "../runtime/program.h"

int printf(const char *pattern, ...);

int main(void) {
  printf("%016lx\n", run_round());
  return 0;
}
