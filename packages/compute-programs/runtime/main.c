/* Runs the rounds that `rounds=N` on the command line asks for (one, if it does not), between two marks. */
#include "board.h"
#include "program.h"

_Noreturn void run_program(const void *tree) {
  u64 rounds = option(tree, "rounds", 1);
  print("@bench begin ");
  print(program_name);
  print("\n");
  u64 sum = rounds ? run_round() : 0;
  for (u64 round = 1; round < rounds; round++)
    if (run_round() != sum) sum = 0;
  print("@bench end ");
  print(program_name);
  print(" checksum=");
  print_hex(sum);
  print("\n");
  power_off(0);
}

_Noreturn void trapped(u64 cause, u64 pc, u64 value) {
  print("\n@bench trap ");
  print(program_name);
  print(" scause=");
  print_hex(cause);
  print(" sepc=");
  print_hex(pc);
  print(" stval=");
  print_hex(value);
  print("\n");
  power_off(1);
}
