/* Loading a program: segments become regions that are read when they are touched; only the arguments are written. */
#include "elf.h"
#include "fs.h"
#include "memory-map.h"
#include "pages.h"
#include "print.h"
#include "process.h"
#include "string.h"
#include "user-memory.h"

static i64 map_segment(struct space *space, struct inode *inode, const struct elf_segment *segment) {
  u64 start = page_down(segment->address), end = page_up(segment->address + segment->memory_size);
  u64 skew = segment->address - start;
  if (segment->memory_size < segment->file_size || segment->address >= USER_MMAP_TOP / 2 ||
      segment->memory_size >= USER_MMAP_TOP / 2 || segment->offset % PAGE_SIZE != skew)
    return -ENOEXEC;
  struct region region = {
      .start = start,
      .end = end,
      .protection = (segment->flags & ELF_READ ? PROT_READ : 0) | (segment->flags & ELF_WRITE ? PROT_WRITE : 0) |
                    (segment->flags & ELF_EXECUTE ? PROT_EXEC : 0),
      .file = inode,
      .file_offset = segment->offset - skew,
      .file_end = segment->address + segment->file_size,
  };
  i64 error = space_map(space, region);
  if (error) return -ENOEXEC;
  inode_share(inode);
  if (end > space->heap_start) space->heap_start = space->heap_end = end;
  return 0;
}

/* Reads the headers; `page` is kernel memory of one page. */
static i64 map_program(struct space *space, struct inode *inode, void *page, u64 *start) {
  i64 length = inode_page(inode, 0, page, PAGE_SIZE);
  const struct elf_header *header = page;
  if (length < (i64)sizeof *header) return length < 0 ? length : -ENOEXEC;
  if (inode->disk.type != TYPE_FILE || header->magic != ELF_MAGIC || header->type != ELF_EXECUTABLE ||
      header->machine != ELF_RISCV || header->segment_size != sizeof(struct elf_segment) ||
      header->segment_count > ELF_SEGMENTS_MAX || header->segments % 8 || header->segments > PAGE_SIZE / 2)
    return -ENOEXEC;
  const struct elf_segment *segments = (const struct elf_segment *)((u8 *)page + header->segments);
  for (u32 i = 0; i < header->segment_count; i++) {
    if (segments[i].type != ELF_LOAD || !segments[i].memory_size) continue;
    i64 error = map_segment(space, inode, &segments[i]);
    if (error) return error;
  }
  *start = header->entry;
  return 0;
}

/* The last page of the stack: argv, then the strings at the very top. Returns argv's user address, the first sp. */
static u64 write_arguments(void *page, const struct arguments *arguments) {
  u64 base = USER_STACK_TOP - PAGE_SIZE;
  u64 text = (PAGE_SIZE - arguments->bytes) & ~7UL;
  u64 argv = (text - 8 * (arguments->count + 1UL)) & ~15UL;
  memcpy((u8 *)page + text, arguments->text, arguments->bytes);
  u64 *pointers = (u64 *)((u8 *)page + argv);
  for (u32 i = 0, at = 0; i < arguments->count; i++, at += (u32)strlen(arguments->text + at) + 1)
    pointers[i] = base + text + at;
  return base + argv;
}

static i64 build(struct space *space, struct inode *inode, const struct arguments *arguments, struct trap_frame *frame) {
  void *page = page_alloc_zeroed();
  if (!page) return -ENOMEM;
  u64 start = 0;
  i64 error = map_program(space, inode, page, &start);
  if (!error)
    error = space_map(space, (struct region){.start = USER_STACK_TOP - USER_STACK_SIZE,
                                             .end = USER_STACK_TOP,
                                             .protection = PROT_READ | PROT_WRITE});
  if (!error) {
    memset(page, 0, PAGE_SIZE);
    u64 argv = write_arguments(page, arguments);
    error = space_install(space, USER_STACK_TOP - PAGE_SIZE, page);
    if (!error) {
      platform.frame_start(frame, start, argv);
      FRAME_REGISTER(frame, 10) = arguments->count;
      FRAME_REGISTER(frame, 11) = argv;
      return 0;
    }
  }
  page_release(page);
  return error;
}

struct space *program_load(const char *path, const struct arguments *arguments, struct trap_frame *frame, i64 *error) {
  struct inode *inode = path_find(path, error);
  if (!inode) return NULL;
  struct space *space = space_create();
  *error = space ? build(space, inode, arguments, frame) : -ENOMEM;
  inode_put(inode);
  if (!*error) return space;
  if (space) space_destroy(space);
  return NULL;
}

static i64 read_arguments(u64 argv, struct arguments *arguments) {
  for (;; argv += 8) {
    u64 pointer;
    i64 error = user_read(&pointer, argv, sizeof pointer);
    if (error) return error;
    if (!pointer) return 0;
    i64 length = user_read_string(arguments->text + arguments->bytes, pointer, sizeof arguments->text - arguments->bytes);
    if (length == -ENAMETOOLONG || arguments->count == 64) return -E2BIG;
    if (length < 0) return length;
    arguments->bytes += (u32)length + 1;
    arguments->count++;
  }
}

i64 process_exec(const char *path, u64 argv, struct trap_frame *frame) {
  struct arguments *arguments = page_alloc();
  if (!arguments) return -ENOMEM;
  arguments->count = arguments->bytes = 0;
  i64 error = read_arguments(argv, arguments);
  struct trap_frame started;
  struct space *space = error ? NULL : program_load(path, arguments, &started, &error);
  i64 count = arguments->count;
  page_release(arguments);
  if (!space) return error;

  struct space *old = current->space;
  current->space = space;
  space_enter(space);
  space_destroy(old);
  *frame = started;
  const char *name = path;
  for (const char *at = path; *at; at++)
    if (*at == '/' && at[1]) name = at + 1;
  strlcpy(current->name, name, sizeof current->name);
  return count;
}
