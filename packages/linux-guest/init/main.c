/*
 * /init: makes an initramfs usable, then runs what the command line names, or a shell, and switches the machine off.
 * Called as modprobe, it loads modules that the kernel asks for.
 */
#include <asm/fcntl.h>
#include <asm/ioctls.h>
#include <asm/signal.h>
#include <linux/reboot.h>
#include <linux/sockios.h>
#include "../runtime/system.h"
#include "../runtime/text.h"
#include "modules.h"
#include "options.h"

#define SIGTERM 15
#define CONSOLE_LEVEL 8

static char *environment[] = {"PATH=/bin", "HOME=/root", "TERM=vt102", NULL};

static void mount(const char *what, const char *where, const char *type) {
  system(mkdirat, AT_FDCWD, where, 0755);
  i64 result = system(mount, what, where, type, 0, NULL);
  if (result < 0) print("init: mount %s: error %d\n", where, -result);
}

/* The loopback interface is there but down. */
static void start_loopback(void) {
  /* struct ifreq, which the kernel's header gives only with a C library */
  struct {
    char name[16];
    u16 flags;
    u8 rest[22];
  } request = {.name = "lo", .flags = 0x41 /* UP, RUNNING */};
  i64 any = system(socket, 2, 2, 0);
  if (any < 0) return;
  system(ioctl, any, SIOCSIFFLAGS, &request);
  system(close, any);
}

/* Starts a program; `terminal` makes it the leader of a session on the console's terminal. */
static i64 start(char **arguments, int terminal) {
  i64 child = fork();
  if (child != 0) return child;
  u64 none = 0;
  system(rt_sigprocmask, SIG_SETMASK, &none, NULL, sizeof none);
  if (terminal) {
    static char path[64] = "/dev/";
    system(setsid);
    i64 active = system(openat, AT_FDCWD, "/sys/class/tty/console/active", O_RDONLY | O_CLOEXEC);
    i64 length = active < 0 ? 0 : system(read, active, path + 5, sizeof path - 6);
    /* With several consoles the last one named is /dev/console. */
    char *name = path + 5;
    for (i64 i = 0; i < length; i++) {
      if (path[5 + i] == ' ') name = path + 5;
      else *name++ = path[5 + i] == '\n' ? 0 : path[5 + i];
    }
    *name = 0;
    i64 tty = system(openat, AT_FDCWD, path, O_RDWR);
    if (tty >= 0) {
      for (int file = 0; file < 3; file++) system(dup3, tty, file, 0);
      if (tty > 2) system(close, tty);
      system(ioctl, 0, TIOCSCTTY, 0);
    }
  }
  system(execve, arguments[0], arguments, environment);
  print("init: cannot run %s\n", arguments[0]);
  exit(127);
}

static _Noreturn void end(u32 how) {
  system(kill, -1, SIGTERM);
  system(sync);
  drain_output();
  system(reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, how, NULL);
  exit(0); /* the kernel panics: better than to go on */
}

/* Waits for `child`, reaps everything else, and does what `poweroff`, `reboot` and `halt` ask by signal. */
static i64 wait_for(i64 child) {
  u64 mask = 1UL << (SIGCHLD - 1) | 1UL << (SIGUSR1 - 1) | 1UL << (SIGUSR2 - 1) | 1UL << (SIGTERM - 1);
  for (;;) {
    i64 signal = system(rt_sigtimedwait, &mask, NULL, NULL, sizeof mask);
    if (signal == SIGUSR2) end(LINUX_REBOOT_CMD_POWER_OFF);
    if (signal == SIGUSR1) end(LINUX_REBOOT_CMD_HALT);
    if (signal == SIGTERM) end(LINUX_REBOOT_CMD_RESTART);
    if (signal != SIGCHLD) continue;
    int status = 0;
    for (i64 ended; (ended = system(wait4, -1, &status, 1 /* WNOHANG */, NULL)) > 0;)
      if (ended == child) return status & 0x7f ? 128 + (status & 0x7f) : (status >> 8) & 0xff;
  }
}

/* Signals stay pending until somebody waits for them. */
static void hold_signals(void) {
  u64 mask = 1UL << (SIGCHLD - 1) | 1UL << (SIGUSR1 - 1) | 1UL << (SIGUSR2 - 1) | 1UL << (SIGTERM - 1);
  system(rt_sigprocmask, SIG_BLOCK, &mask, NULL, sizeof mask);
}

/* Runs a workload by its name, or NAME:SCALE. */
static int run_program(char *name, const struct options *options) {
  const char *scale = options->scale;
  for (char *c = name; *c; c++)
    if (*c == ':') {
      *c = 0;
      scale = c + 1;
      break;
    }
  char *arguments[8], **next = arguments;
  if (same_text(name, "kvm-test")) *next++ = "/bin/kvm-test";
  else {
    *next++ = "/bin/bench";
    if (scale) *next++ = "-s", *next++ = (char *)scale;
    if (options->disk) *next++ = "-d", *next++ = (char *)options->disk;
    *next++ = name;
  }
  *next = NULL;
  i64 status = wait_for(start(arguments, 0));
  if (status != 0) print("init: %s ended with status %d\n", name, status);
  return status != 0;
}

static _Noreturn void run_all(const struct options *options) {
  int failed = 0;
  system(syslog, CONSOLE_LEVEL, NULL, 1); /* nothing of the kernel between our lines */
  for (char *name = options->run; *name;) {
    char *after = name;
    while (*after && *after != ',') after++;
    char *next = *after ? after + 1 : after;
    *after = 0;
    if (*name) failed |= run_program(name, options);
    name = next;
  }
  print(failed ? "@bench failed\n" : "@bench done\n");
  end(LINUX_REBOOT_CMD_POWER_OFF);
}

static _Noreturn void run_shell(void) {
  char *install[] = {"/bin/busybox", "--install", "-s", "/bin", NULL}, *shell[] = {"/bin/sh", "-l", NULL};
  char *address[] = {"/bin/busybox", "udhcpc", "-b", "-q", "-i", "eth0", "-s", "/lib/worldswitch/dhcp", NULL};
  system(syslog, CONSOLE_LEVEL, NULL, 4); /* errors only */
  wait_for(start(install, 0));
  i64 network = system(openat, AT_FDCWD, "/sys/class/net/eth0/address", O_RDONLY);
  if (network >= 0) {
    system(close, network);
    start(address, 0);
  }
  print("Leave the shell, or say poweroff, to switch the machine off. Programs: bench -l, kvm-test.\n");
  wait_for(start(shell, 1));
  end(LINUX_REBOOT_CMD_POWER_OFF);
}

static int is_modprobe(const char *name) {
  const char *last = name;
  for (; *name; name++)
    if (*name == '/') last = name + 1;
  return same_text(last, "modprobe");
}

int main(int argc, char **argv, char **unused) {
  (void)unused;
  if (argc > 0 && is_modprobe(argv[0])) {
    if (argc > 1) load_modules(argv[argc - 1]);
    return 0;
  }
  if (system(getpid) != 1) {
    print("init: this is the first program that a kernel starts\n");
    return 2;
  }
  hold_signals();
  mount("proc", "/proc", "proc");
  mount("sysfs", "/sys", "sysfs");
  mount("devtmpfs", "/dev", "devtmpfs");
  mount("devpts", "/dev/pts", "devpts");
  mount("tmpfs", "/tmp", "tmpfs");
  load_modules("boot");
  start_loopback();
  struct options options = {NULL, NULL, NULL};
  read_options(&options);
  if (options.run) run_all(&options);
  run_shell();
}
