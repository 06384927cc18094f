/*
 * Reads and writes of device registers for the device workloads. Every value read goes into the checksum. This file
 * is also compiled for the build host, against a model of the two registers, to predict the result.
 */
#include "abi.h"
#include "platform.h"

#define READS_PER_WRITE 16
#define PRIORITIES 7
#define PRIORITY_AFTERWARDS 1

static u64 mix(u64 sum, u64 value) { return (sum ^ value) * 0x100000001b3UL; }

u64 device_operation(enum device_operation operation, u64 count, u64 seed) {
  u64 sum = seed;
  for (u64 i = 0; i < count; i++) {
    if (operation == DEVICE_PRIORITY) {
      if (i % READS_PER_WRITE == 0) platform.register_write(REGISTER_PRIORITY, 1 + (u32)((seed + i / READS_PER_WRITE) % PRIORITIES));
      sum = mix(sum, platform.register_read(REGISTER_PRIORITY));
    } else {
      platform.register_write(REGISTER_SCRATCH, (u32)(sum >> 24) & 0xff);
      sum = mix(sum, platform.register_read(REGISTER_SCRATCH));
    }
  }
  if (operation == DEVICE_PRIORITY) platform.register_write(REGISTER_PRIORITY, PRIORITY_AFTERWARDS);
  return sum;
}
