/* Page faults: demand paging, copy on write, and access to user memory from the kernel. */
#include "abi.h"
#include "fs.h"
#include "memory-map.h"
#include "pages.h"
#include "paging.h"
#include "platform.h"
#include "process.h"
#include "string.h"
#include "user-memory.h"

static u64 flags_for(u32 protection, bool writable) {
  u64 flags = ENTRY_VALID | ENTRY_USER | ENTRY_ACCESSED;
  if (protection & (PROT_READ | PROT_WRITE)) flags |= ENTRY_READ;
  if (protection & PROT_EXEC) flags |= ENTRY_EXECUTE;
  if (protection & PROT_WRITE && writable) flags |= ENTRY_WRITE | ENTRY_DIRTY;
  return flags;
}

/* First touch: zeros, or the part of the file that belongs here. */
static void *new_page(const struct region *region, u64 address) {
  if (!region->file || address >= region->file_end) return page_alloc_zeroed();
  void *page = page_alloc_zeroed();
  if (!page) return NULL;
  u64 length = min_of(PAGE_SIZE, region->file_end - address);
  if (inode_page(region->file, region->file_offset + (address - region->start), page, length) < 0) {
    page_release(page);
    return NULL;
  }
  return page;
}

i64 space_fault(struct space *space, u64 address, enum access access) {
  address = page_down(address);
  const struct region *region = space_region(space, address);
  if (!region) return -EFAULT;
  u32 allowed = region->protection | (region->protection & PROT_WRITE ? PROT_READ : 0);
  if (!(allowed & access)) return -EFAULT;
  u64 *entry = user_entry(space->root, address, true);
  if (!entry) return -ENOMEM;

  void *page = mapped(entry_address(*entry)), *before = page;
  if (!*entry) {
    page = new_page(region, address);
    if (!page) return -ENOMEM;
    space->resident_pages++;
  } else if (access == ACCESS_WRITE && page_references(page) > 1) {
    void *copy = page_alloc();
    if (!copy) return -ENOMEM;
    memcpy(copy, page, PAGE_SIZE);
    page_release(page);
    page = copy;
  }
  platform.entry_write(entry, entry_make(physical(page), flags_for(region->protection, page_references(page) == 1)));
  space_flush_page(space, address);
  if (page != before && region->protection & PROT_EXEC) platform.code_changed();
  return 0;
}

i64 space_install(struct space *space, u64 address, void *page) {
  const struct region *region = space_region(space, address);
  u64 *entry = region ? user_entry(space->root, address, true) : NULL;
  if (!entry || *entry) return -ENOMEM;
  platform.entry_write(entry, entry_make(physical(page), flags_for(region->protection, true)));
  space_flush_page(space, address);
  space->resident_pages++;
  return 0;
}

i64 user_prepare(u64 address, u64 length, enum access access) {
  if (length > USER_END || address > USER_END - length) return -EFAULT;
  u64 needed = ENTRY_VALID | ENTRY_USER | ENTRY_ACCESSED | (access == ACCESS_WRITE ? ENTRY_WRITE | ENTRY_DIRTY : ENTRY_READ);
  for (u64 at = page_down(address); at < address + length; at += PAGE_SIZE) {
    u64 *entry = user_entry(current->space->root, at, false);
    if (entry && (*entry & needed) == needed) continue;
    i64 error = space_fault(current->space, at, access);
    if (error) return error;
  }
  return 0;
}

void memory_move(void *target, const void *source, u64 length) {
  bool user = (u64)target < USER_END || (u64)source < USER_END;
  if (user) platform.user_access(true);
  memcpy(target, source, length);
  if (user) platform.user_access(false);
}

i64 user_read(void *target, u64 address, u64 length) {
  i64 error = user_prepare(address, length, ACCESS_READ);
  if (!error) memory_move(target, (const void *)address, length);
  return error;
}

i64 user_write(u64 address, const void *source, u64 length) {
  i64 error = user_prepare(address, length, ACCESS_WRITE);
  if (!error) memory_move((void *)address, source, length);
  return error;
}

i64 user_read_string(char *target, u64 address, u64 size) {
  for (u64 length = 0; length < size;) {
    u64 part = min_of(PAGE_SIZE - (address + length) % PAGE_SIZE, size - length);
    i64 error = user_read(target + length, address + length, part);
    if (error) return error;
    for (u64 end = length + part; length < end; length++)
      if (!target[length]) return (i64)length;
  }
  return -ENAMETOOLONG;
}
