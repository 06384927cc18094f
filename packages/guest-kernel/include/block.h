/* The disk: a virtio device, or an image in memory that the boot loader left (initrd). */
#pragma once

#include "types.h"

void block_start(void);
/** In 512-byte sectors; 0: no disk. */
u64 block_sectors(void);
/** One transfer of physically contiguous memory; waits. 0 or an error. */
i64 block_transfer(u64 sector, void *memory, u32 bytes, bool write);

/* cache.c: blocks of BLOCK_SIZE, written back when evicted or by cache_sync. The caller holds the file-system lock. */
void *cache_read(u32 block);            /* NULL: I/O error. Valid until the next cache call */
void *cache_zeroed(u32 block);          /* contents do not matter: not read from the disk */
void cache_dirty(u32 block);            /* the block just returned was changed */
void cache_forget(u32 block);           /* writes back if needed: direct I/O is about to happen */
i64 cache_sync(void);
