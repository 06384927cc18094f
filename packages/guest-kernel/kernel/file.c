/* The table of open files and what each type does. Descriptors are indices into a process's own list. */
#include "file.h"
#include "process.h"

#define OPEN_FILES 128
#define TRANSFER_MAX 0x10000UL

static struct open_file open_files[OPEN_FILES];

struct open_file *file_alloc(enum file_type type, u32 flags) {
  for (struct open_file *file = open_files; file < open_files + OPEN_FILES; file++) {
    if (file->references) continue;
    *file = (struct open_file){.references = 1, .type = type, .flags = flags};
    return file;
  }
  return NULL;
}

struct open_file *file_share(struct open_file *file) {
  file->references++;
  return file;
}

void file_release(struct open_file *file) {
  if (--file->references) return;
  if (file->pipe) pipe_close(file->pipe, file->flags & O_WRITE);
  if (file->inode) inode_put(file->inode);
}

static struct inode *find_or_create(const char *path, u32 flags, i64 *error) {
  struct inode *inode = path_find(path, error);
  if (inode || *error != -ENOENT || !(flags & O_CREATE)) return inode;
  inode = path_create(path, TYPE_FILE, error);
  return inode || *error != -EEXIST ? inode : path_find(path, error);
}

i64 file_open(const char *path, u32 flags) {
  i64 error;
  if (!(flags & (O_READ | O_WRITE))) return -EINVAL;
  struct inode *inode = find_or_create(path, flags, &error);
  if (!inode) return error;
  struct open_file *file = NULL;
  if (inode->disk.type == TYPE_DIRECTORY && flags & O_WRITE) error = -EISDIR;
  else if (!(file = file_alloc(inode->disk.type, flags))) error = -ENFILE;
  if (!file) {
    inode_put(inode);
    return error;
  }
  file->inode = inode;
  if (flags & O_TRUNCATE && file->type == TYPE_FILE) {
    lock_acquire(&fs_lock);
    inode_truncate(inode);
    lock_release(&fs_lock);
  }
  i64 descriptor = descriptor_for(file);
  if (descriptor < 0) file_release(file);
  return descriptor;
}

i64 file_read(struct open_file *file, u64 buffer, u64 length) {
  if (!(file->flags & O_READ)) return -EBADF;
  length = min_of(length, TRANSFER_MAX);
  if (file->type == TYPE_PIPE) return pipe_read(file->pipe, buffer, length);
  if (file->type == TYPE_DEVICE) return device_read(file, buffer, length);
  i64 error = user_prepare(buffer, length, ACCESS_WRITE);
  if (error) return error;
  lock_acquire(&fs_lock);
  i64 done = inode_read(file->inode, file->position, (void *)buffer, length);
  if (done > 0) file->position += (u64)done;
  lock_release(&fs_lock);
  return done;
}

i64 file_write(struct open_file *file, u64 buffer, u64 length) {
  if (!(file->flags & O_WRITE)) return -EBADF;
  length = min_of(length, TRANSFER_MAX);
  if (file->type == TYPE_PIPE) return pipe_write(file->pipe, buffer, length);
  if (file->type == TYPE_DEVICE) return device_write(file, buffer, length);
  i64 error = user_prepare(buffer, length, ACCESS_READ);
  if (error) return error;
  lock_acquire(&fs_lock);
  if (file->flags & O_APPEND) file->position = file->inode->disk.size;
  i64 done = inode_write(file->inode, file->position, (const void *)buffer, length);
  if (done > 0) file->position += (u64)done;
  lock_release(&fs_lock);
  return done;
}

i64 file_seek(struct open_file *file, i64 offset, u32 whence) {
  if (!file->inode) return -ESPIPE;
  i64 base = whence == SEEK_CUR ? (i64)file->position : whence == SEEK_END ? (i64)file->inode->disk.size : 0;
  if (whence > SEEK_END || base + offset < 0) return -EINVAL;
  file->position = (u64)(base + offset);
  return base + offset;
}

i64 descriptor_for(struct open_file *file) {
  for (u32 i = 0; i < OPEN_MAX; i++) {
    if (current->files[i]) continue;
    current->files[i] = file;
    return i;
  }
  return -ENFILE;
}

struct open_file *descriptor_file(u64 descriptor) {
  return descriptor < OPEN_MAX ? current->files[descriptor] : NULL;
}
