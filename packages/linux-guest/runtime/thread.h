/* What threads are made of. */
#pragma once
#include "types.h"

/* VM, FS, FILES, SIGHAND, THREAD, SYSVSEM, PARENT_SETTID, CHILD_CLEARTID */
#define THREAD_FLAGS (0x100 | 0x200 | 0x400 | 0x800 | 0x10000 | 0x40000 | 0x100000 | 0x200000)

/* Shared futexes: the wake at a thread's end is one. */
#define FUTEX_WAIT 0
#define FUTEX_WAKE 1

i64 clone_thread(u64 flags, void *stack_top, int *parent_tid, int *child_tid);
