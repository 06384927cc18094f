#include "board.h"
#include "memory-map.h"
#include "platform.h"
#include "print.h"

void kernel_main(u64 hart, paddr tree) {
  board_read((const void *)(DIRECT_MAP + tree), hart);
  platform.start();
  print("worldswitch guest kernel (%s)\n", platform.name);
  print("memory %lu MiB, timebase %lu Hz\n", board.memory_size >> 20, board.timebase);
  platform.power_off(false);
}

void trap_handle(struct trap_frame *frame) { panic("trap at %lx", frame->pc); }
void console_input(char c) { (void)c; }
void block_completed(struct block_request *request) { request->done = true; }
