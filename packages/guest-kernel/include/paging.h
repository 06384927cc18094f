/* Sv39 page tables (Privileged ISA, "Sv39: Page-Based 39-bit Virtual-Memory System"). */
#pragma once

#include "types.h"

enum {
  ENTRY_VALID = 1 << 0,
  ENTRY_READ = 1 << 1,
  ENTRY_WRITE = 1 << 2,
  ENTRY_EXECUTE = 1 << 3,
  ENTRY_USER = 1 << 4,
  ENTRY_GLOBAL = 1 << 5,
  ENTRY_ACCESSED = 1 << 6,
  ENTRY_DIRTY = 1 << 7,
  ENTRY_KEPT = 1 << 8, /* for software: not valid, but still owns its page (no access at all) */
};

#define entry_address(entry) ((entry) >> 10 << PAGE_SHIFT)
#define entry_make(address, flags) ((u64)(address) >> PAGE_SHIFT << 10 | (flags))

/** Root of the kernel's own address space; its upper half is copied into every other root. */
extern u64 *kernel_root;

/** Builds and enters the final kernel address space. */
void paging_start(void);
/** Maps a kernel page; tables are made as needed. */
void kernel_map_page(u64 address, paddr target, u64 flags);

/** A root with the kernel's half filled in, or NULL. */
u64 *root_create(void);
/** Releases every page and table of the user half, then the root. The caller flushes. */
void root_destroy(u64 *root);
/** The level-0 entry of a user address; with `create`, tables are made. NULL: no table, or no memory for one. */
u64 *user_entry(u64 *root, u64 address, bool create);
/** The next level-0 entry in use from *address on and below `end`; moves *address there. NULL: there is none. */
u64 *user_entry_next(u64 *root, u64 *address, u64 end);
