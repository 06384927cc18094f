/* Where things are, for C, assembly and the linker script. */
#pragma once

/* Where the shim is: below every kernel, above the firmware. */
#define SHIM 0x80100000
/* The guest's memory begins here: firmware and shim are none of it. */
#define GUEST_MEMORY 0x80200000
/* Devices are below, memory is above. */
#define MEMORY 0x80000000
