/* The dispatcher and the calls about processes, time and the machine. The rest: sys-memory.c and sys-file.c. */
#include "syscall.h"
#include "block.h"
#include "board.h"
#include "file.h"
#include "pages.h"
#include "process.h"
#include "string.h"
#include "timer.h"

#define SYSTEM_CALL_ENTRY(name) [SYS_##name] = sys_##name,
static i64 (*const table[])(const u64 *arguments, struct trap_frame *frame) = {SYSTEM_CALLS(SYSTEM_CALL_ENTRY)};

void system_call(struct trap_frame *frame) {
  u64 number = FRAME_REGISTER(frame, 17);
  i64 result = number < SYSTEM_CALL_COUNT ? table[number](&FRAME_REGISTER(frame, 10), frame) : -ENOSYS;
  FRAME_REGISTER(frame, 10) = (u64)result;
}

#define CALL(name) i64 sys_##name(const u64 *a __attribute__((unused)), struct trap_frame *frame __attribute__((unused)))

CALL(null) { return (i64)a[0]; }

CALL(exit) { process_exit(STATUS_EXIT((u32)a[0])); }
CALL(fork) { return process_fork(frame); }

CALL(exec) {
  char path[PATH_MAX];
  i64 length = user_read_string(path, a[0], sizeof path);
  return length < 0 ? length : process_exec(path, a[1], frame);
}

CALL(wait) {
  u32 status;
  i64 id = process_wait(&status);
  if (id < 0 || !a[0]) return id;
  i64 error = user_write(a[0], &status, sizeof status);
  return error ? error : id;
}

CALL(kill) { return process_kill((i64)a[0]); }
CALL(getpid) { return current->id; }
CALL(getppid) { return current->parent ? current->parent->id : 0; }
CALL(setgroup) { return current->group = current->id; }

CALL(foreground) {
  console_foreground((u32)a[0]);
  return 0;
}

CALL(yield) {
  process_yield();
  return 0;
}

CALL(sleep) { return a[0] > 1UL << 32 ? -EINVAL : timer_sleep(a[0]) ? 0 : -EINTR; }
CALL(uptime) { return (i64)timer_milliseconds(); }
CALL(ticks) { return (i64)timer_ticks(); }

CALL(tick_rate) {
  if (!a[0] || a[0] > 10000) return -EINVAL;
  timer_set_rate(a[0]);
  return 0;
}

CALL(processes) {
  static struct process_status all[PROCESS_MAX];
  u32 wanted = (u32)min_of(a[1], PROCESS_MAX);
  i64 error = user_prepare(a[0], wanted * sizeof *all, ACCESS_WRITE); /* may wait; what follows does not */
  if (error) return error;
  u32 count = process_list(all, wanted);
  memory_move((void *)a[0], all, count * sizeof *all);
  return count;
}

CALL(free_pages) { return (i64)pages_free(); }

CALL(bootargs) {
  u64 length = strlen(board.bootargs);
  if (length > a[1]) return -E2BIG;
  i64 error = user_write(a[0], board.bootargs, length);
  return error ? error : (i64)length;
}

CALL(device) {
  if (a[0] > DEVICE_SCRATCH || a[1] > 1UL << 24) return -EINVAL;
  return (i64)(device_operation((enum device_operation)a[0], a[1], a[2]) >> 1);
}

CALL(sync) {
  lock_acquire(&fs_lock);
  i64 error = cache_sync();
  lock_release(&fs_lock);
  return error;
}

CALL(power_off) {
  sys_sync(a, frame);
  platform.power_off(a[0] != 0);
}
