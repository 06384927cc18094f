/* Processes, the scheduler and waiting. One hart; interrupt handlers only wake processes, they never switch. */
#pragma once

#include "abi.h"
#include "platform.h"
#include "space.h"
#include "types.h"

struct open_file;
struct inode;

#define PROCESS_MAX 64

/** Callee-saved registers of a process that is not running (kernel/switch.S). */
struct context {
  u64 ra, sp, s[12];
};

struct wait_queue {
  struct process *first;
};

struct process {
  struct context context;
  enum process_state state;
  bool killed;
  bool interruptible; /* kill may end the wait */
  u32 id, group;
  struct process *parent;
  u32 status; /* for wait, once ended */
  char name[20];
  struct space *space;
  struct open_file *files[OPEN_MAX];
  struct inode *directory;
  struct process *next; /* in the run queue or in `queue` */
  struct wait_queue *queue;
  struct wait_queue children; /* this process waiting for a child */
  u64 wake_time;        /* while sleeping */
  u64 stack;            /* lowest address, 0: not mapped yet */
};

extern struct process processes[PROCESS_MAX];
extern struct process *current;
extern volatile bool reschedule; /* a tick has ended the time slice */

/* process.c */
/** Creates process 1 from a program on disk. */
void process_start_first(const char *path);
i64 process_fork(struct trap_frame *frame);
void process_exit(u32 status) __attribute__((noreturn));
i64 process_wait(u32 *status);
/** A negative id names a group. */
i64 process_kill(i64 id);
struct trap_frame *process_frame(struct process *process);
u32 process_list(struct process_status *list, u32 count);

/* scheduler.c */
void scheduler_loop(void) __attribute__((noreturn));
/** Called with interrupts disabled; returns when the process runs again. */
void schedule(void);
void process_ready(struct process *process);
void process_yield(void);
/** Waits until woken. Interruptible waits also end when the process is killed: false. */
bool wait_on(struct wait_queue *queue, bool interruptible);
void wake_all(struct wait_queue *queue);
void wake_process(struct process *process);
void switch_context(struct context *from, struct context *to);

/* A lock that is held across waiting. */
struct lock {
  bool held;
  struct wait_queue waiting;
};

void lock_acquire(struct lock *lock);
void lock_release(struct lock *lock);

#define with_interrupts_disabled \
  for (int enabled_ = platform.interrupts_disable(), once_ = 1; once_; \
       once_ = 0, enabled_ ? platform.interrupts_enable() : (void)0)

/* exec.c */
/** Replaces the current program; `argv` is in user memory. The number of arguments or an error. */
i64 process_exec(const char *path, u64 argv, struct trap_frame *frame);

/** Terminated strings one after the other. */
struct arguments {
  u32 count, bytes;
  char text[3072];
};

/** A new address space with the program in it, ready to start with `frame`; NULL with *error set. */
struct space *program_load(const char *path, const struct arguments *arguments, struct trap_frame *frame, i64 *error);
