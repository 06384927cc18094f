import { assemble } from '@worldswitch/isa'
import {
  BASE,
  CODE,
  CURRENT,
  DATA,
  DATA_PAGES,
  HANDLERS,
  LOG_WORDS,
  MOST_TRAPS,
  RECORD,
  SLOT,
  SLOTS,
  TABLE,
  TABLES,
  USER_ALIAS,
  Word,
} from './layout.ts'

/** CSRs that a record holds, in this order. Those of the H extension only where there is one. */
const ALWAYS_DUMPED = [
  'mstatus',
  'medeleg',
  'mideleg',
  'mie',
  'mip',
  'mcounteren',
  'mepc',
  'mcause',
  'mtval',
  'sstatus',
  'stvec',
  'scounteren',
  'senvcfg',
  'sscratch',
  'sepc',
  'scause',
  'stval',
  'satp',
]
const HYPERVISOR_DUMPED = [
  'mtval2',
  'mtinst',
  'hstatus',
  'hedeleg',
  'hideleg',
  'hie',
  'hip',
  'hvip',
  'hcounteren',
  'htval',
  'htinst',
  'hgatp',
  'henvcfg',
  'vsstatus',
  'vsie',
  'vsip',
  'vstvec',
  'vsscratch',
  'vsepc',
  'vscause',
  'vstval',
  'vsatp',
]

/** @returns names of the CSRs in a record. */
export const dumpedCsrs = (hypervisor: boolean): readonly string[] =>
  hypervisor ? [...ALWAYS_DUMPED, ...HYPERVISOR_DUMPED] : ALWAYS_DUMPED

/** Offset in the code page, whose start is the first slot, from which a trap ends the program. */
const END = SLOTS * SLOT
/** Instruction access fault, page fault and guest-page fault. */
const FETCH_FAULTS = (1 << 1) | (1 << 12) | (1 << 20)
const others = Array.from({ length: 31 }, (_, i) => i + 1).filter((i) => i !== 2)
const each = (lines: (index: number) => string, list: readonly number[] = others) =>
  list.map(lines).join('\n')

/** A trap handler's way to log: t0 is the entry's address, t6 the record. Leaves the program when the log is full. */
const appendEntry = (level: string, full: string) => `
  ld t1, ${8 * Word.count}(t6)
  li t2, ${MOST_TRAPS}
  bgeu t1, t2, ${full}
  slli t0, t1, ${Math.log2(8 * LOG_WORDS)}
  add t0, t0, t6
  addi t0, t0, ${8 * Word.log}
  addi t1, t1, 1
  sd t1, ${8 * Word.count}(t6)
  li t1, ${level}
  sd t1, 0(t0)`

/**
 * Where to go on: t2 = the pc that trapped, t5 = the cause, s1 = the program's code page; result in t2. Traps in the
 * code page go on with the next slot, others where the last one would have. A page that cannot be executed from goes on
 * in the other mapping of the code: every mode may execute from one of the two.
 */
const nextSlot = (name: string) => `
  slli t3, t2, 32
  srli t3, t3, 44
  srli t4, s1, 12
  bne t3, t4, ${name}_elsewhere
  andi t2, t2, -${SLOT}
  li t3, ${FETCH_FAULTS}
  srl t3, t3, t5
  andi t3, t3, 1
  slli t3, t3, ${Math.log2(Number(USER_ALIAS))}
  xor t2, t2, t3
  j ${name}_found
${name}_elsewhere:
  ld t2, ${8 * Word.resume}(t6)
${name}_found:
  addi t2, t2, ${SLOT}
  sd t2, ${8 * Word.resume}(t6)`

/** Gives the program back the registers that a handler outside of M-mode has used. */
const LEAVE_HANDLER = `  ld t0, 0(sp)
  ld t1, 8(sp)
  ld t2, 16(sp)
  ld t3, 24(sp)
  ld t4, 32(sp)
  ld t5, 40(sp)
  ld t6, 48(sp)
  ld s1, 56(sp)
  csrr sp, sscratch`

/**
 * The handler of S-mode, for HS-mode or VS-mode. It saves what it uses in the record and in \`sscratch\`, which
 * programs may overwrite but not rely on.
 */
