/*
 * Round robin over one queue of ready processes. The boot stack becomes the idle loop, which runs when the queue is
 * empty. Switching happens in schedule() only, with interrupts disabled.
 */
#include "pages.h"
#include "print.h"
#include "process.h"

static struct process idle_process = {.name = "idle", .state = PROCESS_READY};
static struct process *first_ready, *last_ready;

struct process *current = &idle_process;
volatile bool reschedule;

void process_ready(struct process *process) {
  process->state = PROCESS_READY;
  process->next = NULL;
  if (first_ready) last_ready->next = process;
  else first_ready = process;
  last_ready = process;
}

void schedule(void) {
  struct process *from = current, *to = first_ready ? first_ready : &idle_process;
  if (first_ready) first_ready = first_ready->next;
  reschedule = false;
  if (to == from) return;
  current = to;
  space_enter(to->space);
  switch_context(&from->context, &to->context);
}

void process_yield(void) {
  with_interrupts_disabled {
    if (first_ready) {
      process_ready(current);
      schedule();
    }
    reschedule = false;
  }
}

/* With interrupts disabled `idle` still returns when one is pending, so none can be missed between test and wait. */
void scheduler_loop(void) {
  for (;;) {
    platform.interrupts_disable();
    if (!first_ready) platform.idle();
    platform.interrupts_enable();
    platform.interrupts_disable();
    schedule();
  }
}

bool wait_on(struct wait_queue *queue, bool interruptible) {
  with_interrupts_disabled {
    if (!interruptible || !current->killed) {
      struct process **link = &queue->first;
      while (*link) link = &(*link)->next;
      *link = current;
      current->next = NULL;
      current->queue = queue;
      current->state = PROCESS_WAITING;
      current->interruptible = interruptible;
      schedule();
    }
  }
  return !interruptible || !current->killed;
}

void wake_process(struct process *process) {
  with_interrupts_disabled {
    if (process->state == PROCESS_WAITING) {
      struct process **link = &process->queue->first;
      while (*link != process) link = &(*link)->next;
      *link = process->next;
      process->queue = NULL;
      process_ready(process);
    }
  }
}

void wake_all(struct wait_queue *queue) {
  with_interrupts_disabled {
    while (queue->first) wake_process(queue->first);
  }
}

void lock_acquire(struct lock *lock) {
  while (lock->held) wait_on(&lock->waiting, false);
  lock->held = true;
}

void lock_release(struct lock *lock) {
  lock->held = false;
  if (lock->waiting.first) wake_process(lock->waiting.first);
}
