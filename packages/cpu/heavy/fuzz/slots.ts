import {
  csrNumber,
  encode,
  type Instruction,
  instructionNamed,
  instructions,
  type Operand,
} from '@worldswitch/isa'
import type { RandomSource } from '@worldswitch/isa/vectors'
import { SLOT, SLOTS } from './layout.ts'
import type { MachineUnderTest } from './machine-under-test.ts'

/** Modes that a program starts in. */
export type Mode = 'M' | 'S' | 'U' | 'VS' | 'VU'

/**
 * Registers with a meaning: x8 to x14 point at data, x15 at the code page, x16 at its alias for U-mode. Results mostly
 * go elsewhere; x3 to x6 belong to the sequences.
 */
const POINTERS = [8, 9, 10, 11, 12, 13, 14]
const TO_CODE = 13
const RESULTS = [1, 2, 7, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31]
/** What addresses may be made of. */
const BASES = [...RESULTS, ...POINTERS]
const CODE_POINTER = 15
const USER_CODE_POINTER = 16
const SCRATCH = 4
/** Like it, but it only ever holds bits of `sie` and `sip`: other bits of these are another level's to the peer. */
const INTERRUPTS = 5
/** And this one bits of CSRs that are written whole: in `mstatus` they would be fields that the peer has and nobody else. */
const OTHERS = 3
/** Addresses to return to: bit 32, or one of the two of FS, must not come into a status. */
const RETURN_TO = 6

/**
 * Instructions whose outcome time or the other party's discretion decides; and CTZW, which the peer gets wrong when
 * only the upper half has bits. Reservations and returns come in sequences instead.
 */
const LEFT_OUT = new Set([
  'wfi',
  'wrs.nto',
  'wrs.sto',
  'lr.w',
  'lr.d',
  'sc.w',
  'sc.d',
  'mret',
  'sret',
  'jalr',
  'ebreak',
  'ctzw',
])

/** The peer executes them in U-mode, too, where most programs come in the end. */
const HALF_FENCES = ['sfence.w.inval', 'sfence.inval.ir']

const MACHINE_CSRS = [
  'mstatus',
  'mideleg',
  'mie',
  'mip',
  'mepc',
  'mcause',
  'mtval',
  'mcounteren',
  'misa',
  'mhartid',
  'pmpcfg0',
  'pmpaddr0',
  'mscratch',
] // prettier-ignore
const SUPERVISOR_CSRS = [
  'sstatus',
  'sie',
  'sip',
  'scounteren',
  'sscratch',
  'sepc',
  'scause',
  'stval',
  'satp',
  'senvcfg',
  'stvec',
  'stimecmp',
] // prettier-ignore
const HYPERVISOR_CSRS = [
  'hstatus',
  'hedeleg',
  'hideleg',
  'hie',
  'hip',
  'hvip',
  'hcounteren',
  'htval',
  'hgatp',
  'htimedelta',
  'vsstatus',
  'vsie',
  'vsip',
  'vsscratch',
  'vsepc',
  'vscause',
  'vstval',
  'vsatp',
  'vstvec',
  'mtval2',
  'hgeie',
  'hgeip',
  'vstimecmp',
] // prettier-ignore
const FLOAT_CSRS = ['fflags', 'frm', 'fcsr']
/** What they hold is different every time; who may read them is not. */
const COUNTERS = ['cycle', 'time', 'instret']
/**
 * What traps leave, and CSRs in which the peer shows a bit too many or too few. They are compared where they are logged;
 * read by the program as well, they would carry what the peer is known to show there into registers.
 */
const UNREAD = /^(v?s|m)(cause|tval)$|^(htval|mtval2|mideleg|vsip|hie)$/
/**
 * Where a write would cut off a handler, or move what both sides may place differently; and of which the peer keeps more
 * bits than there are.
 */
