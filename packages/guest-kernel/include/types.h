/* Fixed-width integers and the address types. No libc is linked: this, stddef and stdarg are all there is. */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long u64;
typedef signed int i32;
typedef signed long i64;

/** A guest-physical address. Virtual addresses that the kernel does not dereference are plain u64. */
typedef u64 paddr;

#define PAGE_SIZE 4096UL
#define PAGE_SHIFT 12
#define page_down(a) ((a) & ~(PAGE_SIZE - 1))
#define page_up(a) page_down((a) + PAGE_SIZE - 1)
#define min_of(a, b) ((a) < (b) ? (a) : (b))
#define array_size(a) (sizeof(a) / sizeof((a)[0]))
