/*
 * The guest's system calls on the build host, as far as workloads use them. Processes, pipes, files and memory are
 * the host's own; devices are models. A path is looked up below the current folder; a program is a function.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

int make_scan_main(void);
int make_emit_main(void);
int make_link_main(int count, char **arguments);
unsigned long device_operation(int operation, unsigned long count, unsigned long seed);

static long result(long value) { return value < 0 ? -errno : value; }
static const char *below(const char *path) { return path + (*path == '/'); }

long guest_null_call(unsigned long value) { return (long)value; }
void guest_exit(long status) { _exit((int)status & 0xff); }
long guest_fork(void) { return result(fork()); }

long guest_exec(const char *path, char *const arguments[]) {
  int count = 0;
  while (arguments[count]) count++;
  if (!strcmp(path, "/bin/exit-status")) _exit(count > 1 ? atoi(arguments[1]) & 0xff : 0);
  if (!strcmp(path, "/bin/make-scan")) _exit(make_scan_main());
  if (!strcmp(path, "/bin/make-emit")) _exit(make_emit_main());
  if (!strcmp(path, "/bin/make-link")) _exit(make_link_main(count, (char **)arguments));
  return -ENOENT;
}

long guest_wait(unsigned *status) {
  int host = 0;
  pid_t child = wait(&host);
  if (status && child > 0) *status = WIFEXITED(host) ? (unsigned)WEXITSTATUS(host) << 8 : 1;
  return result(child);
}

long guest_getpid(void) { return getpid(); }
long guest_yield(void) { return result(sched_yield()); }

long guest_ticks(void) {
  static long ticks;
  return ticks++;
}

long guest_tick_rate(unsigned long hertz) { return hertz ? 0 : -EINVAL; }

void *guest_mmap(unsigned long length, unsigned protection) {
  void *memory = mmap(NULL, length, (int)protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return memory == MAP_FAILED ? NULL : memory;
}

long guest_munmap(void *address, unsigned long length) { return result(munmap(address, length)); }
long guest_mprotect(void *address, unsigned long length, unsigned protection) {
  return result(mprotect(address, length, (int)protection));
}

enum { GUEST_READ = 1, GUEST_WRITE = 2, GUEST_CREATE = 4, GUEST_TRUNCATE = 8, GUEST_APPEND = 16 };

long guest_open(const char *path, unsigned flags) {
  int host = (flags & GUEST_WRITE) ? (flags & GUEST_READ ? O_RDWR : O_WRONLY) : O_RDONLY;
  if (flags & GUEST_CREATE) host |= O_CREAT;
  if (flags & GUEST_TRUNCATE) host |= O_TRUNC;
  if (flags & GUEST_APPEND) host |= O_APPEND;
  return result(open(below(path), host, 0644));
}

long guest_close(long descriptor) { return result(close((int)descriptor)); }
long guest_read(long descriptor, void *buffer, unsigned long length) {
  return result(read((int)descriptor, buffer, length));
}
long guest_write(long descriptor, const void *buffer, unsigned long length) {
  return result(write((int)descriptor, buffer, length));
}
long guest_lseek(long descriptor, long offset, unsigned whence) {
  return result(lseek((int)descriptor, offset, (int)whence));
}
long guest_dup2(long descriptor, long wanted) { return result(dup2((int)descriptor, (int)wanted)); }
long guest_pipe(unsigned ends[2]) { return result(pipe((int *)ends)); }
long guest_unlink(const char *path) { return result(unlink(below(path))); }

unsigned long guest_device(int operation, unsigned long count, unsigned long seed) {
  return device_operation(operation, count, seed) >> 1;
}

unsigned long guest_strlcpy(char *target, const char *source, unsigned long size) {
  unsigned long length = strlen(source), copied = length < size ? length : size - 1;
  if (size) memcpy(target, source, copied), target[copied] = 0;
  return length;
}