const READ_ONLY_HERE = new Set([
  ...COUNTERS,
  'stimecmp',
  'vstimecmp',
  'mideleg',
  'mepc',
  'sepc',
  'vsepc',
  'htimedelta',
  'senvcfg',
  'henvcfg',
  'mcounteren',
  'scounteren',
  'hcounteren',
  'stvec',
  'vstvec',
  'misa',
  'pmpcfg0',
  'pmpaddr0',
  'mscratch',
  'satp',
  'vsatp',
  'hgatp',
  'hedeleg',
]) // prettier-ignore
/**
 * CSRs of which only some bits are set and cleared: fields for widths, vectors and custom state, and interrupts of another level,
 * are there to be written in the peer. MPRV comes in a sequence of its own, see there.
 */
const STATUS_BITS = 0x007c_79ff
const INTERRUPT_BITS = 0x222
const GUEST_INTERRUPT_BITS = 0x444
const WRITABLE_BITS: Readonly<Record<string, number>> = {
  mstatus: STATUS_BITS,
  mie: 0xeee,
  // The peer has read-only ones written as well.
  mip: 0x226,
  // Of the timer's, the peer has an opinion of its own with Sstc.
  hvip: 0x404,
  sstatus: STATUS_BITS,
  hstatus: 0x0070_03a0,
  sie: INTERRUPT_BITS,
  sip: INTERRUPT_BITS,
  vsie: INTERRUPT_BITS,
  vsip: INTERRUPT_BITS,
}
const MXR = 1 << 19
const FS = 3 << 13
const NOWHERE = ['0x5c0', '0x800', '0x7c0', '0xbc0', '0xfff']

const numberOf = (name: string): number => (name.startsWith('0x') ? Number(name) : (csrNumber(name) ?? 0xfff))

/** The code of one program, a doubleword per slot. */
export class Slots {
  readonly words = new Uint32Array(SLOTS * 2)
  /** Slots into which the program stores new code. */
  readonly rewritten = new Set<number>()
  readonly #source: RandomSource
  readonly #machine: MachineUnderTest
  readonly #mode: Mode
  readonly #rows: readonly Instruction[]
  readonly #statusBits: number
  #at = 0

  /** @param mxr - whether MXR may be set. */
  constructor(source: RandomSource, machine: MachineUnderTest, mode: Mode, mxr: boolean) {
    this.#statusBits = mxr ? STATUS_BITS : STATUS_BITS & ~MXR
    this.#source = source
    this.#machine = machine
    this.#mode = mode
    this.#rows = instructions.filter(
      (row) =>
        machine.extensions.has(row.extension) &&
        !LEFT_OUT.has(row.name) &&
        (this.#mode === 'M' || !HALF_FENCES.includes(row.name)) &&
        !LEFT_OUT.has(row.expandsTo?.name ?? ''),
    )
  }

