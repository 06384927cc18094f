/* Directories and paths. A directory is a file of struct entry; the first two are `.` and `..`. */
#include "fs.h"
#include "process.h"
#include "string.h"

#define ENTRY sizeof(struct entry)

/* Looks a name up; with `where`, tells the entry's offset. 0: not there. */
static u32 lookup(struct inode *directory, const char *name, u64 *where) {
  struct entry entries[8];
  for (u64 offset = 0; offset < directory->disk.size;) {
    i64 length = inode_read(directory, offset, entries, sizeof entries);
    if (length < (i64)ENTRY) return 0;
    for (u64 i = 0; i < (u64)length / ENTRY; i++) {
      if (!entries[i].inode || strncmp(entries[i].name, name, NAME_MAX + 1)) continue;
      if (where) *where = offset + i * ENTRY;
      return entries[i].inode;
    }
    offset += (u64)length;
  }
  return 0;
}

static i64 add(struct inode *directory, const char *name, u32 number) {
  u64 offset = 0;
  for (; offset < directory->disk.size; offset += ENTRY) {
    struct entry entry;
    if (inode_read(directory, offset, &entry, ENTRY) != (i64)ENTRY) return -EIO;
    if (!entry.inode) break;
  }
  struct entry entry = {.inode = number};
  strlcpy(entry.name, name, sizeof entry.name);
  i64 written = inode_write(directory, offset, &entry, ENTRY);
  return written == (i64)ENTRY ? 0 : written < 0 ? written : -ENOSPC;
}

static bool is_empty(struct inode *directory) {
  struct entry entry;
  for (u64 offset = 2 * ENTRY; offset < directory->disk.size; offset += ENTRY)
    if (inode_read(directory, offset, &entry, ENTRY) == (i64)ENTRY && entry.inode) return false;
  return true;
}

/* Takes the next component off *path. False at the end; *error is set when the name is too long. */
static bool next_name(const char **path, char *name, i64 *error) {
  while (**path == '/') (*path)++;
  u32 length = 0;
  for (; **path && **path != '/'; (*path)++) {
    if (length == NAME_MAX) {
      *error = -ENAMETOOLONG;
      return false;
    }
    name[length++] = **path;
  }
  name[length] = 0;
  return length != 0;
}

static bool more(const char *path) {
  while (*path == '/') path++;
  return *path != 0;
}

/*
 * Walks a path. With `last`, stops before its last component, which is copied there, and returns the directory.
 * The lock is held. NULL: *error is set.
 */
static struct inode *walk(const char *path, char *last, i64 *error) {
  struct inode *at = *path == '/' || !current->directory ? inode_get(ROOT_INODE) : inode_share(current->directory);
  char name[NAME_MAX + 1];
  *error = *path && at ? 0 : -ENOENT;
  while (!*error && next_name(&path, name, error)) {
    if (at->disk.type != TYPE_DIRECTORY) {
      *error = -ENOTDIR;
    } else if (last && !more(path)) {
      strlcpy(last, name, NAME_MAX + 1);
      return at;
    } else {
      u32 number = lookup(at, name, NULL);
      struct inode *next = number ? inode_get(number) : NULL;
      if (!next) *error = number ? -ENFILE : -ENOENT;
      else inode_put_locked(at), at = next;
    }
  }
  if (!*error && last) *error = -EEXIST; /* the root has no name */
  if (!*error) return at;
  if (at) inode_put_locked(at);
  return NULL;
}

struct inode *path_find(const char *path, i64 *error) {
  lock_acquire(&fs_lock);
  struct inode *inode = walk(path, NULL, error);
  lock_release(&fs_lock);
  return inode;
}

static i64 fill_directory(struct inode *directory, u32 parent) {
  i64 error = add(directory, ".", directory->number);
  return error ? error : add(directory, "..", parent);
}

struct inode *path_create(const char *path, u16 type, i64 *error) {
  char name[NAME_MAX + 1];
  lock_acquire(&fs_lock);
  struct inode *directory = walk(path, name, error), *inode = NULL;
  if (directory && lookup(directory, name, NULL)) *error = -EEXIST;
  if (!*error) {
    inode = inode_create(type);
    *error = inode ? 0 : -ENOSPC;
    if (inode && type == TYPE_DIRECTORY) *error = fill_directory(inode, directory->number);
    if (!*error) *error = add(directory, name, inode->number);
    if (!*error) inode->disk.links = 1, *error = inode_save(inode);
  }
  if (inode && *error) {
    inode_put_locked(inode);
    inode = NULL;
  }
  if (directory) inode_put_locked(directory);
  lock_release(&fs_lock);
  return inode;
}

i64 path_unlink(const char *path) {
  char name[NAME_MAX + 1];
  i64 error;
  lock_acquire(&fs_lock);
  struct inode *directory = walk(path, name, &error), *inode = NULL;
  u64 where = 0;
  if (directory) {
    u32 number = lookup(directory, name, &where);
    inode = number ? inode_get(number) : NULL;
    if (!inode) error = -ENOENT;
    else if (!strcmp(name, ".") || !strcmp(name, "..")) error = -EINVAL;
    else if (inode->disk.type == TYPE_DIRECTORY && !is_empty(inode)) error = -ENOTEMPTY;
  }
  if (!error) {
    static const struct entry none;
    error = inode_write(directory, where, &none, ENTRY) == (i64)ENTRY ? 0 : -EIO;
    if (!error) inode->disk.links--, error = inode_save(inode);
  }
  if (inode) inode_put_locked(inode);
  if (directory) inode_put_locked(directory);
  lock_release(&fs_lock);
  return error;
}

i64 path_link(const char *existing, const char *created) {
  char name[NAME_MAX + 1];
  i64 error;
  lock_acquire(&fs_lock);
  struct inode *inode = walk(existing, NULL, &error);
  struct inode *directory = inode ? walk(created, name, &error) : NULL;
  if (directory && inode->disk.type == TYPE_DIRECTORY) error = -EISDIR;
  else if (directory && lookup(directory, name, NULL)) error = -EEXIST;
  if (!error) error = add(directory, name, inode->number);
  if (!error) inode->disk.links++, error = inode_save(inode);
  if (directory) inode_put_locked(directory);
  if (inode) inode_put_locked(inode);
  lock_release(&fs_lock);
  return error;
}
