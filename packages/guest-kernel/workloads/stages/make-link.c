/* Third stage: make-link program object...: one list of codes in which equal names have equal numbers. */
#include "workload.h"

#define NAMES_MAX 2048

static u64 names[NAMES_MAX];
static u32 name_count;

static u16 global_number(u64 hash) {
  u32 at = 0;
  while (at < name_count && names[at] != hash) at++;
  if (at == name_count && name_count < NAMES_MAX) names[name_count++] = hash;
  return (u16)at;
}

static bool read_exactly(i64 file, void *buffer, u64 length) { return read(file, buffer, length) == (i64)length; }

static bool add_object(i64 program, const char *path) {
  static u16 codes[8192], global[512];
  static u64 hashes[512];
  u32 header[2];
  i64 object = open(path, O_READ);
  if (object < 0 || !read_exactly(object, header, sizeof header) || header[0] > array_size(codes) ||
      header[1] > array_size(hashes))
    return false;
  if (!read_exactly(object, codes, header[0] * sizeof *codes)) return false;
  if (!read_exactly(object, hashes, header[1] * sizeof *hashes)) return false;
  close(object);
  for (u32 i = 0; i < header[1]; i++) global[i] = global_number(hashes[i]);
  for (u32 i = 0; i < header[0]; i++)
    if (codes[i] & 0x8000 && codes[i] & 0x7fff) codes[i] = 0x8000 | global[(codes[i] & 0x7fff) - 1];
  write(program, codes, header[0] * sizeof *codes);
  return true;
}

int main(int count, char **arguments) {
  i64 program = count > 2 ? open(arguments[1], O_WRITE | O_CREATE | O_TRUNCATE) : -1;
  if (program < 0) return 1;
  for (int i = 2; i < count; i++)
    if (!add_object(program, arguments[i])) return 2;
  write(program, names, name_count * sizeof *names);
  return 0;
}