  /** Whether the program starts in a mode that has no more rights than its own. */
  get #user(): boolean {
    return this.#mode === 'U' || this.#mode === 'VU'
  }

  fill(): void {
    while (this.#at < SLOTS) {
      const roll = this.#source.below(100)
      // Sequences of instructions that all trap take from the few traps that a program has.
      const room = this.#user && this.#source.chance(75) ? 1 : SLOTS - this.#at
      if (roll < 8 && SLOTS - this.#at > 4 && this.#kept(4)) this.#csr()
      else if (roll < 12 && room > 9 && this.#kept(9)) this.#transition()
      else if (roll < 15 && room > 4) this.#reserve()
      else if (roll < 17 && room > 4) this.#jumpThroughRegister()
      else if (roll < 19 && room > 8 && this.#kept(8)) this.#interrupt()
      else if (roll < 21 && room > 8 && this.#mode === 'M' && this.#kept(9)) this.#modifiedPrivilege()
      else if (roll < 22 && room > 6 && this.#kept(2)) this.#modify()
      else if (roll < 24) this.#put(this.#mutated())
      else this.#put(this.#random(this.#row()))
    }
  }

  /** Any row; seldom those of which the peer's traps say little, see the deviations. */
  #row(): Instruction {
    const row = this.#source.of(this.#rows)
    if (HALF_FENCES.includes(row.name) && this.#at > SLOTS / 8) return this.#row()
    return SELDOM.has(row.extension) && this.#source.chance(80) ? this.#row() : row
  }

  /** Fills a slot. @param second - after a first of four bytes. */
  #put(word: number, second = NOP): void {
    if (this.#at >= SLOTS) return
    const compressed = (word & 3) !== 3
    this.words[this.#at * 2] = compressed ? (word & 0xffff) | 0x0001_0000 : word
    this.words[this.#at * 2 + 1] = second
    this.#at++
  }
  #place(name: string, operands: Partial<Record<Operand, number>> = {}): void {
    this.#put(encode(instructionNamed(name)!, operands))
  }

  /** Any word, or an instruction with some bits turned over: reserved encodings, rounding modes, hints. */
  #mutated(): number {
    const source = this.#source
    let word = source.below(2 ** 32)
    if (source.chance(50)) {
      word = this.#random(source.of(this.#rows))
      for (let i = source.below(3); i >= 0; i--) word ^= 1 << source.below(32)
    }
    const csr = (word & 0x707f) !== 0x73 && (word & 0x7f) === 0x73
    return csr || LEFT_OUT.has(nameOf(word)) ? NOP : word >>> 0
  }

  /** Any operands, but addresses mostly from the pointers and jumps forward only. */
  #random(row: Instruction): number {
    for (let attempt = 0; attempt < 40; attempt++) {
      const operands: Partial<Record<Operand, number>> = {}
      for (const operand of Object.keys(row.format.fields) as Operand[]) {
        operands[operand] = this.#operand(row, operand)
      }
      try {
        return encode(row, operands)
      } catch {
        // The combination is reserved or does not fit: choose again.
      }
    }
    return NOP
  }

  /** An address that the mode may reach: see the deviations for what the peer makes of atomics that fault. */
  #atomicPointer(): number {
    return this.#user ? POINTERS[1] : POINTERS[0]
  }

  #operand(row: Instruction, operand: Operand): number {
    const source = this.#source
    const field = row.format.fields[operand]!
    const { syntax } = row.format
    if (operand === 'rd' && !row.format.syntax.startsWith('f')) {
      const narrow = field.bits === 3
      if (narrow) return source.of(POINTERS)
      return source.chance(94) ? source.of(RESULTS) : source.of([0, ...POINTERS])
    }
    if (operand === 'rs1' && row.extension === 'A') return this.#atomicPointer()
    if (operand === 'rs1' && /\(rs1\)|\(sp\)/.test(syntax)) {
      if ('rd' in row.format.fields) return source.chance(95) ? source.of(POINTERS) : source.below(32)
      // Stores into the code only where a fence follows: see `#modify`.
      return source.of(source.chance(95) ? POINTERS.filter((each) => each !== TO_CODE) : RESULTS)
    }
    if (operand === 'csr') return numberOf('fflags')
    if (operand !== 'imm') return source.below(2 ** Math.min(field.bits, 5)) + field.plus
    if (syntax.includes('target')) return SLOT * (1 + source.below(Math.min(3, SLOTS - this.#at)))
    const span = 2 ** field.bits
    let value = source.chance(60) ? source.below(64) : source.below(span)
    if (source.chance(70)) value &= ~7
    return field.signed && value >= span / 2 ? value - span : value
  }

  /** CSRs of every level, whatever the mode: what is not allowed traps. */
  #csr(): void {
    const source = this.#source
    const { hypervisor, extensions } = this.#machine
    const free = [...COUNTERS]
    if (extensions.has('F')) free.push(...FLOAT_CSRS, ...FLOAT_CSRS)
    const names = [...MACHINE_CSRS, ...SUPERVISOR_CSRS, ...SUPERVISOR_CSRS, ...NOWHERE, ...free]
    if (hypervisor) names.push(...HYPERVISOR_CSRS, ...HYPERVISOR_CSRS)
    const name = source.of(this.#user && source.chance(60) ? free : names)
    const csr = numberOf(name)
    const silent = COUNTERS.includes(name) || UNREAD.test(name)
    const rd = source.chance(80) && !silent ? source.of(RESULTS) : 0
    const immediate = source.chance(30)
    const operation = source.of(['csrrw', 'csrrs', 'csrrc'])
    const bits = WRITABLE_BITS[name]
    if (bits !== undefined) {
      const rs1 = bits === INTERRUPT_BITS ? INTERRUPTS : bits === STATUS_BITS ? SCRATCH : OTHERS
      const kept = bits === STATUS_BITS ? this.#statusBits : hypervisor ? bits : bits & ~GUEST_INTERRUPT_BITS
      const some = source.below(2 ** 31) & kept
      // Both bits of FS at once: what is dirty here may be initial to the peer.
      this.#set(bits === STATUS_BITS && (some & FS) !== 0 ? some | FS : some, rs1)
      this.#place(source.of(['csrrs', 'csrrc']), { rd, rs1, csr })
    } else if (name === 'vsstatus') {
      // What else is written stays in the peer for good; and what is read lacks SD.
      this.#place(source.of(['csrrsi', 'csrrci']), { rd: 0, imm: 2, csr })
    } else if (READ_ONLY_HERE.has(name)) this.#place('csrrs', { rd, rs1: 0, csr })
    else if (immediate) this.#place(`${operation}i`, { rd, imm: source.below(32), csr })
    else this.#place(operation, { rd, rs1: source.chance(30) ? 0 : source.of(RESULTS), csr })
  }

  /**
   * `register = value`, of at most 31 bits. In steps that never have a bit more than those of the value and what the register held
   * before: a program may come into the middle.
   */
  #set(value: number, register = SCRATCH): void {
    const [high, bit11, low] = [value & ~0xfff, value & 0x800, value & 0x7ff]
    if (high !== 0) this.#place('lui', { rd: register, imm: high })
    if (low !== 0 || (high | bit11) === 0)
      this.#place('ori', { rd: register, rs1: high === 0 ? 0 : register, imm: low })
    if (bit11 !== 0) this.#place('bseti', { rd: register, rs1: (high | low) === 0 ? 0 : register, imm: 11 })
  }
  #csrFrom(operation: string, name: string, rs1 = SCRATCH): void {
    this.#place(operation, { rd: 0, rs1, csr: numberOf(name) })
  }

  /** Return to some mode, to the slot behind the sequence. */
  #transition(): void {
    const source = this.#source
    const user = source.chance(50)
    const machine = this.#mode === 'M'
    const length = machine ? (user ? 8 : 9) : this.#machine.hypervisor ? 8 : 5
    const target = (this.#at + length) * SLOT
    this.#place('addi', { rd: RETURN_TO, rs1: user ? USER_CODE_POINTER : CODE_POINTER, imm: target })
    this.#csrFrom('csrrw', machine ? 'mepc' : 'sepc', RETURN_TO)
    if (machine) {
      this.#set(0x1800)
      this.#csrFrom('csrrc', 'mstatus')
      this.#set(user ? 0x80 : 0x880)
      this.#csrFrom('csrrs', 'mstatus')
      this.#put(0x3020_0073)
      return
    }
    this.#place('addi', { rd: SCRATCH, rs1: 0, imm: 0x100 })
    this.#csrFrom(user ? 'csrrc' : 'csrrs', 'sstatus')
    if (this.#machine.hypervisor) {
      this.#place('addi', { rd: SCRATCH, rs1: 0, imm: source.of([0x80, 0x80, 0x180]) })
      this.#csrFrom(source.of(['csrrs', 'csrrc']), 'hstatus')
      this.#place('addi', { rd: 0, rs1: 0, imm: 0 })
    }
    this.#put(0x1020_0073)
  }

  /** A reservation, used at once and in the same slot: whether a trap between the two ends it is up to the implementation. */
  #reserve(): void {
    const source = this.#source
    const suffix = source.of(['w', 'd'])
    const rs1 = this.#atomicPointer()
    const row = (name: string) => instructionNamed(`${name}.${suffix}`)!
    const load = encode(row('lr'), { rd: source.of(RESULTS), rs1 })
    this.#put(load, encode(row('sc'), { rd: source.of(RESULTS), rs1, rs2: source.of(RESULTS) }))
  }

  /** Whether none of the next slots gets new code: half a sequence would do what both sides may do differently. */
  #kept(slots: number): boolean {
    return !Array.from({ length: slots }, (_, i) => this.#at + i).some((slot) => this.rewritten.has(slot))
  }

  /** New code for a later slot. */
  #modify(): void {
    const source = this.#source
    const slot = this.#at + 2 + source.below(SLOTS - this.#at - 2)
    this.rewritten.add(slot)
    this.#place(source.of(['sw', 'sh', 'sd', 'sb']), {
      rs1: CODE_POINTER,
      rs2: source.of(RESULTS),
      imm: slot * SLOT,
    })
    this.#place('fence.i')
  }

  #jumpThroughRegister(): void {
    const source = this.#source
    const [own, other] = this.#user ? [USER_CODE_POINTER, CODE_POINTER] : [CODE_POINTER, USER_CODE_POINTER]
    const rs1 = source.of([
      own,
      own,
      own,
      own,
      own,
      other,
      ...Array.from({ length: 3 }, () => source.of(BASES)),
    ])
    const imm = (this.#at + 1 + source.below(3)) * SLOT + source.of([0, 0, 0, 1])
    this.#place('jalr', { rd: source.of([0, 1, ...RESULTS]), rs1, imm })
  }

  /** A pending bit and its enable: the interrupt comes right behind one of these. */
  #interrupt(): void {
    const source = this.#source
    const level = this.#mode === 'M' ? source.of(['m', 's']) : 's'
    // With Sstc the peer has its own opinion of a guest's timer in hvip.
    const bits = source.of(this.#machine.hypervisor ? [0x2, 0x200] : [0x2, 0x20, 0x200])
    this.#set(bits, INTERRUPTS)
    this.#csrFrom('csrrs', `${level}ie`, INTERRUPTS)
    this.#csrFrom('csrrs', `${level}ip`, INTERRUPTS)
    if (this.#machine.hypervisor && source.chance(60)) {
      this.#set(bits * 2)
      this.#csrFrom('csrrs', 'hie')
      this.#csrFrom('csrrs', 'hvip')
    }
    this.#place('csrrsi', { rd: 0, imm: 2, csr: numberOf('sstatus') })
  }

  /** Loads and stores of M-mode with the rights and the translation of another mode. */
  #modifiedPrivilege(): void {
    const source = this.#source
    this.#set(0x1800)
    this.#csrFrom('csrrc', 'mstatus')
    this.#set(0x2_0000 | source.of([0, 0x800]))
    this.#csrFrom('csrrs', 'mstatus')
    // Not to the page that is executed from: the peer's TLB holds the fetch's rights for it.
    const pointers = POINTERS.filter((each) => each !== TO_CODE)
    this.#place(source.of(['ld', 'lw', 'lbu']), { rd: source.of(RESULTS), rs1: source.of(pointers), imm: 0 })
    this.#place(source.of(['sd', 'sb']), { rs1: source.of(pointers), rs2: source.of(RESULTS), imm: 8 })
    this.#csrFrom('csrrc', 'mstatus')
  }
}

const NOP = 0x13
const SELDOM: ReadonlySet<string> = new Set(['A', 'H', 'Svinval'])

const nameOf = (word: number): string => {
  const row = instructions.find((each) => ((word ^ each.match) & each.mask) === 0)
  return row?.expandsTo?.name ?? row?.name ?? ''
}

/** Offsets that registers are given, by number. */
export const registerUse = {
  pointers: POINTERS,
  code: CODE_POINTER,
  userCode: USER_CODE_POINTER,
  scratch: [SCRATCH, INTERRUPTS, OTHERS, RETURN_TO],
}
