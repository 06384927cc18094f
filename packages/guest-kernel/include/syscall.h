/* System calls: the dispatcher and the handlers that its table names. Each takes the six argument registers. */
#pragma once

#include "abi.h"
#include "platform.h"

void system_call(struct trap_frame *frame);

#define SYSTEM_CALL_HANDLER(name) i64 sys_##name(const u64 *arguments, struct trap_frame *frame);
SYSTEM_CALLS(SYSTEM_CALL_HANDLER)
