import { computeFloat, type FloatOperation } from '@worldswitch/ieee754'
import type { Decoded } from './decode.ts'
import { exceptionCause } from './exception.ts'
import type { CsrOperation, Privilege, Semantics, StatusField, Width } from './semantics.ts'

/** What the instructions of the hypervisor extension act on. */
export interface GuestContext {
  /**
   * Loads as the guest would, zero-extended.
   *
   * @param executable - permission to execute is asked for in the place of that to read.
   * @returns undefined when a trap was raised.
   */
  load(width: Width, address: bigint, executable: boolean): bigint | undefined
  /** Stores the low bytes of `value` as the guest would. @returns false when a trap was raised. */
  store(width: Width, address: bigint, value: bigint): boolean
  /**
   * Performs HFENCE.VVMA or HFENCE.GVMA.
   *
   * @param address - the whole register; undefined: all addresses.
   * @param space - the whole register, with an ASID (VS) or a VMID (G); undefined: all.
   */
  fence(stage: 'VS' | 'G', address: bigint | undefined, space: bigint | undefined): void
}

/** What the cache-block instructions act on. */
export interface CacheBlockContext {
  /** Whether the block may be accessed: by loads or by stores. @returns false when a trap was raised, as of a store. */
  manage(address: bigint): boolean
  /** Stores zeros to the 64 bytes of the block. @returns false when a trap was raised. */
  zero(address: bigint): boolean
}

/** What LR has left, for who waits for its end. */
export interface ReservationContext {
  /** Whether it holds. */
  readonly held: boolean
  /** Waits while it holds and no interrupt is pending, for a bounded time. */
  wait(): void
}

/**
 * The state that instructions act on. Values are unsigned 64-bit `bigint`s. A method that raises a trap records it
 * by itself, says so by its result, and leaves everything else untouched; nothing here throws for a guest's sake.
 */
export interface EvaluatorContext {
  /** Address of the instruction being evaluated. */
  readonly pc: bigint
  readonly privilege: Privilege
  /** Virtualization mode: VS- or VU-mode. Left out where the hypervisor extension is. */
  readonly virtual?: boolean
  /** 4 on a hart without compressed instructions: a jump elsewhere is misaligned. 2 when left out. */
  readonly instructionAlignment?: 2 | 4
  /** Reads a register. @param index - 1 to 31. */
  readX(index: number): bigint
  /** Writes a register. @param index - 1 to 31. */
  writeX(index: number, value: bigint): void
  /** Floating-point instructions are illegal now. */
  readonly floatOff: boolean
  /** `frm`: 0 to 7, of which 5 and above are no rounding modes. */
  readonly roundingMode: number
  /** Reads all 64 bits of a floating-point register. @param index - 0 to 31. */
  readF(index: number): bigint
  /** Writes a floating-point register, and makes that state dirty. @param index - 0 to 31. */
  writeF(index: number, value: bigint): void
  /** Accrues exceptions, bits of `fflags`; when that changes it, the floating-point state becomes dirty. */
  accrueFlags(flags: number): void
  /** Zero-extended. @returns undefined when a trap was raised. */
  load(width: Width, address: bigint): bigint | undefined
  /** Stores the low bytes of `value`. @returns false when a trap was raised. */
  store(width: Width, address: bigint, value: bigint): boolean
  /** Zero-extended; misaligned addresses trap. @returns undefined when a trap was raised. */
  loadReserved(width: 4 | 8, address: bigint): bigint | undefined
  /** Stores if the reservation holds. @returns whether the store happened; undefined when a trap was raised. */
  storeConditional(width: 4 | 8, address: bigint, value: bigint): boolean | undefined
  /**
   * Replaces memory by the low bytes of `update(old)` and gives the old value, zero-extended. Faults, also of
   * misalignment, are those of a store. @returns undefined when a trap was raised.
   */
  amo(width: 4 | 8, address: bigint, update: (old: bigint) => bigint): bigint | undefined
  /** Whether a field of `mstatus` or `hstatus` is set. */
  status(field: StatusField): boolean
  /**
   * Reads with the access checks of an instruction.
   *
   * @param writes - the instruction writes as well; the checks are those of both.
   * @returns undefined when a trap was raised.
   */
  csrRead(number: number, writes: boolean): bigint | undefined
  /**
   * Writes with the access checks of an instruction.
   *
   * @param value - the new value, `operand` already applied to the old one.
   * @param operation - how `value` came to be, for CSRs whose read value is not what is modified (`mip.SEIP`).
   * @returns false when a trap was raised.
   */
  csrWrite(number: number, value: bigint, operation: CsrOperation, operand: bigint): boolean
  /** Records a trap. */
  raise(cause: number, tval: bigint): void
  /** Performs MRET or SRET, and sets the `pc`. */
  returnFrom(level: 'S' | 'M'): void
  /** Performs WFI: the `pc` that follows is that of the next instruction. */
  waitForInterrupt(): void
  /** Performs FENCE. */
  fence(): void
  /** Performs FENCE.I. */
  fenceInstructions(): void
  /**
   * Performs SFENCE.VMA.
   *
   * @param address - undefined: all addresses.
   * @param asid - the whole register; undefined: all address spaces.
   */
  fenceTranslations(address: bigint | undefined, asid: bigint | undefined): void
  /** Zicbom and Zicboz; left out where these are, and then their instructions are illegal. */
  readonly cacheBlocks?: CacheBlockContext | undefined
  /** Zawrs: waits a bounded time while there is a reservation. Left out, it does not wait. */
  readonly reservation?: ReservationContext | undefined
  /** The hypervisor extension; left out where that is, and then its instructions are illegal. */
  readonly guest?: GuestContext | undefined
}

