#include "block.h"
#include "abi.h"
#include "board.h"
#include "pages.h"
#include "process.h"
#include "string.h"

#define SECTOR 512UL

static struct wait_queue waiting;
static bool in_memory;

void block_start(void) { in_memory = !platform.block_sectors() && board.initrd_end > board.initrd_start; }

u64 block_sectors(void) {
  return in_memory ? (board.initrd_end - board.initrd_start) / SECTOR : platform.block_sectors();
}

void block_completed(struct block_request *request) {
  request->done = true;
  wake_all(&waiting);
}

/* While the kernel starts there is no other process to run. */
static void wait(void) {
  if (current->id) wait_on(&waiting, false);
  else platform.block_wait();
}

i64 block_transfer(u64 sector, void *memory, u32 bytes, bool write) {
  u64 sectors = block_sectors();
  if (sector > sectors || bytes / SECTOR > sectors - sector) return -EIO;
  if (in_memory) {
    void *disk = mapped(board.initrd_start + sector * SECTOR);
    memcpy(write ? disk : memory, write ? memory : disk, bytes);
    return 0;
  }
  struct block_request request = {.sector = sector, .address = physical(memory), .bytes = bytes, .write = write};
  with_interrupts_disabled {
    while (!platform.block_start(&request)) wait();
    while (!request.done) wait();
  }
  return request.failed ? -EIO : 0;
}
