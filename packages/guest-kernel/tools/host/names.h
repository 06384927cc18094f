/* Included before everything when a workload is compiled for the build host: its system calls become ours (host.c). */
#pragma once

#define null_call guest_null_call
#define exit guest_exit
#define fork guest_fork
#define exec guest_exec
#define wait guest_wait
#define kill guest_kill
#define getpid guest_getpid
#define getppid guest_getppid
#define yield guest_yield
#define ticks guest_ticks
#define tick_rate guest_tick_rate
#define brk guest_brk
#define mmap guest_mmap
#define munmap guest_munmap
#define mprotect guest_mprotect
#define open guest_open
#define close guest_close
#define read guest_read
#define write guest_write
#define lseek guest_lseek
#define dup guest_dup
#define dup2 guest_dup2
#define pipe guest_pipe
#define unlink guest_unlink
#define link guest_link
#define mkdir guest_mkdir
#define chdir guest_chdir
#define sync guest_sync
#define device guest_device
#define strlcpy guest_strlcpy
