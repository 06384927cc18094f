/* Workloads about devices. */
#include "workload.h"

u64 run_mmio(u64 operations) { return device(DEVICE_PRIORITY, operations, 3); }
u64 run_port_io(u64 operations) { return device(DEVICE_SCRATCH, operations, CHECKSUM_START); }

#define BLOCK 4096UL
#define DISK_BLOCKS 384UL

static void fill(u64 *block, u64 seed) {
  u64 state = seed * 2 + 1;
  for (u64 i = 0; i < BLOCK / 8; i++) block[i] = (state = state * 6364136223846793005UL + 1);
}

static u64 sum_of(u64 sum, const u64 *block) {
  for (u64 i = 0; i < BLOCK / 8; i += 4) sum = mix(sum, block[i] ^ block[i + 1] ^ block[i + 2] ^ block[i + 3]);
  return sum;
}

/* Every block is written, and all are read back in another order. */
static u64 write_and_read(u64 operations, u32 flags) {
  u64 sum = CHECKSUM_START, blocks = operations / 2;
  u64 *block = mmap(BLOCK, PROT_READ | PROT_WRITE);
  i64 disk = open("/dev/disk", O_READ | O_WRITE | flags);
  if (!block || disk < 0) return 0;
  for (u64 start = 0; start < blocks; start += DISK_BLOCKS) {
    u64 count = min_of(DISK_BLOCKS, blocks - start);
    for (u64 i = 0; i < count; i++) {
      fill(block, start + i);
      lseek(disk, (i64)(i * BLOCK), SEEK_SET);
      sum = mix(sum, (u64)write(disk, block, BLOCK));
    }
    for (u64 i = 0; i < count; i++) {
      lseek(disk, (i64)((i * 5 % count) * BLOCK), SEEK_SET);
      sum = mix(sum, (u64)read(disk, block, BLOCK));
      sum = sum_of(sum, block);
    }
  }
  close(disk);
  munmap(block, BLOCK);
  return sum;
}

u64 run_block_direct(u64 operations) { return write_and_read(operations, O_DIRECT); }
u64 run_block_cached(u64 operations) { return write_and_read(operations, 0); }
