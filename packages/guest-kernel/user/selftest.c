/*
 * selftest: what the kernel promises to programs, one line per promise. Ends with status 1 if one was broken.
 * The text is the same on every machine.
 */
#include "library.h"

static u32 broken;

static void check(bool kept, const char *promise) {
  print("%s %s\n", kept ? "ok  " : "FAIL", promise);
  if (!kept) broken++;
}

static u32 status_of(i64 child) {
  u32 status = 0xffff;
  return wait(&status) == child ? status : 0xffff;
}

/* The status of a child that runs `body`. */
#define in_child(body) ({ i64 child_ = fork(); if (!child_) { body; exit(0); } status_of(child_); })

#define BAD_POINTER ((void *)0x1ffffffff000UL)
#define KERNEL_POINTER ((void *)0xffffffc080200000UL)
#define READ_WRITE (PROT_READ | PROT_WRITE)

static void test_memory(void) {
  volatile u8 *memory = mmap(4 * PAGE_SIZE, READ_WRITE);
  check(memory && !((u64)memory % PAGE_SIZE), "mmap gives whole pages");
  bool zero = true;
  for (u64 i = 0; i < 4 * PAGE_SIZE; i += 512) zero &= !memory[i];
  check(zero, "fresh memory is zero");
  memory[0] = 1;
  u32 status = in_child({ memory[0]++; exit(memory[0]); });
  check(status == STATUS_EXIT(2) && memory[0] == 1, "a child's write stays in the child");
  check(mprotect((void *)memory, PAGE_SIZE, PROT_READ) == 0, "mprotect takes the right to write");
  check(in_child(memory[0] = 9) == STATUS_FAULT && memory[0] == 1, "a write to a read-only page ends the process");
  check(mprotect((void *)memory, PAGE_SIZE, 0) == 0 && in_child(exit(memory[0])) == STATUS_FAULT, "a page without any right is not readable");
  check(mprotect((void *)memory, PAGE_SIZE, READ_WRITE) == 0 && memory[0] == 1, "its contents come back with the rights");
  check(munmap((void *)(memory + PAGE_SIZE), PAGE_SIZE) == 0, "munmap in the middle of a region");
  check(in_child(exit(memory[PAGE_SIZE])) == STATUS_FAULT, "an unmapped page is gone");
  memory[2 * PAGE_SIZE] = 7;
  check(memory[2 * PAGE_SIZE] == 7 && memory[0] == 1, "its neighbours are not");
  check(mprotect((void *)memory, 4 * PAGE_SIZE, PROT_READ) == -ENOMEM, "mprotect over a hole is refused");
  check(munmap((void *)memory, 4 * PAGE_SIZE) == 0, "munmap over a hole");
  check(mmap(0, READ_WRITE) == NULL && munmap((void *)1, PAGE_SIZE) == -EINVAL, "nonsensical ranges are refused");
  check(mprotect((void *)-PAGE_SIZE, 2 * PAGE_SIZE, PROT_READ) == -EINVAL, "ranges that wrap are refused");
  i64 heap = brk(0);
  check(brk((u64)heap + 100000) == heap + 100000, "the heap grows");
  ((volatile u8 *)heap)[99999] = 5;
  check(brk((u64)heap) == heap && in_child(exit(((volatile u8 *)heap)[99999])) == STATUS_FAULT, "and shrinks");
  u32 code[] = {0x00700513, 0x00008067}; /* li a0, 7; ret */
  u32 *page = mmap(PAGE_SIZE, READ_WRITE);
  memcpy(page, code, sizeof code);
  check(in_child(exit(((int (*)(void))page)())) == STATUS_FAULT, "data is not executable");
  mprotect(page, PAGE_SIZE, PROT_READ | PROT_EXEC);
  check(in_child({ __asm__ volatile("fence.i"); exit(((int (*)(void))page)()); }) == STATUS_EXIT(7), "until it is made so");
  munmap(page, PAGE_SIZE);
}

