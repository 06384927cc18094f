/*
 * Free pages are a linked list through the pages themselves; memory above `fresh` has never been handed out, so
 * starting up touches nothing. Counts are in an array right after the kernel.
 */
#include "pages.h"
#include "board.h"
#include "print.h"
#include "string.h"

extern char kernel_end[];

struct free_page {
  struct free_page *next;
};

static u16 *references; /* by page number from memory_base */
static struct free_page *free_list;
static paddr fresh, memory_end;
static u64 free_count;

static u64 index_of(const void *page) { return (physical(page) - board.memory_base) >> PAGE_SHIFT; }

static bool in_initrd(paddr page) {
  return page < board.initrd_end && page + PAGE_SIZE > board.initrd_start;
}

void pages_start(void) {
  memory_end = page_down(board.memory_base + board.memory_size);
  references = (u16 *)kernel_end;
  u64 count = (memory_end - board.memory_base) >> PAGE_SHIFT;
  fresh = page_up(physical(references + count));
  paddr initrd = page_down(board.initrd_start), initrd_end = page_up(board.initrd_end);
  if (fresh >= memory_end || (initrd != initrd_end && initrd < fresh)) panic("memory does not fit");
  free_count = ((memory_end - fresh) - (initrd_end - initrd)) >> PAGE_SHIFT;
}

void *page_alloc(void) {
  void *page = free_list;
  if (page) {
    free_list = free_list->next;
  } else {
    while (fresh < memory_end && in_initrd(fresh)) fresh += PAGE_SIZE;
    if (fresh == memory_end) return NULL;
    page = mapped(fresh);
    fresh += PAGE_SIZE;
  }
  references[index_of(page)] = 1;
  free_count--;
  return page;
}

void *page_alloc_zeroed(void) {
  void *page = page_alloc();
  return page ? memset(page, 0, PAGE_SIZE) : NULL;
}

void page_share(void *page) { references[index_of(page)]++; }

void page_release(void *page) {
  if (--references[index_of(page)]) return;
  ((struct free_page *)page)->next = free_list;
  free_list = page;
  free_count++;
}

u32 page_references(const void *page) { return references[index_of(page)]; }
u64 pages_free(void) { return free_count; }
