#include "file.h"
#include "process.h"
#include "string.h"
#include "syscall.h"

#define CALL(name) i64 sys_##name(const u64 *a, struct trap_frame *frame __attribute__((unused)))

CALL(open) {
  char path[PATH_MAX];
  i64 length = user_read_string(path, a[0], sizeof path);
  return length < 0 ? length : file_open(path, (u32)a[1]);
}

CALL(close) {
  struct open_file *file = descriptor_file(a[0]);
  if (!file) return -EBADF;
  current->files[a[0]] = NULL;
  file_release(file);
  return 0;
}

CALL(read) {
  struct open_file *file = descriptor_file(a[0]);
  return file ? file_read(file, a[1], a[2]) : -EBADF;
}

CALL(write) {
  struct open_file *file = descriptor_file(a[0]);
  return file ? file_write(file, a[1], a[2]) : -EBADF;
}

CALL(lseek) {
  struct open_file *file = descriptor_file(a[0]);
  return file ? file_seek(file, (i64)a[1], (u32)a[2]) : -EBADF;
}

CALL(fstat) {
  struct open_file *file = descriptor_file(a[0]);
  if (!file) return -EBADF;
  struct file_status status = {.type = (u16)file->type};
  if (file->inode) {
    status.inode = file->inode->number;
    status.links = file->inode->disk.links;
    status.size = file->type == TYPE_DEVICE ? 0 : file->inode->disk.size;
  }
  return user_write(a[1], &status, sizeof status);
}

CALL(dup) {
  struct open_file *file = descriptor_file(a[0]);
  if (!file) return -EBADF;
  i64 descriptor = descriptor_for(file);
  if (descriptor >= 0) file_share(file);
  return descriptor;
}

CALL(dup2) {
  struct open_file *file = descriptor_file(a[0]);
  if (!file || a[1] >= OPEN_MAX) return -EBADF;
  if (a[0] == a[1]) return (i64)a[1];
  if (current->files[a[1]]) file_release(current->files[a[1]]);
  current->files[a[1]] = file_share(file);
  return (i64)a[1];
}

CALL(pipe) {
  struct open_file *reader, *writer;
  i64 error = pipe_create(&reader, &writer);
  if (error) return error;
  i64 from = descriptor_for(reader), to = descriptor_for(writer);
  u32 pair[2] = {(u32)from, (u32)to};
  error = from < 0 || to < 0 ? -ENFILE : user_write(a[0], pair, sizeof pair);
  if (!error) return 0;
  if (from >= 0) current->files[from] = NULL;
  if (to >= 0) current->files[to] = NULL;
  file_release(reader);
  file_release(writer);
  return error;
}

CALL(getdents) {
  struct open_file *file = descriptor_file(a[0]);
  if (!file) return -EBADF;
  if (file->type != TYPE_DIRECTORY) return -ENOTDIR;
  return file_read(file, a[1], a[2] - a[2] % sizeof(struct entry));
}

CALL(mkdir) {
  char path[PATH_MAX];
  i64 error = user_read_string(path, a[0], sizeof path);
  if (error < 0) return error;
  struct inode *inode = path_create(path, TYPE_DIRECTORY, &error);
  if (!inode) return error;
  inode_put(inode);
  return 0;
}

CALL(unlink) {
  char path[PATH_MAX];
  i64 error = user_read_string(path, a[0], sizeof path);
  return error < 0 ? error : path_unlink(path);
}

CALL(link) {
  char existing[PATH_MAX], created[PATH_MAX];
  i64 error = user_read_string(existing, a[0], sizeof existing);
  if (error >= 0) error = user_read_string(created, a[1], sizeof created);
  return error < 0 ? error : path_link(existing, created);
}

CALL(chdir) {
  char path[PATH_MAX];
  i64 error = user_read_string(path, a[0], sizeof path);
  if (error < 0) return error;
  struct inode *inode = path_find(path, &error);
  if (!inode) return error;
  if (inode->disk.type != TYPE_DIRECTORY) {
    inode_put(inode);
    return -ENOTDIR;
  }
  inode_put(current->directory);
  current->directory = inode;
  return 0;
}
