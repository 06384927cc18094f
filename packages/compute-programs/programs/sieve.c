/* The sieve of Eratosthenes over bytes: stores at regular distances. */
#include "../runtime/program.h"

#define NUMBERS 400000

const char program_name[] = "sieve";

static u8 composite[NUMBERS];

u64 run_round(void) {
  u64 primes = 0, sum = 0;
  memset(composite, 0, NUMBERS);
  for (u64 number = 2; number < NUMBERS; number++) {
    if (composite[number]) continue;
    primes++;
    sum += number;
    for (u64 multiple = number * number; multiple < NUMBERS; multiple += number) composite[multiple] = 1;
  }
  return mix(mix(CHECKSUM_START, primes), sum);
}
