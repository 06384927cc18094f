import { assemble } from '../src/assembler/assemble.ts'
import { csrIsReadOnly, csrPrivilege } from '../src/csrs.ts'
import { decode } from '../src/decode.ts'
import { Evaluator, type EvaluatorContext } from '../src/evaluator.ts'
import { exceptionCause } from '../src/exception.ts'
import { floatRegisterNumber, registerNumber } from '../src/registers.ts'
import type { Privilege } from '../src/semantics.ts'
import { type Vector, vectorCode, vectorData } from '../src/vectors/index.ts'

/** The modes as numbers. */
export const levels = { U: 0, S: 1, M: 3 }

/** The bits of `fflags`, `frm` and `fcsr`. */
const fcsrMask = [0, 0x1f, 7, 0xff]

/** The least context that runs the vectors: 64 bytes of memory, `sscratch` and `fcsr`. */
export class Bench implements EvaluatorContext {
  pc = vectorCode
  readonly privilege: Privilege
  readonly x = Array.from({ length: 32 }, (_, i) => 0x5a5a_0000n + BigInt(i))
  readonly f = Array.from({ length: 32 }, (_, i) => 0x3ff1_0000_0000_0000n + BigInt(i))
  fcsr = 0
  /** `mstatus.FS` */
  floatStatus = 0
  readonly bytes = new Uint8Array(64)
  readonly #view = new DataView(this.bytes.buffer)
  trap: { cause: number; tval: bigint } | undefined
  #sscratch = 0n
  #reserved: bigint | undefined

  constructor(privilege: Privilege) {
    this.privilege = privilege
  }
  readX(index: number): bigint {
    return this.x[index]!
  }
  writeX(index: number, value: bigint): void {
    this.x[index] = value
  }
  get floatOff(): boolean {
    return this.floatStatus === 0
  }
  get roundingMode(): number {
    return this.fcsr >> 5
  }
  readF(index: number): bigint {
    return this.f[index]!
  }
  writeF(index: number, value: bigint): void {
    this.f[index] = value
    this.floatStatus = 3
  }
  accrueFlags(flags: number): void {
    if ((flags & ~this.fcsr) === 0) return
    this.fcsr |= flags
    this.floatStatus = 3
  }
  load(width: number, address: bigint): bigint {
    const offset = Number(address - vectorData)
    let value = 0n
    for (let i = width - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.#view.getUint8(offset + i))
    return value
  }
  store(width: number, address: bigint, value: bigint): boolean {
    for (let i = 0; i < width; i++)
      this.#view.setUint8(Number(address - vectorData) + i, Number((value >> BigInt(8 * i)) & 0xffn))
    return true
  }
  #aligned(width: number, address: bigint, cause: number): boolean {
    if (address % BigInt(width) === 0n) return true
    this.raise(cause, address)
    return false
  }
  loadReserved(width: 4 | 8, address: bigint): bigint | undefined {
    if (!this.#aligned(width, address, exceptionCause.loadAddressMisaligned)) return undefined
    this.#reserved = address
    return this.load(width, address)
  }
  storeConditional(width: 4 | 8, address: bigint, value: bigint): boolean | undefined {
    if (!this.#aligned(width, address, exceptionCause.storeAddressMisaligned)) return undefined
    const holds = this.#reserved === address
    this.#reserved = undefined
    return holds && this.store(width, address, value)
  }
  amo(width: 4 | 8, address: bigint, update: (old: bigint) => bigint): bigint | undefined {
    if (!this.#aligned(width, address, exceptionCause.storeAddressMisaligned)) return undefined
    const old = this.load(width, address)
    this.store(width, address, update(old))
    return old
  }
  status(): boolean {
    return false
  }
  #word = 0
  #allowed(number: number, writes: boolean): boolean {
    const ofFloat = number >= 1 && number <= 3 && !this.floatOff
    const known = ofFloat || number === 0x140 || number === 0xc00 || number === 0x340
    if (known && levels[this.privilege] >= levels[csrPrivilege(number)] && !(writes && csrIsReadOnly(number)))
      return true
    this.raise(exceptionCause.illegalInstruction, BigInt(this.#word))
    return false
  }
  csrRead(number: number): bigint | undefined {
    if (!this.#allowed(number, false)) return undefined
    return number > 3 ? this.#sscratch : BigInt((this.fcsr >> (number === 2 ? 5 : 0)) & fcsrMask[number]!)
  }
  csrWrite(number: number, value: bigint): boolean {
    if (!this.#allowed(number, true)) return false
    if (number > 3) this.#sscratch = value
    else {
      const [at, mask] = [number === 2 ? 5 : 0, fcsrMask[number]!]
      this.fcsr = (this.fcsr & ~(mask << at)) | ((Number(value & 0xffn) & mask) << at)
      this.floatStatus = 3
    }
    return true
  }
  raise(cause: number, tval: bigint): void {
    this.trap = { cause, tval }
  }
  returnFrom(): void {
    throw new Error('no vector returns from a trap')
  }
  waitForInterrupt(): void {}
  fence(): void {}
  fenceInstructions(): void {}
  fenceTranslations(): void {}
  readonly cacheBlocks = {
    manage: (): boolean => true,
    zero: (): boolean => {
      this.bytes.fill(0)
      return true
    },
  }
  /** A guest that nothing translates. */
  readonly guest = {
    load: (width: number, address: bigint): bigint => this.load(width, address),
    store: (width: number, address: bigint, value: bigint): boolean => this.store(width, address, value),
    fence: (): void => {},
  }

  /** Sets registers and data. */
  prepare({ registers, data, float }: Pick<Vector, 'registers' | 'data' | 'float'>): void {
    for (const [name, value] of Object.entries(float.registers)) this.f[floatRegisterNumber(name)!] = value
    this.fcsr = float.fcsr
    this.floatStatus = float.status
    for (const [name, value] of Object.entries(registers)) this.x[registerNumber(name)!] = value
    for (const [i, value] of data.entries()) this.#view.setBigUint64(8 * i, value, true)
  }

  run(vector: Vector): void {
    const { code } = vector
    this.prepare(vector)
    const { bytes } = assemble(code, { origin: vectorCode })
    const evaluator = new Evaluator(this)
    for (let i = code.split('\n').length; i > 0 && !this.trap; i--) {
      const offset = Number(this.pc - vectorCode)
      this.#word = bytes
        .slice(offset, offset + 4)
        .reduce((word, byte, j) => (word | (byte << (8 * j))) >>> 0, 0)
      const decoded = decode(this.#word)
      if (decoded === undefined) this.raise(exceptionCause.illegalInstruction, BigInt(this.#word))
      else this.pc = evaluator.run(decoded) ?? this.pc
    }
  }
}
