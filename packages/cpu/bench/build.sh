#!/bin/sh
# Builds programs.bin, a flat image for 0x80200000, next to this script.
set -e
cd "$(dirname "$0")"
riscv64-linux-gnu-gcc -O2 -march=rv64imac -mabi=lp64 -mcmodel=medany -ffreestanding -nostdlib -static -fno-pic -fno-tree-loop-distribute-patterns \
  -Wl,--section-start=.start=0x80200000,-Ttext=0x80200100,--build-id=none,-z,norelro programs.c -o programs.elf
riscv64-linux-gnu-objcopy -O binary programs.elf programs.bin
