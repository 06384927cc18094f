/* Files: in memory under /tmp, and a disk that may be overwritten. */
#include "workload.h"
#include <asm/fcntl.h>

#define BLOCK 4096

static u64 sum_of(const u64 *words, u64 count) {
  u64 sum = CHECKSUM_START;
  for (u64 i = 0; i < count; i += 8) sum = mix(sum, words[i]);
  return sum;
}

u64 run_files(u64 operations) {
  static u64 block[BLOCK / 8];
  u64 sum = mix(CHECKSUM_START, (u64)system(mkdirat, AT_FDCWD, "/tmp/bench", 0700));
  for (u64 i = 0; i < operations; i++) {
    i64 file = system(openat, AT_FDCWD, "/tmp/bench/new", O_CREAT | O_EXCL | O_RDWR, 0600);
    if (file < 0) return (u64)file;
    u64 seed = i;
    for (u64 part = 0; part < 4; part++) {
      for (u64 word = 0; word < COUNT(block); word += 8) block[word] = next_random(&seed);
      sum = mix(sum, (u64)system(write, file, block, BLOCK));
    }
    sum = mix(sum, (u64)system(renameat2, AT_FDCWD, "/tmp/bench/new", AT_FDCWD, "/tmp/bench/old", 0));
    sum = mix(sum, (u64)system(openat, AT_FDCWD, "/tmp/bench/new", O_RDONLY));
    sum = mix(sum, (u64)system(lseek, file, BLOCK, 0));
    for (u64 part = 1; part < 4; part++) {
      sum = mix(sum, (u64)system(read, file, block, BLOCK));
      sum = mix(sum, sum_of(block, COUNT(block)));
    }
    sum = mix(sum, (u64)system(read, file, block, BLOCK));
    sum = mix(sum, (u64)system(close, file));
    sum = mix(sum, (u64)system(unlinkat, AT_FDCWD, "/tmp/bench/old", 0));
  }
  return mix(sum, (u64)system(unlinkat, AT_FDCWD, "/tmp/bench", 0x200));
}

const char *disk_path;

u64 run_disk(u64 operations) {
  i64 disk = system(openat, AT_FDCWD, disk_path, O_RDWR | O_DIRECT);
  u64 *block = (u64 *)map_memory(BLOCK, MAP_PRIVATE);
  if (disk < 0) return (u64)disk;
  if (is_error((i64)block)) return (u64)block;
  u64 sum = CHECKSUM_START;
  for (u64 i = 0; i < operations; i++) {
    u64 at = i * 37 % operations, seed = at;
    for (u64 word = 0; word < BLOCK / 8; word++) block[word] = next_random(&seed);
    sum = mix(sum, (u64)system(pwrite64, disk, block, BLOCK, at * BLOCK));
  }
  sum = mix(sum, (u64)system(fsync, disk));
  for (u64 i = 0; i < operations; i++) {
    sum = mix(sum, (u64)system(pread64, disk, block, BLOCK, i * BLOCK));
    sum = mix(sum, sum_of(block, BLOCK / 8));
  }
  system(munmap, block, BLOCK);
  return mix(sum, (u64)system(close, disk));
}
