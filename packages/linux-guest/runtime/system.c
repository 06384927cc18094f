#include "system.h"
#include "thread.h"

void run_main(u64 *stack) {
  int argc = (int)stack[0];
  char **argv = (char **)(stack + 1);
  exit(main(argc, argv, argv + argc + 1));
}

_Noreturn void exit(int status) {
  for (;;) system(exit_group, status);
}

i64 fork(void) { return system(clone, SIGCHLD); }

i64 wait_status(i64 child) {
  int status = 0;
  i64 result;
  do result = system(wait4, child, &status, 0, NULL);
  while (result == -EINTR);
  if (result < 0) return result;
  return status & 0x7f ? 128 + (status & 0x7f) : (status >> 8) & 0xff;
}

u8 *map_memory(u64 bytes, int flags) {
  return (u8 *)system(mmap, NULL, bytes, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);
}

i64 start_thread(void (*function)(u64), u64 argument, u8 *stack, u64 size, int *tid) {
  u64 *top = (u64 *)((u64)(stack + size) & ~15UL) - 2;
  top[0] = (u64)function;
  top[1] = argument;
  return clone_thread(THREAD_FLAGS, top, tid, tid);
}

void join_thread(int *tid) {
  for (int now; (now = __atomic_load_n(tid, __ATOMIC_ACQUIRE)) != 0;) system(futex, tid, FUTEX_WAIT, now, NULL);
}