static void test_faults(void) {
  check(in_child(exit(*(volatile u8 *)KERNEL_POINTER)) == STATUS_FAULT, "kernel memory is not readable");
  check(in_child(*(volatile u8 *)KERNEL_POINTER = 1) == STATUS_FAULT, "nor writable");
  check(in_child(*(volatile u8 *)exit = 1) == STATUS_FAULT, "program text is not writable");
  check(in_child(__asm__ volatile("csrr zero, sstatus")) == STATUS_FAULT, "privileged registers are out of reach");
  check(in_child(__asm__ volatile("sret")) == STATUS_FAULT, "so are privileged instructions");
  check(in_child(__asm__ volatile("unimp")) == STATUS_FAULT, "an illegal instruction ends the process");
}

static int deeper(int depth) {
  volatile char page[4096];
  page[0] = (char)depth;
  return depth == 1000 ? 0 : deeper(depth + 1) + page[0];
}

static void test_pointers(void) {
  check(in_child(exit(deeper(0))) == STATUS_FAULT, "the stack has an end");
  i64 file = open("/etc/motd.txt", O_READ), null = open("/dev/null", O_WRITE);
  check(read(file, BAD_POINTER, 8) == -EFAULT && read(file, KERNEL_POINTER, 8) == -EFAULT, "read to a bad address");
  check(write(null, BAD_POINTER, 8) == 8, "the null device does not look at its data");
  check(write(1, KERNEL_POINTER, 8) == -EFAULT, "write from the kernel's memory");
  check(read(file, (void *)exit, 8) == -EFAULT, "read into read-only memory");
  check(open(KERNEL_POINTER, O_READ) == -EFAULT, "a path in the kernel's memory");
  check(exec("/bin/echo", KERNEL_POINTER) == -EFAULT, "arguments in the kernel's memory");
  check(pipe(KERNEL_POINTER) == -EFAULT && wait(KERNEL_POINTER) == -ECHILD, "results to the kernel's memory");
  check(close(file) == 0 && close(file) == -EBADF && close(99) == -EBADF, "descriptors that are not open");
  close(null);
}

static void test_files(void) {
  char text[64] = {0};
  struct file_status status;
  mkdir("/tmp/test");
  i64 file = open("/tmp/test/file", O_READ | O_WRITE | O_CREATE);
  check(file >= 0 && write(file, "hello, world", 12) == 12, "a file is created and written");
  check(lseek(file, 7, SEEK_SET) == 7 && read(file, text, 64) == 5 && !strcmp(text, "world"), "and read from a position");
  check(read(file, text, 64) == 0, "to its end");
  check(lseek(file, 100000, SEEK_SET) == 100000 && write(file, "!", 1) == 1, "a hole is left by writing far away");
  check(lseek(file, 50000, SEEK_SET) == 50000 && read(file, text, 4) == 4 && !text[0] && !text[3], "a hole reads as zeros");
  check(fstat(file, &status) == 0 && status.size == 100001 && status.type == TYPE_FILE, "fstat tells the size");
  check(lseek(file, -1, SEEK_SET) == -EINVAL && lseek(file, -1, SEEK_END) == 100000, "lseek from the end");
  check(open("/tmp/test/none", O_READ) == -ENOENT && open("/etc/motd.txt/x", O_READ) == -ENOTDIR, "paths that lead nowhere");
  check(open("/tmp", O_WRITE) == -EISDIR && mkdir("/tmp/test") == -EEXIST, "directories are not written");
  check(open("/tmp/a-name-that-is-far-too-long-for-an-entry", O_WRITE | O_CREATE) == -ENAMETOOLONG, "names have a limit");
  check(unlink("/tmp/test") == -ENOTEMPTY, "a directory with files stays");
  check(link("/tmp/test/file", "/tmp/test/other") == 0 && unlink("/tmp/test/file") == 0, "a second name keeps a file");
  i64 again = open("/tmp/test/other", O_READ);
  check(again >= 0 && read(again, text, 5) == 5 && !strncmp(text, "hello", 5), "its contents are the same");
  check(unlink("/tmp/test/other") == 0 && read(again, text, 1) == 1, "an open file outlives its last name");
  check(write(again, "x", 1) == -EBADF, "a descriptor for reading does not write");
  close(file);
  close(again);
  check(unlink("/tmp/test") == 0 && unlink("/tmp/test") == -ENOENT, "an empty directory goes");
  check(chdir("/etc") == 0 && (file = open("motd.txt", O_READ)) >= 0 && close(file) == 0 && chdir("/") == 0, "relative paths");
}

