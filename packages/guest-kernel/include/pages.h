/* Physical pages with reference counts. Pointers are into the direct map. */
#pragma once

#include "memory-map.h"
#include "types.h"

#define physical(pointer) ((paddr)(pointer) - DIRECT_MAP)
#define mapped(address) ((void *)((address) + DIRECT_MAP))

void pages_start(void);
/** A page with one reference and undefined contents; NULL when memory is exhausted. */
void *page_alloc(void);
/** The same, cleared. */
void *page_alloc_zeroed(void);
void page_share(void *page);
/** Drops one reference; the last one frees the page. */
void page_release(void *page);
u32 page_references(const void *page);
u64 pages_free(void);
