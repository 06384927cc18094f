/* The parts of ELF64 that a program loader reads. */
#pragma once

#include "types.h"

#define ELF_MAGIC 0x464c457fU
enum { ELF_EXECUTABLE = 2, ELF_RISCV = 243, ELF_LOAD = 1, ELF_SEGMENTS_MAX = 8 };
enum { ELF_EXECUTE = 1, ELF_WRITE = 2, ELF_READ = 4 };

struct elf_header {
  u32 magic;
  u8 class_data_version[12];
  u16 type, machine;
  u32 version;
  u64 entry, segments, sections;
  u32 flags;
  u16 size, segment_size, segment_count, section_size, section_count, names;
};

struct elf_segment {
  u32 type, flags;
  u64 offset, address, physical, file_size, memory_size, align;
};