/** The `rm` of an instruction that rounds as `frm` says. */
const DYNAMIC = 7
/** From here on `frm` holds no rounding mode. */
const FIRST_RESERVED = 5

const wrap = (value: bigint): bigint => BigInt.asUintN(64, value)
const signed = (value: bigint): bigint => BigInt.asIntN(64, value)
/** The product of polynomials over two elements: 127 bits. */
const carrylessProduct = (a: bigint, b: bigint): bigint => {
  let product = 0n
  for (let shifted = a, rest = b; rest !== 0n; shifted <<= 1n, rest >>= 1n)
    if ((rest & 1n) !== 0n) product ^= shifted
  return product
}
const levels: Readonly<Record<Privilege, number>> = { U: 0, S: 1, M: 3 }

/**
 * The reference implementation of the semantics, on `bigint`s. One evaluator serves a context for as long as that
 * lives: {@link Evaluator.run} allocates nothing of its own.
 */
export class Evaluator implements Semantics<bigint, boolean> {
  readonly #context: EvaluatorContext
  #decoded!: Decoded
  #trapped = false
  /** A write to `rd` waits for the end, because a jump after it may still trap. */
  #result: bigint | undefined
  #next: bigint | undefined

  constructor(context: EvaluatorContext) {
    this.#context = context
  }

