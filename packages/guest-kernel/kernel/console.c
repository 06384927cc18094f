/* The console: output as it is, input a line at a time with echo, erasing, end of file and Ctrl-C. */
#include "file.h"
#include "platform.h"
#include "process.h"

#define SIZE 512U
#define CONTROL(letter) ((letter) - '@')
#define DELETE 0x7f

static struct {
  char ring[SIZE];
  u32 taken, ended, typed; /* counts: read so far, up to the last complete line, and all */
  struct wait_queue readers;
  u32 foreground;
} console;

void console_foreground(u32 group) { console.foreground = group; }

static void echo(const char *text) {
  while (*text) platform.console_put(*text++);
}

static void erase(void) {
  console.typed--;
  echo("\b \b");
}

/* A line that is longer than the ring is cut, so there is always room while no line is complete. */
bool console_room(void) { return console.typed - console.taken < SIZE - 1 || console.taken == console.ended; }

/* Called from the interrupt handler. */
void console_input(char c) {
  if (c == '\r') c = '\n';
  switch (c) {
  case CONTROL('C'):
    echo("^C\n");
    console.typed = console.ended;
    if (console.foreground) process_kill(-(i64)console.foreground);
    return;
  case CONTROL('U'):
    while (console.typed != console.ended) erase();
    return;
  case CONTROL('H'):
  case DELETE:
    if (console.typed != console.ended) erase();
    return;
  }
  bool ends = c == '\n' || c == CONTROL('D');
  if (!ends && console.typed - console.taken >= SIZE - 1) return;
  if (!ends && (c < ' ' && c != '\t')) return;
  if (c != CONTROL('D')) platform.console_put(c);
  console.ring[console.typed++ % SIZE] = c;
  if (!ends) return;
  console.ended = console.typed;
  wake_all(&console.readers);
}

i64 console_read(u64 buffer, u64 length) {
  i64 error = user_prepare(buffer, length, ACCESS_WRITE);
  if (error) return error;
  u64 done = 0;
  bool killed = false;
  with_interrupts_disabled {
    while (!killed && console.taken == console.ended) killed = !wait_on(&console.readers, true);
    while (!killed && done < length && console.taken != console.ended) {
      char c = console.ring[console.taken % SIZE];
      if (c == CONTROL('D') && done) break; /* stays, to end the next read */
      console.taken++;
      if (c == CONTROL('D')) break;
      memory_move((void *)(buffer + done++), &c, 1);
      if (c == '\n') break;
    }
    platform.console_listen();
  }
  return killed ? -EINTR : (i64)done;
}

i64 console_write(u64 buffer, u64 length) {
  char part[128];
  for (u64 done = 0; done < length;) {
    u64 count = min_of(sizeof part, length - done);
    i64 error = user_read(part, buffer + done, count);
    if (error) return error;
    for (u64 i = 0; i < count; i++) platform.console_put(part[i]);
    done += count;
  }
  return (i64)length;
}
