/* Asks for the version of the SBI: the firmware in M-mode knows, so a hypervisor in between hands the call on. */
#include "operations.h"
#include "program.h"
#include "sbi.h"

const char program_name[] = "firmware";

#define BASE 0x10
#define SPECIFICATION_VERSION 0
#define LEAST 0x1000000

u64 run_round(void) {
  u64 right = 0;
  for (u64 i = 0; i < OPERATIONS_FIRMWARE; i++) right += sbi(BASE, SPECIFICATION_VERSION, 0) >= LEAST;
  return right;
}
