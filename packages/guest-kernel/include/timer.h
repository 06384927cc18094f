/* The periodic tick, sleeping and the clock. */
#pragma once

#include "types.h"

void timer_start(void);
void timer_interrupt(void);
u64 timer_ticks(void);
u64 timer_milliseconds(void);
void timer_set_rate(u64 hertz);
/** False: killed while sleeping. */
bool timer_sleep(u64 milliseconds);
