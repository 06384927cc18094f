/* Writes and reads a register of the PLIC: the priority of its first source, 3 bits. */
#include "operations.h"
#include "program.h"

const char program_name[] = "device";

#define PRIORITY ((volatile u32 *)0xc000004)

u64 run_round(void) {
  u64 right = 0;
  for (u64 i = 0; i < OPERATIONS_DEVICE; i += 2) {
    *PRIORITY = (u32)(i >> 1 & 7);
    right += 2 * (*PRIORITY == (i >> 1 & 7));
  }
  *PRIORITY = 0;
  return right;
}
