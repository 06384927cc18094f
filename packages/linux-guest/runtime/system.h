/* System calls as the kernel offers them: a negative result is an error number. */
#pragma once
#include <asm/unistd.h>
#include "types.h"

static inline i64 system6(i64 number, u64 a, u64 b, u64 c, u64 d, u64 e, u64 f) {
  register u64 a0 __asm__("a0") = a;
  register u64 a1 __asm__("a1") = b;
  register u64 a2 __asm__("a2") = c;
  register u64 a3 __asm__("a3") = d;
  register u64 a4 __asm__("a4") = e;
  register u64 a5 __asm__("a5") = f;
  register i64 a7 __asm__("a7") = number;
  __asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5), "r"(a7) : "memory");
  return (i64)a0;
}

/* system(openat, ...) with up to six arguments of any integer or pointer type. */
#define system(name, ...) SYSTEM_WITH(__NR_##name, ##__VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define SYSTEM_WITH(number, a, b, c, d, e, f, ...) \
  system6(number, (u64)(a), (u64)(b), (u64)(c), (u64)(d), (u64)(e), (u64)(f))

/* Numbers of the kernel's interface that its headers do not give without a C library. */
#define AT_FDCWD (-100)
#define PROT_READ 1
#define PROT_WRITE 2
#define MAP_SHARED 1
#define MAP_PRIVATE 2
#define MAP_ANONYMOUS 0x20
#define SIGCHLD 17
#define EINTR 4

/* Starts `function(argument)` on a thread; `stack` has `size` bytes. *tid is its id, and 0 with a futex wake when it ends. */
i64 start_thread(void (*function)(u64), u64 argument, u8 *stack, u64 size, int *tid);

/* Waits until the thread with this tid word has ended. */
void join_thread(int *tid);

/* Like fork: 0 in the child. */
i64 fork(void);

/* Exit status of the child in the manner of a shell: 128 + signal when it was killed; negative when there is none. */
i64 wait_status(i64 child);

/* An anonymous mapping, private or shared with children; a negative error number where there is no memory. */
u8 *map_memory(u64 bytes, int flags);

/* Whether a result that should be a pointer or count is an error. */
static inline int is_error(i64 result) { return result < 0 && result > -4096; }

_Noreturn void exit(int status);
void ignore_signal(int signal);
void run_main(u64 *stack);
int main(int argc, char **argv, char **environment);
