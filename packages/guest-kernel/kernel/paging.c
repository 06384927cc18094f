#include "paging.h"
#include "board.h"
#include "pages.h"
#include "platform.h"
#include "print.h"

extern char kernel_start[], text_end[], constants_end[];

#define ENTRIES 512
#define KERNEL_HALF 256
#define LEVELS 3
#define level_shift(level) (PAGE_SHIFT + 9 * (level))
#define index_at(address, level) ((address) >> level_shift(level) & (ENTRIES - 1))

#define KERNEL_FLAGS (ENTRY_VALID | ENTRY_GLOBAL | ENTRY_ACCESSED)
#define KERNEL_CODE (KERNEL_FLAGS | ENTRY_READ | ENTRY_EXECUTE)
#define KERNEL_CONSTANTS (KERNEL_FLAGS | ENTRY_READ)
#define KERNEL_DATA (KERNEL_FLAGS | ENTRY_READ | ENTRY_WRITE | ENTRY_DIRTY)

u64 *kernel_root;

static u64 *table_at(u64 entry) { return mapped(entry_address(entry)); }

/* The entry of `address` at `level`, walking down from the root. */
static u64 *walk(u64 *table, u64 address, int level, bool create) {
  for (int at = LEVELS - 1; at > level; at--) {
    u64 *entry = &table[index_at(address, at)];
    if (!(*entry & ENTRY_VALID)) {
      u64 *next = create ? page_alloc_zeroed() : NULL;
      if (!next) return NULL;
      platform.entry_write(entry, entry_make(physical(next), ENTRY_VALID));
    }
    table = table_at(*entry);
  }
  return &table[index_at(address, level)];
}

u64 *user_entry(u64 *root, u64 address, bool create) { return walk(root, address, 0, create); }

/* Where there is no table, a whole table's reach is skipped: a large empty region costs little. */
u64 *user_entry_next(u64 *root, u64 *address, u64 end) {
  for (u64 at = *address; at < end;) {
    u64 *table = root;
    int level = LEVELS - 1;
    for (; level && table[index_at(at, level)] & ENTRY_VALID; level--) table = table_at(table[index_at(at, level)]);
    if (!level && table[index_at(at, 0)]) {
      *address = at;
      return &table[index_at(at, 0)];
    }
    at = ((at >> level_shift(level)) + 1) << level_shift(level);
  }
  return NULL;
}

void kernel_map_page(u64 address, paddr target, u64 flags) {
  u64 *entry = walk(kernel_root, address, 0, true);
  if (!entry) panic("no memory for kernel page tables");
  platform.entry_write(entry, entry_make(target, flags | KERNEL_FLAGS));
}

/* Part of the direct map, with 2 MiB pages where both ends allow. */
static void map_direct(paddr start, paddr end, u64 flags) {
  for (paddr at = start; at < end;) {
    int level = at % (1UL << level_shift(1)) == 0 && end - at >= 1UL << level_shift(1);
    u64 *entry = walk(kernel_root, DIRECT_MAP + at, level, true);
    if (!entry) panic("no memory for kernel page tables");
    platform.entry_write(entry, entry_make(at, flags));
    at += 1UL << level_shift(level);
  }
}

static void map_device(const struct board_device *device) {
  if (device->base) map_direct(page_down(device->base), page_up(device->base + device->size), KERNEL_DATA);
}

void paging_start(void) {
  kernel_root = page_alloc_zeroed();
  map_direct(physical(kernel_start), physical(text_end), KERNEL_CODE);
  map_direct(physical(text_end), physical(constants_end), KERNEL_CONSTANTS);
  map_direct(physical(constants_end), page_down(board.memory_base + board.memory_size), KERNEL_DATA);
  map_device(&board.uart);
  map_device(&board.plic);
  for (u32 i = 0; i < board.virtio_count; i++) map_device(&board.virtio[i]);

  /* Tables for the stacks exist before the first root is copied, so that all roots share them. */
  if (!walk(kernel_root, KERNEL_STACKS, 0, true)) panic("no memory for kernel page tables");
  platform.space_switch(physical(kernel_root), 0);
  platform.flush_all();
}

u64 *root_create(void) {
  u64 *root = page_alloc_zeroed();
  if (!root) return NULL;
  for (int i = KERNEL_HALF; i < ENTRIES; i++)
    if (kernel_root[i]) platform.entry_write(&root[i], kernel_root[i]);
  return root;
}

static void table_destroy(u64 *table, int level) {
  for (int i = 0; i < (level == LEVELS - 1 ? KERNEL_HALF : ENTRIES); i++) {
    u64 entry = table[i];
    if (!entry) continue;
    if (level == 0) page_release(table_at(entry));
    else table_destroy(table_at(entry), level - 1);
  }
  page_release(table);
}

void root_destroy(u64 *root) { table_destroy(root, LEVELS - 1); }
