import type { FloatOperation } from '@worldswitch/ieee754'

/** Width of a memory access in bytes. */
export type Width = 1 | 2 | 4 | 8

/** What a CSR instruction does to the register (Zicsr). */
export type CsrOperation = 'write' | 'set' | 'clear'

/**
 * The fields that instruction guards test: the first three of `mstatus`, then four of `hstatus`, and those of the
 * environment configurations.
 */
export type StatusField =
  | 'TSR'
  | 'TVM'
  | 'TW'
  | 'VTSR'
  | 'VTVM'
  | 'VTW'
  | 'HU'
  | `${'m' | 'h' | 's'}envcfg.${'CBIE' | 'CBCFE' | 'CBZE'}`

/** Privilege modes without the H extension's virtualization bit. */
export type Privilege = 'U' | 'S' | 'M'

/**
 * The vocabulary in which every instruction's meaning is written, once.
 *
 * A semantics is a function of a `Semantics<V, C>`; who implements the interface decides what happens: the
 * evaluator computes with `bigint`s, the engine generator emits WebAssembly, the classifier only takes notes.
 *
 * `V` is a 64-bit value, `C` a condition. Both may be lazy: an implementation may compute a value where it is
 * consumed, and as often as it is consumed. `let` pins a value at the place of the call. Operands must be
 * consumed (or pinned) before `setRd`, because `rd` may be the same register. Loads, stores, AMOs, CSR accesses
 * and `setRd` take effect, or raise their trap, at the place of the call, in program order; once a trap is
 * raised nothing after it takes effect.
 */
export interface Semantics<V, C> {
  // Operands of the instruction at hand.
  /** The value of the first source register. */
  rs1(): V
  /** The value of the second source register. */
  rs2(): V
  /** The immediate, sign-extended as its format says; the shift amount of immediate shifts; `uimm` of CSR*I. */
  imm(): V
  /** The address of this instruction. */
  pc(): V
  /** `pc` plus the length of this instruction. */
  nextPc(): V
  /** Writes the destination register; to `x0` it does nothing. */
  setRd(value: V): void
  /** All 64 bits of the first floating-point source register, as the others: a narrower value is NaN-boxed in them. */
  fs1(): V
  /** Of the second. */
  fs2(): V
  /** Of the third. */
  fs3(): V
  /** Writes all 64 bits of the floating-point destination register, and makes the floating-point state dirty. */
  setFd(value: V): void

  // Values.
  /** A constant, its low 64 bits. */
  constant(value: bigint): V
  /** Pins a value: computed here, once. */
  let(value: V): V
  /** Sum, modulo 2^64. */
  add(a: V, b: V): V
  /** Difference, modulo 2^64. */
  sub(a: V, b: V): V
  /** Lower 64 bits of the product. */
  mul(a: V, b: V): V
  /** Upper 64 bits of the 128-bit product. */
  mulHigh(a: V, b: V, signs: 'ss' | 'su' | 'uu'): V
  /** Quotient rounded towards zero. The divisor must not be zero, nor the pair the signed overflow. */
  divS(a: V, b: V): V
  /** Unsigned quotient. The divisor must not be zero. */
  divU(a: V, b: V): V
  /** Remainder with the sign of the dividend. The same must hold as for `divS`. */
  remS(a: V, b: V): V
  /** Unsigned remainder. The divisor must not be zero. */
  remU(a: V, b: V): V
  /** Bitwise and. */
  and(a: V, b: V): V
  /** Bitwise or. */
  or(a: V, b: V): V
  /** Bitwise exclusive or. */
  xor(a: V, b: V): V
  /** Shifts left. Shifts use the low six bits of `amount`. */
  shl(a: V, amount: V): V
  /** Shifts right, filling with zeros. */
  shrU(a: V, amount: V): V
  /** Shifts right, filling with the sign. */
  shrS(a: V, amount: V): V
  /** Rotates left by the low six bits of `amount`. */
  rotateLeft(a: V, amount: V): V
  /** Rotates right by the low six bits of `amount`. */
  rotateRight(a: V, amount: V): V
  /** Zeros above the highest one; 64 when there is no one. */
  countLeadingZeros(a: V): V
  /** Zeros below the lowest one; 64 when there is no one. */
  countTrailingZeros(a: V): V
  /** Ones. */
  countOnes(a: V): V
  /** Lower 64 bits of the 128-bit product of polynomials over two elements: additions without carries. */
  carrylessMul(a: V, b: V): V
  /** Upper 64 bits of it. */
  carrylessMulHigh(a: V, b: V): V
  /** Sign-extends the low `bits` of `a`. */
  signExtend(bits: 8 | 16 | 32, a: V): V
  /** Zero-extends the low `bits` of `a`. */
  zeroExtend(bits: 8 | 16 | 32, a: V): V
  /** Chooses without branching: both sides may be computed, so neither may trap. */
  select(condition: C, whenTrue: V, whenFalse: V): V
  /** Chooses by branching: only the chosen side is computed. */
  choose(condition: C, whenTrue: () => V, whenFalse: () => V): V
  /** 1 or 0. */
  fromCondition(condition: C): V

