/* A pipe is one page: this header and a ring of bytes. */
#include "file.h"
#include "pages.h"
#include "process.h"

#define CAPACITY 2048U

struct pipe {
  u32 written, taken; /* counts of bytes; they wrap */
  bool writer_open, reader_open;
  struct wait_queue readers, writers;
  u8 ring[CAPACITY];
};

i64 pipe_create(struct open_file **reader, struct open_file **writer) {
  struct pipe *pipe = page_alloc_zeroed();
  *reader = file_alloc(TYPE_PIPE, O_READ);
  *writer = file_alloc(TYPE_PIPE, O_WRITE);
  if (pipe && *reader && *writer) {
    pipe->writer_open = pipe->reader_open = true;
    (*reader)->pipe = (*writer)->pipe = pipe;
    return 0;
  }
  if (pipe) page_release(pipe);
  if (*reader) file_release(*reader);
  if (*writer) file_release(*writer);
  return pipe ? -ENFILE : -ENOMEM;
}

void pipe_close(struct pipe *pipe, bool writer) {
  *(writer ? &pipe->writer_open : &pipe->reader_open) = false;
  wake_all(&pipe->readers);
  wake_all(&pipe->writers);
  if (!pipe->writer_open && !pipe->reader_open) page_release(pipe);
}

i64 pipe_read(struct pipe *pipe, u64 buffer, u64 length) {
  while (pipe->written == pipe->taken && pipe->writer_open)
    if (!wait_on(&pipe->readers, true)) return -EINTR;
  i64 error = user_prepare(buffer, length, ACCESS_WRITE);
  if (error) return error;
  u64 done = 0;
  while (done < length && pipe->taken != pipe->written) {
    u32 at = pipe->taken % CAPACITY;
    u64 part = min_of(min_of(CAPACITY - at, pipe->written - pipe->taken), length - done);
    memory_move((void *)(buffer + done), pipe->ring + at, part);
    pipe->taken += (u32)part;
    done += part;
  }
  wake_all(&pipe->writers);
  return (i64)done;
}

i64 pipe_write(struct pipe *pipe, u64 buffer, u64 length) {
  i64 error = user_prepare(buffer, length, ACCESS_READ);
  if (error) return error;
  for (u64 done = 0; done < length;) {
    if (!pipe->reader_open) return -EPIPE;
    u32 at = pipe->written % CAPACITY, space = CAPACITY - (pipe->written - pipe->taken);
    if (!space) {
      if (!wait_on(&pipe->writers, true)) return -EINTR;
      continue;
    }
    u64 part = min_of(min_of(CAPACITY - at, space), length - done);
    memory_move(pipe->ring + at, (const void *)(buffer + done), part);
    pipe->written += (u32)part;
    done += part;
    wake_all(&pipe->readers);
  }
  return (i64)length;
}
