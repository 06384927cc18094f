/*
 * Where things are in a Sv39 address space. The lower half belongs to the process, the upper half is the same in
 * every address space (its entries are global).
 *
 *   0000_0000_0001_0000  +- program: text, data, bss   (lazily read from its file)
 *                        |  heap                       (brk, grows up)
 *                        |  ...
 *   0000_0020_0000_0000  +- top of mmap                (regions are placed downwards from here)
 *                        |  ...
 *                        |  stack                      (256 KiB, lazily allocated)
 *   0000_0030_0000_0000  +- top of the stack
 *   0000_0040_0000_0000  +- end of the lower half; what follows is not canonical
 *
 *   ffff_ffc0_0000_0000  +- direct map: DIRECT_MAP + physical address
 *     + device addresses |    devices of the device tree, 4 KiB pages
 *     + 0x8020_0000      |    the kernel image: text (r-x), constants (r--), data (rw-)
 *     + end of image     |    the rest of memory (rw-), 2 MiB pages where they fit
 *   ffff_ffe0_0000_0000  +- kernel stacks: per process slot one unmapped guard page, then STACK_PAGES pages
 *   ffff_ffff_ffff_ffff  +- end
 */
#pragma once

#define USER_START 0x10000UL
#define USER_MMAP_TOP 0x2000000000UL
#define USER_STACK_TOP 0x3000000000UL
#define USER_STACK_SIZE 0x40000UL
#define USER_END 0x4000000000UL

#define DIRECT_MAP 0xffffffc000000000UL
#define KERNEL_STACKS 0xffffffe000000000UL
#define KERNEL_PHYSICAL 0x80200000UL

#define STACK_PAGES 2UL

#define STACK_STRIDE ((STACK_PAGES + 1) * 4096UL)
