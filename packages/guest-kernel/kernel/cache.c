/* The block cache: BUFFERS blocks, found by hash, recycled least recently used first, written back when recycled. */
#include "abi.h"
#include "block.h"
#include "disk-format.h"
#include "pages.h"
#include "print.h"
#include "string.h"

#define BUFFERS 192
#define BUCKETS 64
#define NOTHING (~0U)
#define SECTORS_PER_BLOCK (BLOCK_SIZE / 512)

struct buffer {
  u32 block;
  bool dirty;
  void *data;
  struct buffer *chain;           /* same hash */
  struct buffer *newer, *older;   /* by last use */
};

static struct buffer buffers[BUFFERS];
static struct buffer *buckets[BUCKETS];
static struct buffer *newest, *oldest;
static u32 used;

static struct buffer **bucket_of(u32 block) { return &buckets[block % BUCKETS]; }

static struct buffer *find(u32 block) {
  struct buffer *buffer = *bucket_of(block);
  while (buffer && buffer->block != block) buffer = buffer->chain;
  return buffer;
}

static void unlink_use(struct buffer *buffer) {
  *(buffer->newer ? &buffer->newer->older : &newest) = buffer->older;
  *(buffer->older ? &buffer->older->newer : &oldest) = buffer->newer;
}

static void link_newest(struct buffer *buffer) {
  buffer->newer = NULL;
  buffer->older = newest;
  *(newest ? &newest->newer : &oldest) = buffer;
  newest = buffer;
}

static i64 write_back(struct buffer *buffer) {
  if (!buffer->dirty) return 0;
  i64 error = block_transfer(buffer->block * SECTORS_PER_BLOCK, buffer->data, BLOCK_SIZE, true);
  if (!error) buffer->dirty = false;
  return error;
}

static void unlink_hash(struct buffer *buffer) {
  if (buffer->block == NOTHING) return;
  struct buffer **link = bucket_of(buffer->block);
  while (*link != buffer) link = &(*link)->chain;
  *link = buffer->chain;
  buffer->block = NOTHING;
}

/* A buffer for another block: one that was never used while there is memory, else the oldest. */
static struct buffer *recycle(void) {
  if (used < BUFFERS) {
    struct buffer *buffer = &buffers[used];
    buffer->data = page_alloc();
    if (buffer->data) {
      used++;
      buffer->block = NOTHING;
      link_newest(buffer);
      return buffer;
    }
  }
  if (!oldest || write_back(oldest)) return NULL;
  unlink_hash(oldest);
  return oldest;
}

static struct buffer *obtain(u32 block, bool read) {
  struct buffer *buffer = find(block);
  if (!buffer) {
    buffer = recycle();
    if (!buffer) return NULL;
    if (read && block_transfer(block * SECTORS_PER_BLOCK, buffer->data, BLOCK_SIZE, false)) return NULL;
    buffer->block = block;
    buffer->chain = *bucket_of(block);
    *bucket_of(block) = buffer;
  }
  unlink_use(buffer);
  link_newest(buffer);
  return buffer;
}

void *cache_read(u32 block) {
  struct buffer *buffer = obtain(block, true);
  return buffer ? buffer->data : NULL;
}

void *cache_zeroed(u32 block) {
  struct buffer *buffer = obtain(block, false);
  if (!buffer) return NULL;
  buffer->dirty = true;
  return memset(buffer->data, 0, BLOCK_SIZE);
}

void cache_dirty(u32 block) {
  struct buffer *buffer = find(block);
  if (!buffer) panic("block %u was changed but is not in the cache", block);
  buffer->dirty = true;
}

void cache_forget(u32 block) {
  struct buffer *buffer = find(block);
  if (!buffer || write_back(buffer)) return;
  unlink_hash(buffer);
}

i64 cache_sync(void) {
  i64 error = 0;
  for (u32 i = 0; i < used; i++)
    if (buffers[i].block != NOTHING && write_back(&buffers[i])) error = -EIO;
  return error;
}