  // Conditions.
  /** Equal. */
  eq(a: V, b: V): C
  /** Not equal. */
  ne(a: V, b: V): C
  /** Less than, signed. */
  ltS(a: V, b: V): C
  /** Less than, unsigned. */
  ltU(a: V, b: V): C
  /** Greater or equal, signed. */
  geS(a: V, b: V): C
  /** Greater or equal, unsigned. */
  geU(a: V, b: V): C
  /** And. Either operand may be computed whatever the other is, and has no effects. */
  both(a: C, b: C): C
  /** Or, likewise. */
  either(a: C, b: C): C
  /** The opposite. */
  not(a: C): C

  // Floating point. An instruction begins with a guard, so the rest of it sees FS on and a rounding mode that exists.
  /** `mstatus.FS` is off, or another field that the current mode is subject to. */
  floatOff(): C
  /** The instruction rounds by `frm`, and that holds no rounding mode. */
  roundingReserved(): C
  /**
   * Computes in IEEE 754, on the bits of the operands, narrow ones zero-extended; the result likewise, but 32-bit
   * integers sign-extended. Rounds as the instruction says. Exceptions are accrued in `fflags`, at the place of the
   * call; if that changes, the floating-point state becomes dirty.
   */
  float(operation: FloatOperation, a: V, b?: V, c?: V): V

  // Memory. Addresses are virtual; misaligned loads and stores to main memory succeed.
  /** Zero-extended. */
  load(width: Width, address: V): V
  /** Stores the low `width` bytes of `value`. */
  store(width: Width, address: V, value: V): void
  /** Registers a reservation; traps when misaligned. Zero-extended. */
  loadReserved(width: 4 | 8, address: V): V
  /** Stores if the reservation holds. 0 on success, 1 on failure. */
  storeConditional(width: 4 | 8, address: V, value: V): V
  /** Atomically replaces memory by `update(old)`; traps (as a store) when misaligned. The old value, zero-extended. */
  amo(width: 4 | 8, address: V, update: (old: V) => V): V

  /** CBO.INVAL, CBO.CLEAN, CBO.FLUSH: traps (as a store) when the block at an address may not be accessed. */
  manageBlock(address: V): void
  /** CBO.ZERO: stores zeros to the 64 bytes of the block that an address lies in. */
  zeroBlock(address: V): void
  /** LR has left a reservation. */
  reservationHeld(): C
  /** WRS: lets others go on while the reservation holds and no interrupt is pending; for a bounded time. */
  waitForReservation(): void

  // Control transfer. At most one per instruction, and the last thing that it does.
  /** To `pc + imm` when the condition holds. */
  branch(condition: C): void
  /** To `pc + imm`. */
  jump(): void
  /** To a computed address, whose lowest bit is already clear. */
  jumpTo(target: V): void

  // The privileged architecture.
  /** The hart's privilege is below `level`. */
  privilegeBelow(level: Privilege): C
  /** The hart's privilege is `level`. */
  inPrivilege(level: Privilege): C
  /** The hart's virtualization mode is 1: it is in VS- or VU-mode. */
  inVirtual(): C
  /** A field of `mstatus`, `hstatus` or an environment configuration is not zero. */
  status(field: StatusField): C
  /** Raises illegal-instruction when the condition holds. */
  illegalIf(condition: C): void
  /** Raises virtual-instruction when the condition holds. */
  virtualIf(condition: C): void
  /** Raises environment-call from the current privilege. */
  environmentCall(): void
  /** Raises a breakpoint exception. */
  breakpoint(): void
  /**
   * The read-modify-write of Zicsr on the CSR that the instruction names; the old value. The read is left out
   * for `write` with `rd = x0`, the write for `set` and `clear` with `rs1 = x0` (`uimm = 0`), as the
   * specification tells; raises illegal-instruction when the access is not allowed.
   */
  csr(operation: CsrOperation, operand: V): V
  /** The state changes and the jump of MRET or SRET, guards not included. */
  returnFrom(level: 'S' | 'M'): void
  /** WFI, guards not included. */
  waitForInterrupt(): void
  /** FENCE: orders memory; nothing on harts that take turns. */
  fence(): void
  /** FENCE.I */
  fenceInstructions(): void
  /** SFENCE.VMA, guards not included. `rs1`/`rs2` naming x0 means all addresses, all address spaces. */
  fenceTranslations(): void

  // The hypervisor extension. Guards are not included.
  /**
   * HLV, HLVX: loads as the guest would, by both stages of translation and with the privilege in `hstatus.SPVP`.
   * Zero-extended. `executable` asks for the permission to execute in the place of that to read.
   */
  guestLoad(width: Width, address: V, executable: boolean): V
  /** HSV: stores the low `width` bytes of `value` likewise. */
  guestStore(width: Width, address: V, value: V): void
  /**
   * HFENCE.VVMA (`VS`) and HFENCE.GVMA (`G`). `rs1`/`rs2` naming x0 means all addresses, all guest address spaces or
   * all virtual machines.
   */
  fenceGuestTranslations(stage: 'VS' | 'G'): void
}