static void test_full_disk(void) {
  static u8 block[4096];
  u64 blocks = 0;
  i64 file = open("/tmp/big", O_WRITE | O_CREATE), result;
  while ((result = write(file, block, sizeof block)) == sizeof block) blocks++;
  check(result == -ENOSPC && blocks > 100, "a full disk is told");
  close(file);
  check(unlink("/tmp/big") == 0, "and its space comes back");
  file = open("/tmp/big", O_WRITE | O_CREATE);
  u64 second = 0;
  while (write(file, block, sizeof block) == sizeof block) second++;
  check(second == blocks, "all of it");
  close(file);
  unlink("/tmp/big");
}

static void test_processes(void) {
  u32 ends[2];
  char text[8];
  check(in_child(exit(300)) == STATUS_EXIT(300), "an exit status has eight bits");
  check(wait(NULL) == -ECHILD, "waiting without children");
  check(exec("/etc/motd.txt", (char *[]){NULL}) == -ENOEXEC && exec("/none", (char *[]){NULL}) == -ENOENT, "what cannot be run");
  i64 child = fork();
  if (!child) for (;;) {}
  check(kill(child) == 0 && status_of(child) == STATUS_KILLED, "a busy process is killed");
  child = fork();
  if (!child) sleep_ms(1000000);
  yield();
  check(kill(child) == 0 && status_of(child) == STATUS_KILLED, "so is one that sleeps");
  check(kill(99999) == -ESRCH && kill(child) == -ESRCH, "processes that are not there");
  check(pipe(ends) == 0 && write(ends[1], "abc", 3) == 3 && read(ends[0], text, 8) == 3, "a pipe carries bytes");
  child = fork();
  if (!child) {
    close(ends[1]);
    exit(read(ends[0], text, 8));
  }
  close(ends[1]);
  check(status_of(child) == STATUS_EXIT(0), "a pipe ends when its writers are gone");
  close(ends[0]);
  pipe(ends);
  close(ends[0]);
  check(write(ends[1], "x", 1) == -EPIPE, "and breaks when its readers are");
  close(ends[1]);
  u32 made = 0;
  for (i64 other; (other = fork()) >= 0; made++)
    if (!other) exit(0);
  check(made > 20, "processes run out, and fork says so");
  u32 ended = 0;
  while (wait(NULL) > 0) ended++;
  check(ended == made, "all of them end");
}

/* Far more address space than memory: regions cost nothing until they are touched. */
static void test_sparse(void) {
  u64 length = 60UL << 30;
  volatile u8 *memory = mmap(length, READ_WRITE);
  check(memory != NULL, "60 GiB of addresses");
  memory[0] = 1;
  memory[length - 1] = 2;
  check(in_child(exit(memory[0] + memory[length - 1])) == STATUS_EXIT(3), "fork copies what is there of them");
  check(mprotect((void *)memory, length, PROT_READ) == 0 && munmap((void *)memory, length) == 0, "they can be protected and unmapped");
}

static void test_leaks(void) {
  i64 before = free_pages();
  for (u32 i = 0; i < 20; i++) {
    in_child({
      u8 *memory = mmap(64 * PAGE_SIZE, READ_WRITE);
      for (u32 page = 0; page < 64; page++) memory[page * PAGE_SIZE] = 1;
      exec("/bin/exit-status", (char *[]){"exit-status", "3", NULL});
    });
  }
  check(free_pages() == before, "memory of processes that ended is free again");
}

int main(void) {
  test_memory();
  test_faults();
  test_pointers();
  test_files();
  test_full_disk();
  test_sparse();
  test_leaks();
  test_processes();
  print("%s\n", broken ? "BROKEN" : "all promises kept");
  return broken != 0;
}
