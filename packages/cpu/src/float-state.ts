import type { HartState } from './hart-state.ts'
import { CsrSlot, State } from './state-layout.ts'
import { SSTATUS_WRITABLE, Status } from './status.ts'

const I_VIRTUAL = State.virtual >> 2
const I_VSSTATUS = CsrSlot.vsstatus >> 2
const I_MSTATUS = CsrSlot.mstatus >> 2
const I_FFLAGS = State.fflags >> 2
const I_FRM = State.frm >> 2
const I_READY = State.floatReady >> 2
const FS_SHIFT = 13
/** Rounding modes that exist: 0 to 4. */
export const ROUNDING_MODES = 5

/**
 * Whether a hart may use its floating-point state, and who has to know when it did: `mstatus.FS`, and of a guest
 * `vsstatus.FS` as well. Generated code runs only while that is dirty and `frm` holds a mode, so that it has one word to
 * test and nothing to tell; in every other state the evaluator executes the instruction, and raises the exception or
 * makes the state dirty.
 *
 * @see Privileged ISA, "Extension Context Status in mstatus Register", "Virtual Supervisor Status (vsstatus) Register"
 */
export class FloatState {
  /** Bits of the status registers that exist because there is floating point. */
  readonly statusBits: number
  /** Bits of `sstatus` and `vsstatus` that can be written. */
  readonly supervisorBits: number
  readonly #words: Int32Array

  /** @param present - whether the hart has F. */
  constructor(state: HartState, present: boolean) {
    this.#words = state.words
    this.statusBits = present ? Status.fs : 0
    this.supervisorBits = Number(SSTATUS_WRITABLE) | this.statusBits
  }

  /** `mstatus.FS` */
  get status(): number {
    return (this.#words[I_MSTATUS] & Status.fs) >> FS_SHIFT
  }
  set status(status: number) {
    const bits = (status << FS_SHIFT) & this.statusBits
    this.#words[I_MSTATUS] = (this.#words[I_MSTATUS] & ~this.statusBits) | bits
    this.changed()
  }

  /** Floating-point instructions and CSRs are illegal. */
  get off(): boolean {
    const words = this.#words
    if ((words[I_MSTATUS] & Status.fs) === 0) return true
    return words[I_VIRTUAL] !== 0 && (words[I_VSSTATUS] & Status.fs) === 0
  }

  /** Something was written: a register, or `fcsr`. While FS is off this is the embedder's doing, and changes nothing. */
  makeDirty(): void {
    if (this.off) return
    this.#words[I_MSTATUS] |= Status.fs
    if (this.#words[I_VIRTUAL] !== 0) this.#words[I_VSSTATUS] |= Status.fs
    this.changed()
  }

  /** FS, `frm` or the virtualization mode may have changed. */
  changed(): void {
    const words = this.#words
    const status = words[I_VIRTUAL] === 0 ? words[I_MSTATUS] : words[I_MSTATUS] & words[I_VSSTATUS]
    const dirty = (status & Status.fs) === Status.fs
    words[I_READY] = dirty && words[I_FRM] < ROUNDING_MODES ? 1 : 0
  }

  /** `frm` */
  get roundingMode(): number {
    return this.#words[I_FRM]
  }
  set roundingMode(mode: number) {
    this.#words[I_FRM] = mode & 7
    this.makeDirty()
  }

  /** `fflags` */
  get flags(): number {
    return this.#words[I_FFLAGS]
  }
  set flags(flags: number) {
    this.#words[I_FFLAGS] = flags & 0x1f
    this.makeDirty()
  }

  /** Adds exceptions to `fflags`. */
  accrue(flags: number): void {
    if ((flags & ~this.flags) !== 0) this.flags |= flags
  }
}