const supervisorHandler = (name: string, level: number, hypervisor: boolean) => `
.balign 4
${name}:
  csrw sscratch, sp
  la sp, ${RECORD} + ${8 * (Word.log - 16)}
  sd t0, 0(sp)
  sd t1, 8(sp)
  sd t2, 16(sp)
  sd t3, 24(sp)
  sd t4, 32(sp)
  sd t5, 40(sp)
  sd t6, 48(sp)
  sd s1, 56(sp)
  la t6, ${RECORD}
  ld s1, 64(sp)
  ${appendEntry(String(level), `${name}_end`)}
  csrr t5, scause
  sd t5, 8(t0)
  csrr t2, sepc
  sd t2, 16(t0)
  csrr t1, stval
  sd t1, 24(t0)
  csrr t1, sstatus
  sd t1, 32(t0)
  ${
    hypervisor
      ? `csrr t1, htval
  sd t1, 40(t0)
  csrr t1, htinst
  sd t1, 48(t0)
  csrr t1, hstatus
  sd t1, 56(t0)`
      : `sd zero, 40(t0)
  sd zero, 48(t0)
  sd zero, 56(t0)`
  }
  bltz t5, ${name}_interrupt
  ${nextSlot(name)}
  li t1, 0xfff
  and t1, t1, t2
  li t3, ${END}
  bgtu t1, t3, ${name}_end
  csrw sepc, t2
  j ${name}_return
${name}_interrupt:
  csrw sie, zero
  ${hypervisor ? 'csrw hie, zero' : ''}
${name}_return:
${LEAVE_HANDLER}
  sret
${name}_end:
${LEAVE_HANDLER}
  ecall`

/** The supervisor's bytes, and where its parts are. */
export interface Supervisor {
  readonly bytes: Uint8Array
  readonly handlers: Uint8Array
  /** Handlers of S- or HS-mode, and of VS-mode. */
  readonly supervisorVector: bigint
  readonly virtualVector: bigint
}

