/* The process table and the life of a process: fork, exit, wait, kill. */
#include "file.h"
#include "pages.h"
#include "paging.h"
#include "print.h"
#include "process.h"
#include "string.h"

struct process processes[PROCESS_MAX];

static u32 last_id;

#define for_each_process(process) \
  for (struct process *process = processes; process < processes + PROCESS_MAX; process++) \
    if (process->state != PROCESS_FREE)

struct trap_frame *process_frame(struct process *process) {
  return (struct trap_frame *)(process->stack + STACK_PAGES * PAGE_SIZE) - 1;
}

/* A slot keeps its stack when the process ends. The page below it is never mapped: an overflow faults. */
static bool map_stack(struct process *process) {
  u64 stack = KERNEL_STACKS + (u64)(process - processes) * STACK_STRIDE + PAGE_SIZE;
  void *pages[STACK_PAGES];
  for (u32 i = 0; i < STACK_PAGES; i++) {
    pages[i] = page_alloc();
    if (pages[i]) continue;
    while (i--) page_release(pages[i]);
    return false;
  }
  for (u32 i = 0; i < STACK_PAGES; i++) {
    kernel_map_page(stack + i * PAGE_SIZE, physical(pages[i]), ENTRY_READ | ENTRY_WRITE | ENTRY_DIRTY);
    platform.flush_page(stack + i * PAGE_SIZE, PLATFORM_ANY_ASID);
  }
  process->stack = stack;
  return true;
}

static void first_return(void) { platform.trap_return(process_frame(current)); }

static struct process *process_alloc(void) {
  for (struct process *process = processes; process < processes + PROCESS_MAX; process++) {
    if (process->state != PROCESS_FREE) continue;
    if (!process->stack && !map_stack(process)) return NULL;
    u64 stack = process->stack;
    *process = (struct process){.state = PROCESS_STARTING, .id = ++last_id, .stack = stack};
    process->context.ra = (u64)first_return;
    process->context.sp = (u64)process_frame(process);
    return process;
  }
  return NULL;
}

void process_start_first(const char *path) {
  struct process *process = process_alloc();
  if (!process) panic("no memory for the first process");
  struct arguments arguments = {.count = 1, .bytes = (u32)strlen(path) + 1};
  strlcpy(arguments.text, path, sizeof arguments.text);
  i64 error = 0;
  process->group = process->id;
  process->directory = path_find("/", &error);
  process->space = program_load(path, &arguments, process_frame(process), &error);
  if (!process->space) panic("cannot run %s: error %ld", path, -error);
  strlcpy(process->name, "init", sizeof process->name);
  process_ready(process);
}

i64 process_fork(struct trap_frame *frame) {
  struct process *child = process_alloc();
  if (!child) return -EAGAIN;
  child->space = space_copy(current->space);
  if (!child->space) {
    child->state = PROCESS_FREE;
    return -ENOMEM;
  }
  child->parent = current;
  child->group = current->group;
  child->directory = inode_share(current->directory);
  strlcpy(child->name, current->name, sizeof child->name);
  for (u32 i = 0; i < OPEN_MAX; i++)
    if (current->files[i]) child->files[i] = file_share(current->files[i]);
  *process_frame(child) = *frame;
  FRAME_REGISTER(process_frame(child), 10) = 0;
  u32 id = child->id;
  with_interrupts_disabled process_ready(child);
  return id;
}

static struct process *ended_child(bool *any) {
  *any = false;
  struct process *found = NULL;
  for_each_process(process) {
    if (process->parent != current) continue;
    *any = true;
    if (process->state == PROCESS_ENDED && (!found || process->id < found->id)) found = process;
  }
  return found;
}

i64 process_wait(u32 *status) {
  for (;;) {
    bool any;
    struct process *child = ended_child(&any);
    if (child) {
      u32 id = child->id;
      *status = child->status;
      child->state = PROCESS_FREE;
      return id;
    }
    if (!any) return -ECHILD;
    if (!wait_on(&current->children, true)) return -EINTR;
  }
}

void process_exit(u32 status) {
  struct process *first = &processes[0];
  if (current == first) panic("the first process ended with status %u", status);
  platform.interrupts_enable();
  for (u32 i = 0; i < OPEN_MAX; i++)
    if (current->files[i]) file_release(current->files[i]);
  inode_put(current->directory);
  struct space *space = current->space;
  current->space = NULL;
  space_destroy(space);
  for_each_process(process) if (process->parent == current) {
    process->parent = first;
    wake_all(&first->children);
  }
  platform.interrupts_disable();
  current->status = status;
  current->state = PROCESS_ENDED;
  wake_all(&current->parent->children);
  schedule();
  panic("a process that ended ran again");
}

i64 process_kill(i64 id) {
  bool found = false;
  for_each_process(process) {
    if (process->state == PROCESS_ENDED || process == &processes[0]) continue;
    if (id != (id < 0 ? -(i64)process->group : (i64)process->id)) continue;
    found = true;
    process->killed = true;
    if (process->state == PROCESS_WAITING && process->interruptible) wake_process(process);
  }
  return found ? 0 : -ESRCH;
}

u32 process_list(struct process_status *list, u32 count) {
  u32 filled = 0;
  for_each_process(process) {
    if (filled == count) break;
    struct process_status *status = &list[filled++];
    *status = (struct process_status){
        .id = process->id,
        .parent = process->parent ? process->parent->id : 0,
        .group = process->group,
        .state = process->state,
        .resident_pages = process->space ? process->space->resident_pages : 0,
    };
    strlcpy(status->name, process->name, sizeof status->name);
  }
  return filled;
}
