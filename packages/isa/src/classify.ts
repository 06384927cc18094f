import { csrIsHypervisor, csrIsReadOnly, csrNumber, csrPrivilege } from './csrs.ts'
import type { Instruction } from './instruction.ts'
import type { CsrOperation, Privilege, Semantics, StatusField, Width } from './semantics.ts'

/** How often something happens: in no state, in some, in all. */
export type Occurrence = 'never' | 'sometimes' | 'always'

/** What an instruction is, to a virtual-machine monitor. Computed from its semantics. */
export interface Classification {
  /** Whether it raises illegal-instruction, by the mode that it is executed in. */
  readonly illegal: Readonly<Record<Privilege, Occurrence>>
  /** Whether it raises virtual-instruction in a guest of the hypervisor extension, by the guest's mode. */
  readonly virtual: Readonly<Record<'VU' | 'VS', Occurrence>>
  /** In Popek and Goldberg's sense: traps in U-mode, does not trap in M-mode. */
  readonly privileged: boolean
  /** Changes the mode or the configuration of resources. */
  readonly controlSensitive: boolean
  /** Its result shows the mode or the configuration of resources. */
  readonly behaviourSensitive: boolean
  readonly traps: 'none' | 'environment-call' | 'breakpoint'
  /** The next instruction is not always the following one. */
  readonly transfersControl: 'no' | 'branch' | 'jump' | 'computed jump' | 'trap return'
  /** Bytes of the access to memory, 0 when there is none, or when it is of a cache block. */
  readonly memoryWidth: 0 | Width
  readonly readsMemory: boolean
  readonly writesMemory: boolean
  /** LR, SC and AMOs. */
  readonly atomic: boolean
  readonly accessesCsr: boolean
  /**
   * Acts on the floating-point registers and `fcsr`: illegal in every mode while `mstatus.FS` is off, and what it writes
   * makes FS dirty. Not sensitive by that: this state belongs to a program, and is switched as the registers are.
   */
  readonly accessesFloat: boolean
  readonly readsRs1: boolean
  readonly readsRs2: boolean
  readonly writesRd: boolean
}

/** Three-valued: what is not known from the mode alone is `undefined`. */
type Maybe = boolean | undefined

const levels: Readonly<Record<Privilege, number>> = { U: 0, S: 1, M: 3 }

/** CSRs of S-mode that M-mode can withhold from it. */
const switchableCsrs = new Set(['satp', 'stimecmp', 'vstimecmp'].map(csrNumber))

/** Takes notes of what the semantics asks for, on every path that the mode alone does not exclude. */
class NoteTaker implements Semantics<undefined, Maybe> {
  illegal: Occurrence = 'never'
  virtual: Occurrence = 'never'
  controlSensitive = false
  behaviourSensitive = false
  traps: Classification['traps'] = 'none'
  transfersControl: Classification['transfersControl'] = 'no'
  memoryWidth: 0 | Width = 0
  readsMemory = false
  writesMemory = false
  atomic = false
  accessesCsr = false
  accessesFloat = false
  readsRs1 = false
  readsRs2 = false
  writesRd = false
  readonly #mode: Privilege
  readonly #inVirtual: boolean
  readonly #csr: number | undefined

  constructor(mode: Privilege, inVirtual: boolean, csr: number | undefined) {
    this.#mode = mode
    this.#inVirtual = inVirtual
    this.#csr = csr
  }

  rs1(): undefined {
    this.readsRs1 = true
  }
  rs2(): undefined {
    this.readsRs2 = true
  }
  imm(): undefined {}
  pc(): undefined {}
  nextPc(): undefined {}
  setRd(): void {
    this.writesRd = true
  }
  fs1(): undefined {
    this.accessesFloat = true
  }
  fs2(): undefined {
    this.accessesFloat = true
  }
  fs3(): undefined {
    this.accessesFloat = true
  }
  setFd(): void {
    this.accessesFloat = true
  }
  constant(): undefined {}
  let(): undefined {}
  add(): undefined {}
  sub(): undefined {}
  mul(): undefined {}
  mulHigh(): undefined {}
  divS(): undefined {}
  divU(): undefined {}
  remS(): undefined {}
  remU(): undefined {}
  and(): undefined {}
  or(): undefined {}
  xor(): undefined {}
  shl(): undefined {}
  shrU(): undefined {}
  shrS(): undefined {}
  rotateLeft(): undefined {}
  rotateRight(): undefined {}
  countLeadingZeros(): undefined {}
  countTrailingZeros(): undefined {}
  countOnes(): undefined {}
  carrylessMul(): undefined {}
  carrylessMulHigh(): undefined {}
  signExtend(): undefined {}
  zeroExtend(): undefined {}
  select(): undefined {}
  choose(condition: Maybe, whenTrue: () => undefined, whenFalse: () => undefined): undefined {
    if (condition !== false) whenTrue()
    if (condition !== true) whenFalse()
  }
  fromCondition(): undefined {}

  eq(): Maybe {
    return undefined
  }
  ne(): Maybe {
    return undefined
  }
  ltS(): Maybe {
    return undefined
  }
  ltU(): Maybe {
    return undefined
  }
  geS(): Maybe {
    return undefined
  }
  geU(): Maybe {
    return undefined
  }
  both(a: Maybe, b: Maybe): Maybe {
    return a === false || b === false ? false : a === true && b === true ? true : undefined
  }
  either(a: Maybe, b: Maybe): Maybe {
    return a === true || b === true ? true : a === false && b === false ? false : undefined
  }
  not(a: Maybe): Maybe {
    return a === undefined ? undefined : !a
  }

