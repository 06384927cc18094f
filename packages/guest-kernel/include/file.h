/* Open files, pipes and devices. */
#pragma once

#include "abi.h"
#include "fs.h"
#include "user-memory.h"

struct pipe;

struct open_file {
  u32 references;
  u32 flags;
  enum file_type type;
  u64 position;
  struct inode *inode; /* files, directories, devices */
  struct pipe *pipe;
};

enum device_number { DEVICE_CONSOLE = 1, DEVICE_NULL = 2, DEVICE_ZERO = 3, DEVICE_DISK = 4 };

i64 file_open(const char *path, u32 flags);
struct open_file *file_share(struct open_file *file);
void file_release(struct open_file *file);
/** The buffer is user memory. */
i64 file_read(struct open_file *file, u64 buffer, u64 length);
i64 file_write(struct open_file *file, u64 buffer, u64 length);
i64 file_seek(struct open_file *file, i64 offset, u32 whence);
struct open_file *file_alloc(enum file_type type, u32 flags);
/** Lowest free descriptor of the current process for `file`, or an error (the reference stays with the caller). */
i64 descriptor_for(struct open_file *file);
struct open_file *descriptor_file(u64 descriptor);

/* pipe.c */
i64 pipe_create(struct open_file **reader, struct open_file **writer);
i64 pipe_read(struct pipe *pipe, u64 buffer, u64 length);
i64 pipe_write(struct pipe *pipe, u64 buffer, u64 length);
void pipe_close(struct pipe *pipe, bool writer);

/* device.c */
i64 device_read(struct open_file *file, u64 buffer, u64 length);
i64 device_write(struct open_file *file, u64 buffer, u64 length);
u64 device_operation(enum device_operation operation, u64 count, u64 seed);

/* console.c */
i64 console_read(u64 buffer, u64 length);
i64 console_write(u64 buffer, u64 length);
void console_foreground(u32 group);
