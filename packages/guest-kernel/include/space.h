/* Address spaces of processes: which regions exist, and what a fault in them means. */
#pragma once

#include "types.h"

struct inode;

/** Pages [start, end) with one protection. Bytes below `file_end` come from `file`, the rest starts as zeros. */
struct region {
  u64 start, end;
  u32 protection;
  struct inode *file;
  u64 file_offset; /* of `start` */
  u64 file_end;    /* a virtual address */
};

#define REGIONS_MAX 64

struct space {
  u64 *root;
  u64 asid, asid_generation;
  u64 heap_start, heap_end;
  u32 resident_pages;
  u32 region_count;
  struct region regions[REGIONS_MAX]; /* sorted, disjoint */
};

enum access { ACCESS_READ = 1, ACCESS_WRITE = 2, ACCESS_EXECUTE = 4 }; /* the bits of PROT_ */

struct space *space_create(void);
void space_destroy(struct space *space);
/** A copy for fork: pages are shared and copied when either side writes. NULL: out of memory. */
struct space *space_copy(struct space *space);
/** Makes it the current one; NULL is the kernel's own. */
void space_enter(struct space *space);

/** Errors are negative. A region must not overlap another one. */
i64 space_map(struct space *space, struct region region);
i64 space_unmap(struct space *space, u64 start, u64 end);
i64 space_protect(struct space *space, u64 start, u64 end, u32 protection);
/** Highest free address range of `length` bytes below USER_MMAP_TOP; 0 if there is none. */
u64 space_find(struct space *space, u64 length);
i64 space_set_heap(struct space *space, u64 end);
const struct region *space_region(const struct space *space, u64 address);

/** Makes one page accessible: demand paging, copy on write, accessed and dirty bits. Negative: not allowed. */
i64 space_fault(struct space *space, u64 address, enum access access);
/** Installs a page that the caller allocated. */
i64 space_install(struct space *space, u64 address, void *page);
void space_flush_page(const struct space *space, u64 address);
void space_flush(const struct space *space);
