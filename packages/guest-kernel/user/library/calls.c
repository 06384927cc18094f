#include "calls.h"

static inline i64 call(u64 number, u64 first, u64 second, u64 third) {
  register u64 a0 __asm__("a0") = first;
  register u64 a1 __asm__("a1") = second;
  register u64 a2 __asm__("a2") = third;
  register u64 a7 __asm__("a7") = number;
  __asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a7) : "memory");
  return (i64)a0;
}

i64 null_call(u64 value) { return call(SYS_null, value, 0, 0); }

void exit(i64 status) {
  for (;;) call(SYS_exit, (u64)status, 0, 0);
}

i64 fork(void) { return call(SYS_fork, 0, 0, 0); }
i64 exec(const char *path, char *const argv[]) { return call(SYS_exec, (u64)path, (u64)argv, 0); }
i64 wait(u32 *status) { return call(SYS_wait, (u64)status, 0, 0); }
i64 kill(i64 id) { return call(SYS_kill, (u64)id, 0, 0); }
i64 getpid(void) { return call(SYS_getpid, 0, 0, 0); }
i64 getppid(void) { return call(SYS_getppid, 0, 0, 0); }
i64 setgroup(void) { return call(SYS_setgroup, 0, 0, 0); }
i64 foreground(i64 group) { return call(SYS_foreground, (u64)group, 0, 0); }
i64 yield(void) { return call(SYS_yield, 0, 0, 0); }
i64 sleep_ms(u64 milliseconds) { return call(SYS_sleep, milliseconds, 0, 0); }
i64 uptime(void) { return call(SYS_uptime, 0, 0, 0); }
i64 ticks(void) { return call(SYS_ticks, 0, 0, 0); }
i64 tick_rate(u64 hertz) { return call(SYS_tick_rate, hertz, 0, 0); }
i64 brk(u64 address) { return call(SYS_brk, address, 0, 0); }

void *mmap(u64 length, u32 protection) {
  i64 address = call(SYS_mmap, length, protection, 0);
  return address < 0 ? NULL : (void *)address;
}

i64 munmap(void *address, u64 length) { return call(SYS_munmap, (u64)address, length, 0); }
i64 mprotect(void *address, u64 length, u32 protection) {
  return call(SYS_mprotect, (u64)address, length, protection);
}
i64 open(const char *path, u32 flags) { return call(SYS_open, (u64)path, flags, 0); }
i64 close(i64 descriptor) { return call(SYS_close, (u64)descriptor, 0, 0); }
i64 read(i64 descriptor, void *buffer, u64 length) { return call(SYS_read, (u64)descriptor, (u64)buffer, length); }
i64 write(i64 descriptor, const void *buffer, u64 length) {
  return call(SYS_write, (u64)descriptor, (u64)buffer, length);
}
i64 lseek(i64 descriptor, i64 offset, u32 whence) { return call(SYS_lseek, (u64)descriptor, (u64)offset, whence); }
i64 fstat(i64 descriptor, struct file_status *status) { return call(SYS_fstat, (u64)descriptor, (u64)status, 0); }
i64 dup(i64 descriptor) { return call(SYS_dup, (u64)descriptor, 0, 0); }
i64 dup2(i64 descriptor, i64 wanted) { return call(SYS_dup2, (u64)descriptor, (u64)wanted, 0); }
i64 pipe(u32 ends[2]) { return call(SYS_pipe, (u64)ends, 0, 0); }
i64 getdents(i64 descriptor, struct entry *entries, u64 length) {
  return call(SYS_getdents, (u64)descriptor, (u64)entries, length);
}
i64 mkdir(const char *path) { return call(SYS_mkdir, (u64)path, 0, 0); }
i64 unlink(const char *path) { return call(SYS_unlink, (u64)path, 0, 0); }
i64 link(const char *existing, const char *created) { return call(SYS_link, (u64)existing, (u64)created, 0); }
i64 chdir(const char *path) { return call(SYS_chdir, (u64)path, 0, 0); }
i64 sync(void) { return call(SYS_sync, 0, 0, 0); }
i64 processes(struct process_status *list, u32 count) { return call(SYS_processes, (u64)list, count, 0); }
i64 free_pages(void) { return call(SYS_free_pages, 0, 0, 0); }
i64 bootargs(char *buffer, u64 length) { return call(SYS_bootargs, (u64)buffer, length, 0); }
u64 device(enum device_operation operation, u64 count, u64 seed) {
  return (u64)call(SYS_device, operation, count, seed);
}
i64 power_off(bool failed) { return call(SYS_power_off, failed, 0, 0); }
