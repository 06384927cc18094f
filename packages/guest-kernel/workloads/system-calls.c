#include "workload.h"

u64 run_null_call(u64 operations) {
  u64 sum = CHECKSUM_START;
  for (u64 i = 0; i < operations; i++) sum = mix(sum, (u64)null_call(i));
  return sum;
}

u64 run_getpid(u64 operations) {
  u64 sum = CHECKSUM_START;
  i64 self = getpid();
  for (u64 i = 0; i < operations; i++) sum = mix(sum, i + (getpid() == self));
  return sum;
}
