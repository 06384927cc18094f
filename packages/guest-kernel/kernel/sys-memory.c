#include "process.h"
#include "memory-map.h"
#include "syscall.h"

#define CALL(name) i64 sys_##name(const u64 *a, struct trap_frame *frame __attribute__((unused)))

CALL(brk) { return space_set_heap(current->space, a[0]); }

CALL(mmap) {
  if (!a[0] || a[0] > USER_MMAP_TOP || a[1] & ~7UL) return -EINVAL;
  u64 length = page_up(a[0]), start = space_find(current->space, length);
  if (!start) return -ENOMEM;
  i64 error = space_map(current->space, (struct region){.start = start, .end = start + length, .protection = (u32)a[1]});
  return error ? error : (i64)start;
}

/* The end of a range; 0 when it wraps, which no range check accepts. */
static u64 range_end(const u64 *a) { return a[1] > USER_END ? 0 : a[0] + page_up(a[1]); }

CALL(munmap) { return space_unmap(current->space, a[0], range_end(a)); }

CALL(mprotect) { return a[2] & ~7UL ? -EINVAL : space_protect(current->space, a[0], range_end(a), (u32)a[2]); }
