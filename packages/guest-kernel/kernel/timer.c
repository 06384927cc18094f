#include "timer.h"
#include "board.h"
#include "platform.h"
#include "process.h"

#define DEFAULT_RATE 100

static u64 start, interval, deadline;
static volatile u64 ticks;
static struct wait_queue sleeping;

void timer_set_rate(u64 hertz) {
  with_interrupts_disabled {
    interval = board.timebase / hertz;
    deadline = platform.time() + interval;
    platform.timer_set(deadline);
  }
}

void timer_start(void) {
  start = platform.time();
  timer_set_rate(DEFAULT_RATE);
}

/* Ticks that were missed altogether (a slow or suspended machine) are skipped, not made up for. */
void timer_interrupt(void) {
  u64 now = platform.time();
  deadline += interval;
  if (deadline <= now) deadline = now + interval;
  platform.timer_set(deadline);
  ticks++;
  reschedule = true;
  for (struct process *process = sleeping.first, *next; process; process = next) {
    next = process->next;
    if (process->wake_time <= now) wake_process(process);
  }
}

u64 timer_ticks(void) { return ticks; }
u64 timer_milliseconds(void) { return (platform.time() - start) * 1000 / board.timebase; }

bool timer_sleep(u64 milliseconds) {
  current->wake_time = platform.time() + milliseconds * board.timebase / 1000;
  while (platform.time() < current->wake_time)
    if (!wait_on(&sleeping, true)) return false;
  return true;
}
