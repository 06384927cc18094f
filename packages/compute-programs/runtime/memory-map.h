/*
 * Where things are, for C, assembly and the linker script.
 *
 *   virtual                        physical
 *   0x0000_0000 .. 0x3fff_ffff     the same         devices, one page of 1 GiB
 *   0x4000_0000 .. 0x40ff_ffff     + OFFSET         the program, in pages of 4 KiB
 *   0x8000_0000 .. 0xbfff_ffff     the same         boot code and the device tree, one page of 1 GiB
 */
#pragma once

#define WINDOW 0x40000000
#define WINDOW_SIZE 0x1000000
#define LOAD 0x80200000
#define OFFSET (LOAD - WINDOW)

#define TEST_DEVICE 0x100000
#define UART 0x10000000
