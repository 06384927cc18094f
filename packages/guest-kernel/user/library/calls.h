/* The system calls as C functions; negative results are error codes (abi.h). */
#pragma once

#include "abi.h"

i64 null_call(u64 value);
void exit(i64 status) __attribute__((noreturn));
i64 fork(void);
i64 exec(const char *path, char *const argv[]);
i64 wait(u32 *status);
i64 kill(i64 id);
i64 getpid(void);
i64 getppid(void);
i64 setgroup(void);
i64 foreground(i64 group);
i64 yield(void);
i64 sleep_ms(u64 milliseconds);
i64 uptime(void);
i64 ticks(void);
i64 tick_rate(u64 hertz);
i64 brk(u64 address);
void *mmap(u64 length, u32 protection); /* NULL on failure */
i64 munmap(void *address, u64 length);
i64 mprotect(void *address, u64 length, u32 protection);
i64 open(const char *path, u32 flags);
i64 close(i64 descriptor);
i64 read(i64 descriptor, void *buffer, u64 length);
i64 write(i64 descriptor, const void *buffer, u64 length);
i64 lseek(i64 descriptor, i64 offset, u32 whence);
i64 fstat(i64 descriptor, struct file_status *status);
i64 dup(i64 descriptor);
i64 dup2(i64 descriptor, i64 wanted);
i64 pipe(u32 ends[2]);
i64 getdents(i64 descriptor, struct entry *entries, u64 length);
i64 mkdir(const char *path);
i64 unlink(const char *path);
i64 link(const char *existing, const char *created);
i64 chdir(const char *path);
i64 sync(void);
i64 processes(struct process_status *list, u32 count);
i64 free_pages(void);
i64 bootargs(char *buffer, u64 length);
u64 device(enum device_operation operation, u64 count, u64 seed);
i64 power_off(bool failed);
