/* Asks whether there is an extension that there is not: whoever is right below knows. */
#include "operations.h"
#include "program.h"
#include "sbi.h"

const char program_name[] = "call";

#define BASE 0x10
#define PROBE_EXTENSION 3
#define NOBODYS 0x09ffffff

u64 run_round(void) {
  u64 right = 0;
  for (u64 i = 0; i < OPERATIONS_CALL; i++) right += sbi(BASE, PROBE_EXTENSION, NOBODYS) == 0;
  return right;
}