  floatOff(): Maybe {
    return undefined
  }
  roundingReserved(): Maybe {
    return undefined
  }
  float(): undefined {
    this.accessesFloat = true
  }

  #memory(width: Width, reads: boolean, writes: boolean, atomic: boolean): void {
    this.memoryWidth = width
    this.readsMemory ||= reads
    this.writesMemory ||= writes
    this.atomic ||= atomic
  }
  load(width: Width): undefined {
    this.#memory(width, true, false, false)
  }
  store(width: Width): void {
    this.#memory(width, false, true, false)
  }
  loadReserved(width: 4 | 8): undefined {
    this.#memory(width, true, false, true)
  }
  storeConditional(width: 4 | 8): undefined {
    this.#memory(width, false, true, true)
  }
  amo(width: 4 | 8, _address: undefined, update: (old: undefined) => undefined): undefined {
    this.#memory(width, true, true, true)
    update(undefined)
  }

  manageBlock(): void {
    this.readsMemory = true
  }
  zeroBlock(): void {
    this.writesMemory = true
  }
  reservationHeld(): Maybe {
    return undefined
  }
  waitForReservation(): void {}

  branch(): void {
    this.transfersControl = 'branch'
  }
  jump(): void {
    this.transfersControl = 'jump'
  }
  jumpTo(): void {
    this.transfersControl = 'computed jump'
  }

  privilegeBelow(level: Privilege): Maybe {
    return levels[this.#mode] < levels[level]
  }
  inPrivilege(level: Privilege): Maybe {
    return this.#mode === level
  }
  inVirtual(): Maybe {
    return this.#inVirtual
  }
  status(_field: StatusField): Maybe {
    return undefined
  }
  illegalIf(condition: Maybe): void {
    if (this.virtual === 'always') return
    if (condition === true) this.illegal = 'always'
    else if (condition === undefined && this.illegal === 'never') this.illegal = 'sometimes'
  }
  virtualIf(condition: Maybe): void {
    if (condition === true) this.virtual = 'always'
    else if (condition === undefined && this.virtual === 'never') this.virtual = 'sometimes'
  }
  environmentCall(): void {
    this.traps = 'environment-call'
  }
  breakpoint(): void {
    this.traps = 'breakpoint'
  }
  csr(_operation: CsrOperation): undefined {
    this.accessesCsr = true
    const number = this.#csr
    if (number === undefined) {
      this.controlSensitive = true
      this.behaviourSensitive = true
      this.illegal = 'sometimes'
      return
    }
    const lowest = csrPrivilege(number)
    const unprivileged = lowest === 'U'
    const ofHypervisor = csrIsHypervisor(number)
    // What the unprivileged architecture says is the program's own, except for the counters, which show the machine.
    this.behaviourSensitive ||= !unprivileged || csrIsReadOnly(number)
    this.controlSensitive ||= !unprivileged && !csrIsReadOnly(number)
    if (this.#inVirtual && lowest !== 'M') this.virtualIf(ofHypervisor || levels[this.#mode] < levels[lowest])
    this.illegalIf(levels[this.#mode] < levels[lowest])
    // By mcounteren and its like, menvcfg.STCE, mstatus.FS, mstatus.TVM, and whether the hart has the CSR at all.
    const switchable = unprivileged || switchableCsrs.has(number) || csrIsReadOnly(number)
    if (this.#mode !== 'M' && switchable) this.illegalIf(undefined)
    if (this.#inVirtual && switchable) this.virtualIf(undefined)
  }
  returnFrom(): void {
    this.controlSensitive = true
    this.transfersControl = 'trap return'
  }
  waitForInterrupt(): void {
    this.controlSensitive = true
  }
  fence(): void {}
  fenceInstructions(): void {}
  fenceTranslations(): void {
    this.controlSensitive = true
  }
  guestLoad(width: Width): undefined {
    this.behaviourSensitive = true
    this.#memory(width, true, false, false)
  }
  guestStore(width: Width): void {
    this.controlSensitive = true
    this.#memory(width, false, true, false)
  }
  fenceGuestTranslations(): void {
    this.controlSensitive = true
  }
}

/**
 * Says what an instruction is to a virtual-machine monitor, from its semantics alone.
 *
 * @param csr - the number of the CSR, for the instructions of Zicsr. Without it the answer is for all CSRs together:
 * sensitive if any makes it so, privileged only if all do, which is never.
 */
export function classify(row: Instruction, csr?: number): Classification {
  const take = (mode: Privilege, inVirtual = false) => {
    const notes = new NoteTaker(mode, inVirtual, csr)
    row.semantics<undefined, Maybe>(notes)
    return notes
  }
  const inU = take('U')
  const inS = take('S')
  const inM = take('M')
  return {
    illegal: { U: inU.illegal, S: inS.illegal, M: inM.illegal },
    virtual: { VU: take('U', true).virtual, VS: take('S', true).virtual },
    privileged: inU.illegal === 'always' && inM.illegal === 'never',
    controlSensitive: inM.controlSensitive,
    behaviourSensitive: inM.behaviourSensitive,
    traps: inM.traps,
    transfersControl: inM.transfersControl,
    memoryWidth: inM.memoryWidth,
    readsMemory: inM.readsMemory,
    writesMemory: inM.writesMemory,
    atomic: inM.atomic,
    accessesCsr: inM.accessesCsr,
    accessesFloat: inM.accessesFloat,
    readsRs1: inM.readsRs1,
    readsRs2: inM.readsRs2,
    writesRd: inM.writesRd,
  }
}
