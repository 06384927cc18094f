/* Creating, entering, copying and destroying address spaces, and the tags (ASIDs) that keep their TLB entries apart. */
#include "space.h"
#include "fs.h"
#include "pages.h"
#include "paging.h"
#include "platform.h"
#include "string.h"

_Static_assert(sizeof(struct space) <= PAGE_SIZE, "a space is kept in one page");

/*
 * ASID 0 is the kernel's. The others are handed out in order; when they run out everything is flushed and a new
 * generation begins, in which every space gets a new one when it is next entered. A hart without ASIDs is the case
 * of one single ASID: every switch to another space begins a new generation.
 */
static u64 asid_count, asid_next = 1, asid_generation = 1;
static struct space *entered;

static void assign_asid(struct space *space) {
  if (!asid_count) asid_count = platform.asid_count();
  if (asid_count == 1) {
    platform.space_switch(physical(space->root), 0);
    platform.flush_all();
    space->asid = 0;
    return;
  }
  if (space->asid_generation == asid_generation) return;
  if (asid_next == asid_count) {
    platform.flush_all();
    asid_generation++;
    asid_next = 1;
  }
  space->asid = asid_next++;
  space->asid_generation = asid_generation;
}

void space_enter(struct space *space) {
  if (space == entered) return;
  entered = space;
  if (!space) {
    platform.space_switch(physical(kernel_root), 0);
    return;
  }
  assign_asid(space);
  platform.space_switch(physical(space->root), space->asid);
}

void space_flush_page(const struct space *space, u64 address) {
  if (asid_count == 1 || space->asid_generation == asid_generation) platform.flush_page(address, space->asid);
}

void space_flush(const struct space *space) {
  if (asid_count == 1) platform.flush_all();
  else if (space->asid_generation == asid_generation) platform.flush_space(space->asid);
}

struct space *space_create(void) {
  struct space *space = page_alloc_zeroed();
  if (!space) return NULL;
  space->root = root_create();
  if (space->root) return space;
  page_release(space);
  return NULL;
}

void space_destroy(struct space *space) {
  if (entered == space) space_enter(NULL);
  for (u32 i = 0; i < space->region_count; i++)
    if (space->regions[i].file) inode_put(space->regions[i].file);
  root_destroy(space->root);
  space_flush(space);
  page_release(space);
}

/* Both sides lose the right to write; the page's references say that it is shared (see space_fault). */
static bool copy_page(struct space *to, u64 address, u64 *entry) {
  u64 *copy = user_entry(to->root, address, true);
  if (!copy) return false;
  if (*entry & ENTRY_WRITE) platform.entry_write(entry, *entry & ~(u64)(ENTRY_WRITE | ENTRY_DIRTY));
  platform.entry_write(copy, *entry);
  page_share(mapped(entry_address(*entry)));
  to->resident_pages++;
  return true;
}

struct space *space_copy(struct space *from) {
  struct space *to = space_create();
  if (!to) return NULL;
  to->heap_start = from->heap_start;
  to->heap_end = from->heap_end;
  to->region_count = from->region_count;
  bool complete = true;
  for (u32 i = 0; i < from->region_count; i++) {
    to->regions[i] = from->regions[i];
    if (to->regions[i].file) inode_share(to->regions[i].file);
    u64 at = from->regions[i].start;
    for (u64 *entry; complete && (entry = user_entry_next(from->root, &at, from->regions[i].end)); at += PAGE_SIZE)
      complete = copy_page(to, at, entry);
  }
  space_flush(from);
  if (complete) return to;
  space_destroy(to);
  return NULL;
}
