/* Boot, from the first C instruction to the first process: a table of contents of the kernel. */
#include "block.h"
#include "board.h"
#include "fs.h"
#include "memory-map.h"
#include "pages.h"
#include "paging.h"
#include "platform.h"
#include "print.h"
#include "process.h"
#include "timer.h"

void kernel_main(u64 hart, paddr tree) {
  board_read((const void *)(DIRECT_MAP + tree), hart);
  platform.start();
  print("worldswitch guest kernel (%s)\n", platform.name);
  print("memory %lu MiB, timebase %lu Hz\n", board.memory_size >> 20, board.timebase);
  pages_start();
  paging_start();
  block_start();
  if (!block_sectors()) panic("no disk: attach one to a virtio-mmio slot or load it as initrd");
  fs_start();
  print("disk %lu sectors, %u blocks of files\n", block_sectors(), superblock.blocks);
  process_start_first("/bin/init");
  timer_start();
  scheduler_loop();
}
