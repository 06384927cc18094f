/* Inodes, their blocks, and the bitmap of free blocks. */
#include "block.h"
#include "fs.h"
#include "print.h"
#include "string.h"
#include "user-memory.h"

#define INODES_IN_MEMORY 96
#define BITMAP_BLOCK 1

struct lock fs_lock;
struct superblock superblock;

static struct inode inodes[INODES_IN_MEMORY];
static u32 block_hint;

void fs_start(void) {
  const struct superblock *found = cache_read(0);
  if (!found || found->magic != DISK_MAGIC) panic("no file system on the disk");
  superblock = *found;
  block_hint = superblock.data_start;
}

static u32 inode_block_of(u32 number) { return superblock.inode_start + number / INODES_PER_BLOCK; }

static struct disk_inode *on_disk(u32 number) {
  struct disk_inode *table = cache_read(inode_block_of(number));
  return table ? &table[number % INODES_PER_BLOCK] : NULL;
}

/* An unused slot still holds the inode that it held last: reopening a file finds it here. */
struct inode *inode_get(u32 number) {
  struct inode *unused = NULL;
  for (struct inode *inode = inodes; inode < inodes + INODES_IN_MEMORY; inode++) {
    if (inode->number == number) return inode_share(inode);
    if (!inode->references && (!unused || !inode->number)) unused = inode;
  }
  const struct disk_inode *disk = number && number < superblock.inode_count ? on_disk(number) : NULL;
  if (!unused || !disk) return NULL;
  *unused = (struct inode){.number = number, .references = 1, .disk = *disk};
  return unused;
}

struct inode *inode_share(struct inode *inode) {
  inode->references++;
  return inode;
}

i64 inode_save(struct inode *inode) {
  struct disk_inode *disk = on_disk(inode->number);
  if (!disk) return -EIO;
  *disk = inode->disk;
  cache_dirty(inode_block_of(inode->number));
  return 0;
}

struct inode *inode_create(u16 type) {
  for (u32 number = ROOT_INODE + 1; number < superblock.inode_count; number++) {
    const struct disk_inode *disk = on_disk(number);
    if (!disk) return NULL;
    if (disk->type != TYPE_FREE) continue;
    struct inode *inode = inode_get(number);
    if (!inode) return NULL;
    inode->disk = (struct disk_inode){.type = type};
    inode_save(inode);
    return inode;
  }
  return NULL;
}

void inode_put_locked(struct inode *inode) {
  if (inode->references == 1 && !inode->disk.links) {
    inode_truncate(inode);
    inode->disk.type = TYPE_FREE;
    inode_save(inode);
  }
  inode->references--;
}

void inode_put(struct inode *inode) {
  if (inode->references > 1) {
    inode->references--;
    return;
  }
  lock_acquire(&fs_lock);
  inode_put_locked(inode);
  lock_release(&fs_lock);
}

/* 0: the disk is full. */
static u32 block_alloc(void) {
  u8 *bitmap = cache_read(BITMAP_BLOCK);
  u32 span = superblock.blocks - superblock.data_start;
  for (u32 i = 0; bitmap && i < span; i++) {
    u32 block = superblock.data_start + (block_hint - superblock.data_start + i) % span;
    if (bitmap[block / 8] & 1 << block % 8) continue;
    bitmap[block / 8] |= (u8)(1 << block % 8);
    cache_dirty(BITMAP_BLOCK);
    block_hint = block + 1;
    return cache_zeroed(block) ? block : 0;
  }
  return 0;
}

static void block_free(u32 block) {
  u8 *bitmap = cache_read(BITMAP_BLOCK);
  if (!block || !bitmap) return;
  bitmap[block / 8] &= (u8) ~(1 << block % 8);
  cache_dirty(BITMAP_BLOCK);
  if (block < block_hint) block_hint = block;
}

/* The disk block of a file's block; with `create`, a hole is filled. 0: a hole, or no space. */
static u32 file_block(struct inode *inode, u32 index, bool create) {
  if (index < DIRECT_BLOCKS) {
    u32 *slot = &inode->disk.direct[index];
    if (!*slot && create) *slot = block_alloc();
    return *slot;
  }
  index -= DIRECT_BLOCKS;
  if (!inode->disk.indirect && create) inode->disk.indirect = block_alloc();
  if (!inode->disk.indirect) return 0;
  const u32 *table = cache_read(inode->disk.indirect);
  u32 block = table ? table[index] : 0;
  if (block || !create || !table) return block;
  block = block_alloc();
  u32 *changed = cache_read(inode->disk.indirect);
  if (!block || !changed) return 0;
  changed[index] = block;
  cache_dirty(inode->disk.indirect);
  return block;
}

i64 inode_read(struct inode *inode, u64 offset, void *buffer, u64 length) {
  if (offset >= inode->disk.size) return 0;
  length = min_of(length, inode->disk.size - offset);
  for (u64 done = 0; done < length;) {
    u64 at = offset + done, part = min_of(BLOCK_SIZE - at % BLOCK_SIZE, length - done);
    u32 block = file_block(inode, (u32)(at / BLOCK_SIZE), false);
    static const u8 hole[BLOCK_SIZE];
    const u8 *data = block ? cache_read(block) : hole;
    if (!data) return -EIO;
    memory_move((u8 *)buffer + done, data + at % BLOCK_SIZE, part);
    done += part;
  }
  return (i64)length;
}

i64 inode_write(struct inode *inode, u64 offset, const void *buffer, u64 length) {
  if (offset > FILE_BLOCKS_MAX * BLOCK_SIZE || length > FILE_BLOCKS_MAX * BLOCK_SIZE - offset) return -EFBIG;
  u64 done = 0;
  i64 error = 0;
  while (done < length) {
    u64 at = offset + done, part = min_of(BLOCK_SIZE - at % BLOCK_SIZE, length - done);
    u32 block = file_block(inode, (u32)(at / BLOCK_SIZE), true);
    u8 *data = block ? cache_read(block) : NULL;
    if (!data) {
      error = block ? -EIO : -ENOSPC;
      break;
    }
    memory_move(data + at % BLOCK_SIZE, (const u8 *)buffer + done, part);
    cache_dirty(block);
    done += part;
  }
  if (offset + done > inode->disk.size) inode->disk.size = (u32)(offset + done);
  inode_save(inode);
  return done ? (i64)done : error;
}

void inode_truncate(struct inode *inode) {
  if (inode->disk.type == TYPE_DEVICE) return;
  for (u32 i = 0; i < DIRECT_BLOCKS; i++) {
    block_free(inode->disk.direct[i]);
    inode->disk.direct[i] = 0;
  }
  for (u32 i = 0; inode->disk.indirect && i < INDIRECT_BLOCKS; i++) {
    const u32 *table = cache_read(inode->disk.indirect);
    if (table && table[i]) block_free(table[i]);
  }
  block_free(inode->disk.indirect);
  inode->disk.indirect = inode->disk.size = 0;
  inode_save(inode);
}

i64 inode_page(struct inode *inode, u64 offset, void *page, u64 length) {
  lock_acquire(&fs_lock);
  i64 result = inode_read(inode, offset, page, length);
  lock_release(&fs_lock);
  return result;
}