/** Assembles what runs the programs. @param hypervisor - the hart has H. @param float - it has D. */
export function supervisor(hypervisor: boolean, float: boolean): Supervisor {
  const handlers = assemble(
    `${supervisorHandler('hs', 1, hypervisor)}\n${supervisorHandler('vs', 2, false)}`,
    { origin: BigInt(HANDLERS) },
  )
  const csrs = dumpedCsrs(hypervisor)
  const { bytes } = assemble(
    `
  # Programs often store to the start of RAM, an edge among numbers: nothing is there when they run.
  j start
.balign 4096
  # s11: the program's entry in the table
start:
  la t0, trap
  csrw mtvec, t0
  # The timer never fires.
  li t0, 0x2004000
  li t1, -1
  sd t1, 0(t0)
  la s11, ${TABLE}
next:
  ld s10, 0(s11)
  beqz s10, left_out
  li t0, -1
  beq s10, t0, finish
  # A clean record.
  la t0, ${RECORD}
  la t1, ${RECORD + 0x4000}
1: sd zero, 0(t0)
  addi t0, t0, 8
  bltu t0, t1, 1b
  la t0, ${RECORD}
  sd s10, ${8 * Word.index}(t0)
  li t1, ${CODE}
  add t1, t1, s10
  sd t1, ${8 * (Word.log - 8)}(t0)
  addi t2, t1, -${SLOT}
  sd t2, ${8 * Word.resume}(t0)
  la t0, ${CURRENT}
  sd s11, 0(t0)
  # What one program leaves must not reach the next.
  ${restore(hypervisor)}
  jr s10
left_out:
  addi s11, s11, 8
  j next
finish:
  li t0, 0x100000
  li t1, 0x5555
  sw t1, 0(t0)
  j finish

# A trap to M-mode. MPRV must not redirect the handler's own accesses.
.balign 4
trap:
  csrw mscratch, sp
  li sp, 0x20000
  csrc mstatus, sp
  la sp, ${RECORD + 8 * (Word.x - 1)}
  ${each((i) => `sd x${i}, ${8 * i}(sp)`)}
  csrr t0, mscratch
  sd t0, 16(sp)
  la t6, ${RECORD}
  ld s1, ${8 * (Word.log - 8)}(t6)
  ${appendEntry('3', 'end')}
  csrr t5, mcause
  sd t5, 8(t0)
  csrr t2, mepc
  sd t2, 16(t0)
  csrr t1, mtval
  sd t1, 24(t0)
  csrr t1, mstatus
  sd t1, 32(t0)
  ${
    hypervisor
      ? `csrr t1, mtval2
  sd t1, 40(t0)
  csrr t1, mtinst
  sd t1, 48(t0)
  csrr t1, hstatus
  sd t1, 56(t0)`
      : ''
  }
  bltz t5, interrupt
  # An ECALL of a handler: the program is over.
  srli t3, t2, 12
  li t4, ${HANDLERS / 4096}
  beq t3, t4, end
  ${nextSlot('machine')}
  li t1, 0xfff
  and t1, t1, t2
  li t3, ${END}
  bgtu t1, t3, end
  csrw mepc, t2
  j resume
interrupt:
  csrw mie, zero
resume:
  la sp, ${RECORD + 8 * (Word.x - 1)}
  ${each((i) => `ld x${i}, ${8 * i}(sp)`)}
  csrr sp, mscratch
  mret

end:
  la s0, ${RECORD}
  ${csrs.map((name, i) => `csrr t0, ${name}\n  sd t0, ${8 * (Word.csrs + i)}(s0)`).join('\n')}
  ${
    float
      ? `li t0, 0x6000
  csrs mstatus, t0
  ${each(
    (i) => `fsd f${i}, ${8 * (Word.f + i)}(s0)`,
    Array.from({ length: 32 }, (_, i) => i),
  )}
  csrr t0, fcsr
  sd t0, ${8 * Word.fcsr}(s0)`
      : ''
  }
  ld s1, ${8 * Word.index}(s0)
  li t0, ${DATA}
  add t0, t0, s1
  li t1, ${DATA + DATA_PAGES * 4096}
  add t1, t1, s1
  jal ra, checksum
  sd a0, ${8 * Word.data}(s0)
  li t0, ${TABLES}
  add t0, t0, s1
  li t1, 0x20000
  add t1, t1, s1
  jal ra, checksum
  sd a0, ${8 * Word.tables}(s0)
  # The record goes out by the serial port: as much of it as there is log.
  ld t1, ${8 * Word.count}(s0)
  andi t1, t1, 63
  slli t1, t1, ${Math.log2(8 * LOG_WORDS)}
  addi t1, t1, ${8 * Word.log}
  add t1, t1, s0
  li t0, 0x10000000
2: lbu t2, 0(s0)
  sb t2, 0(t0)
  addi s0, s0, 1
  bltu s0, t1, 2b
  la t0, ${CURRENT}
  ld s11, 0(t0)
  addi s11, s11, 8
  j next

# a0 = a sum over [t0, t1), t0 and t1 used up.
checksum:
  li a0, 0
  li t3, 0x9e3779b97f4a7c15
3: ld t2, 0(t0)
  xor a0, a0, t2
  mul a0, a0, t3
  srli t2, a0, 29
  xor a0, a0, t2
  addi t0, t0, 8
  bltu t0, t1, 3b
  ret
`,
    { origin: BigInt(BASE) },
  )
  if (bytes.length > HANDLERS - BASE) throw new Error(`the supervisor has ${bytes.length} bytes`)
  return {
    bytes,
    handlers: handlers.bytes,
    supervisorVector: handlers.symbols.get('hs')!,
    virtualVector: handlers.symbols.get('vs')!,
  }
}

/** CSRs that programs change and prologues do not set. */
const restore = (hypervisor: boolean) => `
  la t0, trap
  csrw mtvec, t0
  csrw mie, zero
  csrw mip, zero
  csrw satp, zero
  li t0, -1
  csrw stimecmp, t0
  ${hypervisor ? 'csrw vstimecmp, t0' : ''}
  ${hypervisor ? 'csrw hvip, zero\n  csrw hgatp, zero\n  csrw vsatp, zero\n  csrw hie, zero\n  hfence.gvma\n  hfence.vvma' : ''}
  sfence.vma`
