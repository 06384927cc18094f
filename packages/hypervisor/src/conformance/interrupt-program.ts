import { type GuestProgram, guestProgram, UART_INTERRUPTS } from './guest-program.ts'

/** Ways to interrupt a program from outside. */
export const interruptSources = ['software', 'timer', 'external'] as const

/** One of {@link interruptSources}: an IPI, the firmware's timer, a byte for the console. */
export type InterruptSource = (typeof interruptSources)[number]

/** Where the handler keeps its registers, counts by cause, and a sum of where and why it was entered. */
const AREA = 0x8031_0000
const SAVED = [5, 6, 7, 10, 11, 16, 17] as const
const SET_TIMER_NEVER = 'li a0, -1\nli a7, 0x54494d45\nli a6, 0\necall'

const saved = (operation: 'sd' | 'ld'): string =>
  SAVED.map((register, index) => `${operation} x${register}, ${8 * index}(x31)`).join('\n')

/**
 * A program for {@link lockstep} with an interrupt at any of its instructions: it goes through S- and U-mode, exceptions,
 * firmware calls, device registers, CSRs that enable and disable interrupts or show what is pending, fences, atomics and
 * floating point. Its handler serves each source as a kernel would. It reads no clock and no counter.
 */
export const interruptProgram = (): GuestProgram =>
  guestProgram(
    'interrupts',
    `
  la x5, handler
  csrw stvec, x5
  # Gigapages: devices, this memory for U-mode, this memory for S-mode.
  li x5, 0x80300000
  li x6, 0xc7
  sd x6, 0(x5)
  li x6, 0x200000df
  sd x6, 8(x5)
  li x6, 0x200000cf
  sd x6, 16(x5)
  li x5, 0x8000000000080300
  csrw satp, x5
  sfence.vma
  li x5, ${AREA}
  csrw sscratch, x5
  ${UART_INTERRUPTS}
  li x5, 0x222
  csrw sie, x5
  csrsi sstatus, 2
  li x8, 1
  li x9, ${AREA + 0x1000}
work:
  mul x12, x8, x9
  sd x12, 0(x9)
  ld x13, 0(x9)
  amoadd.d x14, x13, (x9)
  csrci sstatus, 2
  csrr x15, sip
  add x18, x18, x15
  csrrw x15, sie, x0
  csrsi sstatus, 2
  csrw sie, x15
  csrsi sie, 2
  sfence.vma x9
  # Interrupts that it makes itself.
  csrsi sip, 2
  csrci sip, 2
  csrci sstatus, 2
  csrsi sip, 2
  wfi
  csrci sip, 2
  csrsi sstatus, 2
  # Exceptions: not mapped, not legal, not allowed.
  li x16, 0x123456789000
  ld x17, 0(x16)
  .word 0xffffffff
  csrr x17, mstatus
  ebreak
  li x16, 0x10000000
  sb x8, 7(x16)
  lbu x17, 7(x16)
  add x18, x18, x17
  li x17, 0x2000
  csrs sstatus, x17
  fcvt.d.l f1, x8
  fadd.d f2, f2, f1
  csrc sstatus, x17
  fadd.d f2, f2, f1
  # A stay in U-mode.
  la x19, user
  li x20, 0x40000000
  sub x19, x19, x20
  csrw sepc, x19
  li x19, 0x100
  csrc sstatus, x19
  sret
user:
  addi x18, x18, 1
  csrr x22, sstatus
  slli x18, x18, 1
  ecall
  addi x8, x8, -1
  bnez x8, work
  li a7, 0x53525354
  li a6, 0
  li a0, 0
  li a1, 0
  ecall
.align 2
handler:
  csrrw x31, sscratch, x31
  ${saved('sd')}
  csrr x5, scause
  csrr x6, sepc
  ld x7, 128(x31)
  add x7, x7, x6
  slli x6, x7, 3
  add x7, x7, x6
  add x7, x7, x5
  sd x7, 128(x31)
  bltz x5, interrupt
  csrr x6, sepc
  addi x6, x6, 4
  li x7, 8
  bne x5, x7, return
  # ECALL from U-mode is the wish to be in S-mode.
  li x7, 0x40000000
  add x6, x6, x7
  li x7, 0x100
  csrs sstatus, x7
return:
  csrw sepc, x6
back:
  ${saved('ld')}
  csrrw x31, sscratch, x31
  sret
interrupt:
  andi x5, x5, 15
  slli x6, x5, 3
  add x6, x6, x31
  ld x7, 256(x6)
  addi x7, x7, 1
  sd x7, 256(x6)
  li x6, 1
  beq x5, x6, software
  li x6, 5
  beq x5, x6, timer
  li x6, 0x0c201004
  lw x5, 0(x6)
  li x7, 0x10000000
  lbu x10, 0(x7)
  sw x5, 0(x6)
  j back
software:
  csrci sip, 2
  j back
timer:
  ${SET_TIMER_NEVER}
  j back
`,
    5 * 2 ** 20,
  )

/** Where the program counts interrupts by cause, eight bytes each: for tests that look whether any was taken. */
export const INTERRUPT_COUNTS = AREA + 256
