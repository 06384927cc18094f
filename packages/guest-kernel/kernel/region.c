/* The sorted list of regions: mapping, unmapping, changing protection, the heap. */
#include "abi.h"
#include "fs.h"
#include "memory-map.h"
#include "pages.h"
#include "paging.h"
#include "platform.h"
#include "space.h"
#include "string.h"

const struct region *space_region(const struct space *space, u64 address) {
  u32 low = 0, high = space->region_count;
  while (low < high) {
    u32 middle = (low + high) / 2;
    if (space->regions[middle].end <= address) low = middle + 1;
    else high = middle;
  }
  return low < space->region_count && space->regions[low].start <= address ? &space->regions[low] : NULL;
}

static i64 insert(struct space *space, u32 at, struct region region) {
  if (space->region_count == REGIONS_MAX) return -ENOMEM;
  memmove(&space->regions[at + 1], &space->regions[at], (space->region_count - at) * sizeof region);
  space->regions[at] = region;
  space->region_count++;
  return 0;
}

static void drop(struct space *space, u32 at) {
  if (space->regions[at].file) inode_put(space->regions[at].file);
  space->region_count--;
  memmove(&space->regions[at], &space->regions[at + 1], (space->region_count - at) * sizeof(struct region));
}

/* Neighbours of anonymous memory that differ in nothing become one. */
static void merge(struct space *space, u32 at) {
  if (at + 1 >= space->region_count) return;
  struct region *left = &space->regions[at], *right = &space->regions[at + 1];
  if (left->file || right->file || left->end != right->start || left->protection != right->protection) return;
  if (right->start == space->heap_start) return;
  left->end = right->end;
  drop(space, at + 1);
}

i64 space_map(struct space *space, struct region region) {
  if (region.start >= region.end || region.start < USER_START || region.end > USER_STACK_TOP) return -EINVAL;
  u32 at = 0;
  while (at < space->region_count && space->regions[at].start < region.start) at++;
  if (at && space->regions[at - 1].end > region.start) return -EEXIST;
  if (at < space->region_count && space->regions[at].start < region.end) return -EEXIST;
  i64 error = insert(space, at, region);
  if (error) return error;
  merge(space, at);
  if (at) merge(space, at - 1);
  return 0;
}

/* Makes `address` a boundary between regions. */
static i64 split(struct space *space, u64 address) {
  struct region *region = (struct region *)space_region(space, address);
  if (!region || region->start == address) return 0;
  struct region upper = *region;
  upper.start = address;
  upper.file_offset += address - region->start;
  i64 error = insert(space, (u32)(region - space->regions) + 1, upper);
  if (error) return error;
  if (region->file) inode_share(region->file);
  region->end = address;
  return 0;
}

static i64 check_range(u64 start, u64 end) {
  return start % PAGE_SIZE || end % PAGE_SIZE || start >= end || end > USER_STACK_TOP ? -EINVAL : 0;
}

static void release_pages(struct space *space, u64 start, u64 end) {
  u64 at = start;
  for (u64 *entry; (entry = user_entry_next(space->root, &at, end)); at += PAGE_SIZE) {
    void *page = mapped(entry_address(*entry));
    platform.entry_write(entry, 0);
    space_flush_page(space, at);
    page_release(page);
    space->resident_pages--;
  }
}

i64 space_unmap(struct space *space, u64 start, u64 end) {
  i64 error = check_range(start, end);
  if (!error) error = split(space, start);
  if (!error) error = split(space, end);
  if (error) return error;
  for (u32 i = 0; i < space->region_count;) {
    struct region *region = &space->regions[i];
    if (region->start < start || region->end > end) {
      i++;
      continue;
    }
    release_pages(space, region->start, region->end);
    drop(space, i);
  }
  return 0;
}

/* A page that is shared stays read-only: its first write decides. */
static u64 protected_entry(u64 entry, u32 protection) {
  u64 flags = ENTRY_USER | ENTRY_ACCESSED;
  if (!protection) return entry_make(entry_address(entry), flags | ENTRY_KEPT);
  flags |= ENTRY_VALID;
  if (protection & PROT_READ) flags |= ENTRY_READ;
  if (protection & PROT_EXEC) flags |= ENTRY_EXECUTE;
  if (protection & PROT_WRITE) {
    flags |= ENTRY_READ;
    if (page_references(mapped(entry_address(entry))) == 1) flags |= ENTRY_WRITE | ENTRY_DIRTY;
  }
  return entry_make(entry_address(entry), flags);
}

i64 space_protect(struct space *space, u64 start, u64 end, u32 protection) {
  i64 error = check_range(start, end);
  if (error) return error;
  for (u64 covered = start; covered < end;) {
    const struct region *region = space_region(space, covered);
    if (!region) return -ENOMEM;
    covered = region->end;
  }
  error = split(space, start);
  if (!error) error = split(space, end);
  if (error) return error;
  u32 first = (u32)(space_region(space, start) - space->regions), count = 0;
  for (u32 i = first; i < space->region_count && space->regions[i].start < end; i++, count++)
    space->regions[i].protection = protection;
  u64 at = start;
  for (u64 *entry; (entry = user_entry_next(space->root, &at, end)); at += PAGE_SIZE) {
    platform.entry_write(entry, protected_entry(*entry, protection));
    space_flush_page(space, at);
  }
  for (u32 i = first + count; i-- > (first ? first - 1 : 0);) merge(space, i);
  return 0;
}

u64 space_find(struct space *space, u64 length) {
  u64 top = USER_MMAP_TOP;
  for (u32 i = space->region_count; i-- > 0;) {
    const struct region *region = &space->regions[i];
    if (region->start >= USER_MMAP_TOP) continue;
    if (region->end <= top && top - region->end >= length) break;
    top = region->start;
  }
  return top - USER_START >= length && top > length ? top - length : 0;
}

i64 space_set_heap(struct space *space, u64 end) {
  if (!end) return (i64)space->heap_end;
  u64 limit = page_up(end), old = page_up(space->heap_end);
  if (end < space->heap_start || end >= USER_MMAP_TOP / 2) return -EINVAL;
  i64 error = 0;
  if (limit < old) error = space_unmap(space, limit, old);
  if (limit > old) error = space_map(space, (struct region){.start = old, .end = limit, .protection = PROT_READ | PROT_WRITE});
  if (error) return error;
  space->heap_end = end;
  return (i64)end;
}
