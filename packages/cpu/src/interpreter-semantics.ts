import type { FloatOperation } from '@worldswitch/ieee754'
import type { CsrOperation, Semantics, Width } from '@worldswitch/isa'
import type { Local } from '@worldswitch/wasm'
import type { Condition, InterpreterFrame, Value } from './code-frame.ts'
import { RECORD_AUX, RECORD_DETAIL_SHIFT, RECORD_SIZE } from './code-pool.ts'
import { emitFloat } from './float-call.ts'
import { GeneratedSemantics, PRIVILEGES, QUIET_STATUS } from './generated-semantics.ts'
import { type Op, toldOf } from './opcodes.ts'
import { pushInstructionAddress } from './record-code.ts'
import { State } from './state-layout.ts'
import { Status } from './status.ts'
import { loadDataRegime } from './tlb-code.ts'

/** A semantics does what its vocabulary forbids, or what only TypeScript can do: a mistake in an instruction's definition. */
const misuse = (op: Op, what: string): never => {
  throw new Error(`${op.instruction.name}: ${what}`)
}

/**
 * Emits one instruction's semantics as the code of an op. Values are emitted where they are consumed; loads, AMOs
 * and what is pinned go to locals at the place of the call. The write to `rd` comes last, before any jump.
 */
export class InterpreterSemantics
  extends GeneratedSemantics<InterpreterFrame>
  implements Semantics<Value, Condition>
{
  readonly #op: Op
  #result: Value | undefined
  #written = false
  #left = false
  /** After a CSR access: whether it changed the context. */
  #changed: Local<'i32'> | undefined

  constructor(frame: InterpreterFrame, op: Op) {
    super(frame)
    this.#op = op
  }

  /** Ends the op: writes `rd` and goes to the next record, unless the semantics went elsewhere. */
  finish(): void {
    if (!this.#left) {
      this.#writeResult()
      if (this.#changed !== undefined) this.#leaveIf(this.#changed)
      this.#advance()
    }
    this.release()
  }

  /** The context may have changed: then the next instruction is found anew. */
  #leaveIf(changed: Local<'i32'>): void {
    const code = this.code
    const { hart, left, reload } = this.frame
    code.localGet(changed)
    code.if('empty', () => {
      code.localGet(hart)
      this.nextPc()()
      code.i64Store(State.pc)
      code.localGet(hart)
      code.localGet(left)
      code.i32Store(State.left)
      code.br(reload)
    })
  }
  #advance(): void {
    this.#move(() => this.code.i32Const((this.#op.length / 2) * RECORD_SIZE))
  }
  /** Moves the record pointer by an i32. */
  #move(distance: () => void, arrives = false): void {
    const { ip, next, arrive } = this.frame
    const code = this.code
    code.localGet(ip)
    distance()
    code.i32Add()
    code.localSet(ip)
    if (arrives) arrive?.()
    code.br(next)
  }
  #writeResult(): void {
    if (this.#result === undefined) return
    this.#register(2)
    this.#result()
    this.code.i64Store()
    this.#written = true
  }
  /** Pushes the address of the register that a field of the record names. */
  #register(field: 2 | 4 | 6): void {
    const code = this.code
    code.localGet(this.frame.hart)
    code.localGet(this.frame.ip)
    code.i32Load16U(field)
    code.i32Add()
  }
  #operand(push: () => void): Value {
    return () => {
      if (this.#written) misuse(this.#op, 'an operand is consumed after rd was written')
      push()
      this.code.i64Load()
    }
  }
  /** Pushes what the record has beside the detail. */
  #pushAux(): void {
    const code = this.code
    code.localGet(this.frame.ip)
    code.i32Load16U(RECORD_AUX)
    code.i32Const((1 << RECORD_DETAIL_SHIFT) - 1)
    code.i32And()
  }
  #pushDetail(): void {
    const code = this.code
    code.localGet(this.frame.ip)
    code.i32Load16U(RECORD_AUX)
    code.i32Const(RECORD_DETAIL_SHIFT)
    code.i32ShrU()
  }

  rs1(): Value {
    return this.#operand(() => this.#register(4))
  }
  rs2(): Value {
    return this.#operand(() => this.#register(6))
  }
  imm(): Value {
    return () => {
      this.code.localGet(this.frame.ip)
      this.code.i64Load32S(8)
    }
  }
  pc(): Value {
    const { code, pcBias, ip } = this.frame
    return () => pushInstructionAddress(code, () => code.localGet(pcBias), ip)
  }
  nextPc(): Value {
    return this.add(this.pc(), this.constant(BigInt(this.#op.length)))
  }
  setRd(value: Value): void {
    if (this.#result !== undefined) misuse(this.#op, 'rd is written twice')
    this.#result = value
  }

  // The record says where a register is, whatever file it is of.
  fs1(): Value {
    return this.rs1()
  }
  fs2(): Value {
    return this.rs2()
  }
  fs3(): Value {
    return this.#operand(() => {
      this.code.localGet(this.frame.hart)
      this.#pushAux()
      this.code.i32Add()
    })
  }
  setFd(value: Value): void {
    this.setRd(value)
  }
  roundingReserved(): Condition {
    // `floatOff` includes it.
    return () => this.code.i32Const(0)
  }
  float(operation: FloatOperation, a: Value, b?: Value, c?: Value): Value {
    const operands = [a, b, c].filter((operand) => operand !== undefined)
    const result = this.i64()
    const rounding =
      this.#op.instruction.format.fields.rm === undefined ? undefined : () => this.#pushDetail()
    emitFloat(this.frame, operation, operands, result, rounding)
    return () => this.code.localGet(result)
  }

  load(width: Width, address: Value): Value {
    const code = this.code
    const { hart, reload, loadMiss } = this.frame
    const va = this.i64()
    const entry = this.lookup(address, va, width, 0)
    code.i64Eq()
    const value = this.i64()
    code.if(
      'i64',
      () => {
        this.linear(entry, va)
        this.loadRam(width)
      },
      () => {
        this.#pushPosition()
        code.localGet(va)
        code.i32Const(toldOf(this.#op))
        code.call(loadMiss[width])
        code.brIf(reload)
        this.#reload()
        code.localGet(hart)
        code.i64Load(State.slowValue)
      },
    )
    code.localSet(value)
    return () => code.localGet(value)
  }
  store(width: Width, address: Value, value: Value): void {
    const code = this.code
    const { reload, storeMiss } = this.frame
    const va = this.i64()
    const entry = this.lookup(address, va, width, 1)
    code.i64Eq()
    code.if(
      'empty',
      () => {
        this.linear(entry, va)
        value()
        this.storeRam(width)
      },
      () => {
        this.#pushPosition()
        code.localGet(va)
        value()
        code.i32Const(toldOf(this.#op))
        code.call(storeMiss[width])
        code.brIf(reload)
        this.#reload()
      },
    )
  }
  protected atomicAddress(width: 4 | 8, address: Value, kind: 0 | 1, bytes = width): Local<'i32'> {
    const code = this.code
    const { hart, atomicMiss } = this.frame
    const va = this.i64()
    const linear = this.i32()
    const entry = this.lookup(address, va, width, kind)
    code.i64Eq()
    code.if(
      'i32',
      () => this.linear(entry, va),
      () => {
        code.localGet(hart)
        code.localGet(va)
        code.i32Const(bytes)
        code.localGet(this.frame.ip)
        code.call(atomicMiss[kind])
      },
    )
    code.localSet(linear)
    this.evaluateIf(() => {
      code.localGet(linear)
      code.i32Eqz()
    })
    return linear
  }
  branch(condition: Condition): void {
    const code = this.code
    condition()
    code.if('empty', () => this.#go())
    this.#advance()
    this.#left = true
  }
  jump(): void {
    this.#writeResult()
    this.#go()
    this.#left = true
  }
  jumpTo(target: Value): void {
    const code = this.code
    const { ip, pc, enter, next, arrive } = this.frame
    const distance = this.i64()
    this.#writeResult()
    target()
    code.localSet(pc)
    const here = this.let(this.pc())
    this.sub(() => code.localGet(pc), here)()
    code.localSet(distance)
    // Within the page only the record pointer moves.
    this.xor(() => code.localGet(pc), here)()
    code.i64Const(4096)
    code.i64LtU()
    code.if('empty', () => {
      code.localGet(ip)
      code.localGet(distance)
      code.i32WrapI64()
      code.i32Const(RECORD_SIZE / 2)
      code.i32Mul()
      code.i32Add()
      code.localSet(ip)
      arrive?.()
      code.br(next)
    })
    code.br(enter)
    this.#left = true
  }
  /** To pc + imm. */
  #go(): void {
    const code = this.code
    const { ip, pc, enter } = this.frame
    const { variant } = this.#op
    if (variant === 'near' || variant === 'counted') {
      this.#move(() => {
        code.localGet(ip)
        code.i32Load(8)
      }, variant === 'counted')
      return
    }
    this.add(this.pc(), this.imm())()
    code.localSet(pc)
    code.br(enter)
  }

  csr(operation: CsrOperation, operand: Value): Value {
    const { variant } = this.#op
    if (variant === 'slot') return this.#csrSlot(operation, operand)
    return variant === 'status' ? this.#csrStatus(operation, operand) : this.#csrCall(operand)
  }
  #csrStatus(operation: CsrOperation, operand: Value): Value {
    const code = this.code
    const old = this.i64()
    const changed = this.i32()
    code.block('empty', (done) => {
      code.block('empty', (rest) => {
        const leaveIf = (condition: Condition): void => {
          condition()
          code.brIf(rest)
        }
        this.statusAccess(operation, operand, QUIET_STATUS | Status.sum, leaveIf, old, changed)
        code.i32Const(0)
        code.localSet(changed)
        code.br(done)
      })
      const result = this.#csrCall(operand)
      result()
      code.localSet(old)
      code.localGet(this.#changed!)
      code.localSet(changed)
    })
    this.#changed = changed
    return () => code.localGet(old)
  }
  /** The record says which CSR it is and what to do with it; TypeScript does it. */
  #csrCall(operand: Value): Value {
    const code = this.code
    const { hart, csr, reload } = this.frame
    this.#pushPosition()
    operand()
    this.#pushAux()
    this.#pushDetail()
    code.call(csr)
    this.#changed = this.i32()
    code.localTee(this.#changed)
    code.i32Const(1)
    code.i32Eq()
    code.brIf(reload)
    this.#reloadLeft()
    return () => {
      code.localGet(hart)
      code.i64Load(State.csrValue)
    }
  }
  /** The record says which slot it is, and for whom. */
  #csrSlot(operation: CsrOperation, operand: Value): Value {
    return this.slotAccess(operation, operand, {
      level: () => this.#pushDetail(),
      place: () => this.#pushAux(),
      // What the record holds as immediate is the mask of the bits that can be set.
      mask: this.imm(),
    })
  }

  environmentCall(): void {
    this.#pushPosition()
    this.code.call(this.frame.environmentCall)
    this.code.br(this.frame.reload)
    this.#left = true
  }
  returnFrom(level: 'S' | 'M'): void {
    this.#pushPosition()
    this.code.i32Const(PRIVILEGES[level])
    this.code.call(this.frame.returnFrom)
    this.code.br(this.frame.reload)
    this.#left = true
  }
  breakpoint(): void {
    this.#cold('breakpoint')
  }
  waitForInterrupt(): void {
    this.#cold('waitForInterrupt')
  }
  reservationHeld(): Condition {
    return this.#cold('reservationHeld')
  }
  waitForReservation(): void {
    this.#cold('waitForReservation')
  }
  manageBlock(): void {
    this.#cold('manageBlock')
  }
  fenceTranslations(): void {
    const code = this.code
    const { hart, fence, ip } = this.frame
    for (const [value, place] of [
      [this.rs1(), State.slowAddress],
      [this.rs2(), State.slowValue],
    ] as const) {
      code.localGet(hart)
      value()
      code.i64Store(place)
    }
    this.#pushPosition()
    // Whether they are registers other than x0.
    code.localGet(ip)
    code.i32Load16U(4)
    code.localGet(ip)
    code.i32Load16U(6)
    code.call(fence)
    this.#changed = this.i32()
    code.localSet(this.#changed)
    this.#reloadLeft()
  }
  guestLoad(): Value {
    return this.#cold('guestLoad')
  }
  guestStore(): void {
    this.#cold('guestStore')
  }
  fenceGuestTranslations(): void {
    this.#cold('fenceGuestTranslations')
  }
  #cold(effect: string): never {
    return misuse(this.#op, `${effect} is for TypeScript: list it among the cold effects`)
  }

  /** Pushes what every call for TypeScript begins with. */
  #pushPosition(): void {
    const { hart, ip, left } = this.frame
    this.code.localGet(hart)
    this.code.localGet(ip)
    this.code.localGet(left)
  }
  protected evaluateIf(condition: Condition): void {
    condition()
    this.code.if('empty', () => this.#evaluate())
  }
  /** Has the evaluator do the whole instruction, and goes on behind it. */
  #evaluate(): void {
    const code = this.code
    const { reload, evaluate } = this.frame
    this.#pushPosition()
    code.call(evaluate)
    code.brIf(reload)
    this.#reloadLeft()
    this.#advance()
  }
  /** What an access may have changed: the steps left, and S-mode's context, whose id may be another's afterwards. */
  #reload(): void {
    this.#reloadLeft()
    loadDataRegime(this.frame)
  }
  /** TypeScript may have withheld steps. It counts the current one, which `left` does not. */
  #reloadLeft(): void {
    const code = this.code
    const { hart, left } = this.frame
    code.localGet(hart)
    code.i32Load(State.left)
    code.i32Const(1)
    code.i32Sub()
    code.localSet(left)
  }
}