  /**
   * Runs one instruction at the context's `pc`.
   *
   * @returns the next `pc`; undefined when a trap was raised or the context set the `pc` itself (MRET, SRET).
   */
  run(decoded: Decoded): bigint | undefined {
    this.#decoded = decoded
    this.#trapped = false
    this.#result = undefined
    this.#next = this.nextPc()
    decoded.base.semantics(this)
    if (this.#trapped) return undefined
    if (this.#result !== undefined && decoded.rd !== 0) this.#context.writeX(decoded.rd, this.#result)
    return this.#next
  }

  /** Whether the last instruction raised a trap. */
  get trapped(): boolean {
    return this.#trapped
  }

  #raise(cause: number, tval: bigint): void {
    if (this.#trapped) return
    this.#trapped = true
    this.#context.raise(cause, tval)
  }

  /** The context has raised a trap; the instruction goes on with a value that nothing will see. */
  #stop(): bigint {
    this.#trapped = true
    return 0n
  }

  #jump(target: bigint): void {
    if (this.#trapped) return
    if (this.#context.instructionAlignment === 4 && (target & 2n) !== 0n)
      this.#raise(exceptionCause.instructionAddressMisaligned, target)
    else this.#next = target
  }

  rs1(): bigint {
    const index = this.#decoded.rs1
    return index === 0 ? 0n : this.#context.readX(index)
  }
  rs2(): bigint {
    const index = this.#decoded.rs2
    return index === 0 ? 0n : this.#context.readX(index)
  }
  imm(): bigint {
    return wrap(BigInt(this.#decoded.imm))
  }
  pc(): bigint {
    return this.#context.pc
  }
  nextPc(): bigint {
    return wrap(this.#context.pc + (this.#decoded.length === 2 ? 2n : 4n))
  }
  setRd(value: bigint): void {
    if (!this.#trapped) this.#result = value
  }

  fs1(): bigint {
    return this.#context.readF(this.#decoded.rs1)
  }
  fs2(): bigint {
    return this.#context.readF(this.#decoded.rs2)
  }
  fs3(): bigint {
    return this.#context.readF(this.#decoded.rs3)
  }
  setFd(value: bigint): void {
    if (!this.#trapped) this.#context.writeF(this.#decoded.rd, value)
  }

  constant(value: bigint): bigint {
    return wrap(value)
  }
  let(value: bigint): bigint {
    return value
  }
  add(a: bigint, b: bigint): bigint {
    return wrap(a + b)
  }
  sub(a: bigint, b: bigint): bigint {
    return wrap(a - b)
  }
  mul(a: bigint, b: bigint): bigint {
    return wrap(a * b)
  }
  mulHigh(a: bigint, b: bigint, signs: 'ss' | 'su' | 'uu'): bigint {
    const left = signs === 'uu' ? a : signed(a)
    const right = signs === 'ss' ? signed(b) : b
    return wrap((left * right) >> 64n)
  }
  divS(a: bigint, b: bigint): bigint {
    return wrap(signed(a) / signed(b))
  }
  divU(a: bigint, b: bigint): bigint {
    return a / b
  }
  remS(a: bigint, b: bigint): bigint {
    return wrap(signed(a) % signed(b))
  }
  remU(a: bigint, b: bigint): bigint {
    return a % b
  }
  and(a: bigint, b: bigint): bigint {
    return a & b
  }
  or(a: bigint, b: bigint): bigint {
    return a | b
  }
  xor(a: bigint, b: bigint): bigint {
    return a ^ b
  }
  shl(a: bigint, amount: bigint): bigint {
    return wrap(a << (amount & 63n))
  }
  shrU(a: bigint, amount: bigint): bigint {
    return a >> (amount & 63n)
  }
  shrS(a: bigint, amount: bigint): bigint {
    return wrap(signed(a) >> (amount & 63n))
  }
  rotateLeft(a: bigint, amount: bigint): bigint {
    return wrap((a << (amount & 63n)) | (a >> (-amount & 63n)))
  }
  rotateRight(a: bigint, amount: bigint): bigint {
    return this.rotateLeft(a, -amount)
  }
  countLeadingZeros(a: bigint): bigint {
    const high = Number(a >> 32n)
    return BigInt(high === 0 ? 32 + Math.clz32(Number(a)) : Math.clz32(high))
  }
  countTrailingZeros(a: bigint): bigint {
    return a === 0n ? 64n : 63n - this.countLeadingZeros(a & -a)
  }
  countOnes(a: bigint): bigint {
    let ones = 0n
    for (let rest = a; rest !== 0n; rest &= rest - 1n) ones++
    return ones
  }
  carrylessMul(a: bigint, b: bigint): bigint {
    return wrap(carrylessProduct(a, b))
  }
  carrylessMulHigh(a: bigint, b: bigint): bigint {
    return carrylessProduct(a, b) >> 64n
  }
  signExtend(bits: 8 | 16 | 32, a: bigint): bigint {
    return wrap(BigInt.asIntN(bits, a))
  }
  zeroExtend(bits: 8 | 16 | 32, a: bigint): bigint {
    return BigInt.asUintN(bits, a)
  }
  select(condition: boolean, whenTrue: bigint, whenFalse: bigint): bigint {
    return condition ? whenTrue : whenFalse
  }
  choose(condition: boolean, whenTrue: () => bigint, whenFalse: () => bigint): bigint {
    return condition ? whenTrue() : whenFalse()
  }
  fromCondition(condition: boolean): bigint {
    return condition ? 1n : 0n
  }

  eq(a: bigint, b: bigint): boolean {
    return a === b
  }
  ne(a: bigint, b: bigint): boolean {
    return a !== b
  }
  ltS(a: bigint, b: bigint): boolean {
    return signed(a) < signed(b)
  }
  ltU(a: bigint, b: bigint): boolean {
    return a < b
  }
  geS(a: bigint, b: bigint): boolean {
    return signed(a) >= signed(b)
  }
  geU(a: bigint, b: bigint): boolean {
    return a >= b
  }
  both(a: boolean, b: boolean): boolean {
    return a && b
  }
  either(a: boolean, b: boolean): boolean {
    return a || b
  }
  not(a: boolean): boolean {
    return !a
  }

  floatOff(): boolean {
    return this.#context.floatOff
  }
  roundingReserved(): boolean {
    return this.#rounding() >= FIRST_RESERVED
  }
  float(operation: FloatOperation, a: bigint, b?: bigint, c?: bigint): bigint {
    if (this.#trapped) return 0n
    const { value, flags } = computeFloat(operation, this.#rounding(), a, b, c)
    if (flags !== 0) this.#context.accrueFlags(flags)
    return wrap(value)
  }
  /** Decoding lets no other number pass for the mode of an instruction than a mode's, and that for `frm`. */
  #rounding(): number {
    const { rm } = this.#decoded
    return rm === DYNAMIC ? this.#context.roundingMode : rm
  }

  load(width: Width, address: bigint): bigint {
    if (this.#trapped) return 0n
    return this.#context.load(width, address) ?? this.#stop()
  }
  store(width: Width, address: bigint, value: bigint): void {
    if (!this.#trapped && !this.#context.store(width, address, value)) this.#stop()
  }
  loadReserved(width: 4 | 8, address: bigint): bigint {
    if (this.#trapped) return 0n
    return this.#context.loadReserved(width, address) ?? this.#stop()
  }
  storeConditional(width: 4 | 8, address: bigint, value: bigint): bigint {
    if (this.#trapped) return 0n
    const stored = this.#context.storeConditional(width, address, value)
    return stored === undefined ? this.#stop() : stored ? 0n : 1n
  }
  amo(width: 4 | 8, address: bigint, update: (old: bigint) => bigint): bigint {
    if (this.#trapped) return 0n
    return this.#context.amo(width, address, update) ?? this.#stop()
  }

  #cacheBlocks(): CacheBlockContext | undefined {
    const { cacheBlocks } = this.#context
    this.illegalIf(cacheBlocks === undefined)
    return this.#trapped ? undefined : cacheBlocks
  }
  manageBlock(address: bigint): void {
    if (this.#cacheBlocks()?.manage(address) === false) this.#stop()
  }
  zeroBlock(address: bigint): void {
    if (this.#cacheBlocks()?.zero(address) === false) this.#stop()
  }
  reservationHeld(): boolean {
    return this.#context.reservation?.held === true
  }
  waitForReservation(): void {
    if (!this.#trapped) this.#context.reservation?.wait()
  }

  branch(condition: boolean): void {
    if (condition) this.jump()
  }
  jump(): void {
    this.#jump(wrap(this.#context.pc + BigInt(this.#decoded.imm)))
  }
  jumpTo(target: bigint): void {
    this.#jump(target)
  }

  privilegeBelow(level: Privilege): boolean {
    return levels[this.#context.privilege] < levels[level]
  }
  inPrivilege(level: Privilege): boolean {
    return this.#context.privilege === level
  }
  inVirtual(): boolean {
    return this.#context.virtual === true
  }
  status(field: StatusField): boolean {
    return this.#context.status(field)
  }
  illegalIf(condition: boolean): void {
    if (condition) this.#raise(exceptionCause.illegalInstruction, BigInt(this.#decoded.word))
  }
  virtualIf(condition: boolean): void {
    if (condition) this.#raise(exceptionCause.virtualInstruction, BigInt(this.#decoded.word))
  }
  environmentCall(): void {
    const { privilege } = this.#context
    const fromVS = privilege === 'S' && this.inVirtual()
    this.#raise(
      fromVS ? exceptionCause.environmentCallFromVS : exceptionCause.environmentCallFromU + levels[privilege],
      0n,
    )
  }
  breakpoint(): void {
    this.#raise(exceptionCause.breakpoint, this.#context.pc)
  }
  csr(operation: CsrOperation, operand: bigint): bigint {
    if (this.#trapped) return 0n
    const { csr, rd, rs1, imm } = this.#decoded
    const context = this.#context
    if (operation === 'write') {
      const old = rd === 0 ? 0n : context.csrRead(csr, true)
      if (old === undefined || !context.csrWrite(csr, operand, operation, operand)) return this.#stop()
      return old
    }
    // The register's number decides, not its value. `imm` is 0 where `rs1` is an operand, and the reverse.
    const writes = (rs1 | imm) !== 0
    const old = context.csrRead(csr, writes)
    if (old === undefined) return this.#stop()
    if (!writes) return old
    const value = operation === 'set' ? old | operand : old & ~operand
    return context.csrWrite(csr, value, operation, operand) ? old : this.#stop()
  }
  returnFrom(level: 'S' | 'M'): void {
    if (this.#trapped) return
    this.#context.returnFrom(level)
    this.#next = undefined
  }
  waitForInterrupt(): void {
    if (!this.#trapped) this.#context.waitForInterrupt()
  }
  fence(): void {
    if (!this.#trapped) this.#context.fence()
  }
  fenceInstructions(): void {
    if (!this.#trapped) this.#context.fenceInstructions()
  }
  fenceTranslations(): void {
    if (this.#trapped) return
    const { rs1, rs2 } = this.#decoded
    this.#context.fenceTranslations(
      rs1 === 0 ? undefined : this.#context.readX(rs1),
      rs2 === 0 ? undefined : this.#context.readX(rs2),
    )
  }

  /** Without the hypervisor extension its instructions are illegal, whoever decoded them. */
  #guest(): GuestContext | undefined {
    const { guest } = this.#context
    this.illegalIf(guest === undefined)
    return this.#trapped ? undefined : guest
  }
  guestLoad(width: Width, address: bigint, executable: boolean): bigint {
    const guest = this.#guest()
    return guest === undefined ? 0n : (guest.load(width, address, executable) ?? this.#stop())
  }
  guestStore(width: Width, address: bigint, value: bigint): void {
    if (this.#guest()?.store(width, address, value) === false) this.#stop()
  }
  fenceGuestTranslations(stage: 'VS' | 'G'): void {
    const { rs1, rs2 } = this.#decoded
    this.#guest()?.fence(
      stage,
      rs1 === 0 ? undefined : this.#context.readX(rs1),
      rs2 === 0 ? undefined : this.#context.readX(rs2),
    )
  }
}

/**
 * Runs one instruction. For more than a few, keep an {@link Evaluator}.
 *
 * @returns the next `pc`; undefined when a trap was raised or the context set the `pc` itself (MRET, SRET).
 */
export const evaluate = (decoded: Decoded, context: EvaluatorContext): bigint | undefined =>
  new Evaluator(context).run(decoded)
