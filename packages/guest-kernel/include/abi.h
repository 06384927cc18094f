/* The contract between kernel and user programs: system calls, errors, flags and structures. */
#pragma once

#include "types.h"

/* Arguments in a0..a5, number in a7, result in a0: negative is an error code. Numbers follow from the order. */
#define SYSTEM_CALLS(X) \
  X(null)         /* (value)                       the value: the cost of entering and leaving the kernel */ \
  X(exit)         /* (status)                      does not return */ \
  X(fork)         /* ()                            child: 0, parent: process id */ \
  X(exec)         /* (path, argv)                  replaces the program */ \
  X(wait)         /* (status *)                    id of a child that ended */ \
  X(kill)         /* (process id)                  ends it; a negative id ends a group */ \
  X(getpid)       /* () */ \
  X(getppid)      /* () */ \
  X(setgroup)     /* ()                            own group, named by the process id; children inherit it */ \
  X(foreground)   /* (group)                       whom Ctrl-C ends */ \
  X(yield)        /* () */ \
  X(sleep)        /* (milliseconds) */ \
  X(uptime)       /* ()                            milliseconds since the start */ \
  X(ticks)        /* ()                            timer interrupts since the start */ \
  X(tick_rate)    /* (hertz)                       1..10000 */ \
  X(brk)          /* (address)                     end of the heap; 0 only asks */ \
  X(mmap)         /* (length, protection)          anonymous private memory, its address */ \
  X(munmap)       /* (address, length) */ \
  X(mprotect)     /* (address, length, protection) */ \
  X(open)         /* (path, flags)                 descriptor */ \
  X(close)        /* (descriptor) */ \
  X(read)         /* (descriptor, buffer, length)  bytes, 0 at the end */ \
  X(write)        /* (descriptor, buffer, length)  bytes */ \
  X(lseek)        /* (descriptor, offset, whence)  position */ \
  X(fstat)        /* (descriptor, status *) */ \
  X(dup)          /* (descriptor)                  lowest free descriptor */ \
  X(dup2)         /* (descriptor, wanted) */ \
  X(pipe)         /* (descriptor[2])               reading end, writing end */ \
  X(getdents)     /* (descriptor, buffer, length)  bytes of struct entry */ \
  X(mkdir)        /* (path) */ \
  X(unlink)       /* (path)                        file or empty directory */ \
  X(link)         /* (existing path, new path) */ \
  X(chdir)        /* (path) */ \
  X(sync)         /* () */ \
  X(processes)    /* (struct process_status *, count)  number filled */ \
  X(free_pages)   /* ()                            pages of memory that are not in use */ \
  X(bootargs)     /* (buffer, length)              bytes without the terminating 0 */ \
  X(device)       /* (operation, count, seed)      reads and writes of device registers, a checksum */ \
  X(power_off)    /* (failed)                      does not return */

#define SYSTEM_CALL_NUMBER(name) SYS_##name,
enum { SYSTEM_CALLS(SYSTEM_CALL_NUMBER) SYSTEM_CALL_COUNT };

/* Errors, with the numbers that Unix programmers know. Returned negated. */
#define ERRORS(X) \
  X(ENOENT, 2, "no such file or directory") \
  X(ESRCH, 3, "no such process") \
  X(EINTR, 4, "interrupted") \
  X(EIO, 5, "input/output error") \
  X(E2BIG, 7, "argument list too long") \
  X(ENOEXEC, 8, "not an executable") \
  X(EBADF, 9, "bad file descriptor") \
  X(ECHILD, 10, "no child processes") \
  X(EAGAIN, 11, "too many processes") \
  X(ENOMEM, 12, "out of memory") \
  X(EACCES, 13, "permission denied") \
  X(EFAULT, 14, "bad address") \
  X(EEXIST, 17, "file exists") \
  X(ENOTDIR, 20, "not a directory") \
  X(EISDIR, 21, "is a directory") \
  X(EINVAL, 22, "invalid argument") \
  X(ENFILE, 23, "too many open files") \
  X(EFBIG, 27, "file too large") \
  X(ENOSPC, 28, "no space left") \
  X(ESPIPE, 29, "illegal seek") \
  X(EPIPE, 32, "broken pipe") \
  X(ENAMETOOLONG, 36, "name too long") \
  X(ENOSYS, 38, "no such system call") \
  X(ENOTEMPTY, 39, "directory not empty")

#define ERROR_NUMBER(name, number, text) name = number,
enum { ERRORS(ERROR_NUMBER) };

/* open */
#define O_READ 1
#define O_WRITE 2
#define O_CREATE 4
#define O_TRUNCATE 8
#define O_APPEND 16
#define O_DIRECT 32 /* /dev/disk only: page-aligned buffers and positions, past the block cache */

/* lseek */
#define SEEK_SET 0
#define SEEK_CUR 1
#define SEEK_END 2

/* mmap, mprotect */
#define PROT_READ 1
#define PROT_WRITE 2
#define PROT_EXEC 4

/* Types of files, also on disk. */
enum file_type { TYPE_FREE = 0, TYPE_FILE = 1, TYPE_DIRECTORY = 2, TYPE_DEVICE = 3, TYPE_PIPE = 4 };

struct file_status {
  u32 inode;
  u16 type, links;
  u64 size;
};

#define NAME_MAX 27

struct entry {
  u32 inode;
  char name[NAME_MAX + 1];
};

struct process_status {
  u32 id, parent, group, state;
  u32 resident_pages;
  char name[20];
};

enum process_state { PROCESS_FREE, PROCESS_STARTING, PROCESS_READY, PROCESS_WAITING, PROCESS_ENDED };

/* wait: the low byte is the reason (0: exit), the next one the exit status. */
#define STATUS_EXIT(status) (((status) & 0xff) << 8)
#define STATUS_KILLED 1
#define STATUS_FAULT 2

/* device: what to do `count` times. Both follow REGISTER_STEP, so that the result can be predicted. */
enum device_operation { DEVICE_PRIORITY, DEVICE_SCRATCH };
#define PATH_MAX 256
#define OPEN_MAX 16
