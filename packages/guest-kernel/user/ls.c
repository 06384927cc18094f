/* ls [-l] [path...]: names in the order of the directory. */
#include "library.h"

static bool detailed;

static void show(const char *name, i64 file) {
  struct file_status status = {0};
  fstat(file, &status);
  if (detailed) print("%c %2u %7lu ", "?-dcp"[status.type], status.links, status.size);
  print("%s%s\n", name, status.type == TYPE_DIRECTORY ? "/" : "");
}

static void list_directory(const char *path, i64 directory) {
  struct entry entry;
  char full[PATH_MAX];
  u64 length = strlcpy(full, path, sizeof full - NAME_MAX - 2);
  if (!length || full[length - 1] != '/') full[length++] = '/';
  while (getdents(directory, &entry, sizeof entry) == sizeof entry) {
    if (!entry.inode || entry.name[0] == '.') continue;
    strlcpy(full + length, entry.name, NAME_MAX + 1);
    i64 file = open(full, O_READ);
    if (file < 0) fail(full, file);
    show(entry.name, file);
    close(file);
  }
}

static void list(const char *path) {
  struct file_status status;
  i64 file = open(path, O_READ);
  if (file < 0) fail(path, file);
  fstat(file, &status);
  if (status.type == TYPE_DIRECTORY) list_directory(path, file);
  else show(path, file);
  close(file);
}

int main(int count, char **arguments) {
  int first = 1;
  if (count > 1 && !strcmp(arguments[1], "-l")) detailed = true, first++;
  if (first == count) list(".");
  for (; first < count; first++) list(arguments[first]);
  return 0;
}
