/* Device files. /dev/disk is the raw region of the disk: through the block cache, or past it with O_DIRECT. */
#include "block.h"
#include "file.h"
#include "pages.h"
#include "paging.h"
#include "process.h"
#include "string.h"

#define SECTORS_PER_BLOCK (BLOCK_SIZE / 512)

static i64 through_cache(u32 block, u64 skip, u64 buffer, u64 length, bool write) {
  u8 *data = cache_read(block);
  if (!data) return -EIO;
  if (write) {
    memory_move(data + skip, (const void *)buffer, length);
    cache_dirty(block);
  } else {
    memory_move((void *)buffer, data + skip, length);
  }
  return 0;
}

/* The device reads or writes the user's page itself. */
static i64 past_cache(u32 block, u64 buffer, bool write) {
  u64 *entry = user_entry(current->space->root, buffer, false);
  cache_forget(block);
  return block_transfer(block * SECTORS_PER_BLOCK, mapped(entry_address(*entry)), BLOCK_SIZE, write);
}

static i64 disk(struct open_file *file, u64 buffer, u64 length, bool write) {
  u64 size = superblock.raw_blocks * BLOCK_SIZE;
  bool direct = file->flags & O_DIRECT;
  if (direct && (buffer | length | file->position) % BLOCK_SIZE) return -EINVAL;
  if (file->position >= size) return write ? -ENOSPC : 0;
  length = min_of(length, size - file->position);
  i64 error = user_prepare(buffer, length, write ? ACCESS_READ : ACCESS_WRITE);
  u64 done = 0;
  lock_acquire(&fs_lock);
  while (!error && done < length) {
    u64 at = file->position + done, skip = at % BLOCK_SIZE, part = min_of(BLOCK_SIZE - skip, length - done);
    u32 block = superblock.raw_start + (u32)(at / BLOCK_SIZE);
    error = direct ? past_cache(block, buffer + done, write) : through_cache(block, skip, buffer + done, part, write);
    if (!error) done += part;
  }
  file->position += done;
  lock_release(&fs_lock);
  return done ? (i64)done : error;
}

static i64 zeros(u64 buffer, u64 length) {
  static const u8 source[256];
  i64 error = user_prepare(buffer, length, ACCESS_WRITE);
  for (u64 done = 0; !error && done < length; done += sizeof source)
    memory_move((void *)(buffer + done), source, min_of(sizeof source, length - done));
  return error ? error : (i64)length;
}

i64 device_read(struct open_file *file, u64 buffer, u64 length) {
  switch (file->inode->disk.size) {
  case DEVICE_CONSOLE: return console_read(buffer, length);
  case DEVICE_NULL: return 0;
  case DEVICE_ZERO: return zeros(buffer, length);
  case DEVICE_DISK: return disk(file, buffer, length, false);
  default: return -EIO;
  }
}

i64 device_write(struct open_file *file, u64 buffer, u64 length) {
  switch (file->inode->disk.size) {
  case DEVICE_CONSOLE: return console_write(buffer, length);
  case DEVICE_NULL:
  case DEVICE_ZERO: return (i64)length;
  case DEVICE_DISK: return disk(file, buffer, length, true);
  default: return -EIO;
  }
}
