import type { Decoded, Field } from '@worldswitch/isa'
import {
  type CodePool,
  OP_PAGE_END,
  OP_UNDECODED,
  RECORD_ARRIVALS,
  RECORD_AUX,
  RECORD_DETAIL_SHIFT,
  RECORD_SIZE,
} from './code-pool.ts'
import { CsrAction } from './csr-file.ts'
import type { InstructionCache } from './instruction-cache.ts'
import type { MachineMemory } from './machine-memory.ts'
import {
  OP_ACROSS,
  OP_COLD_2,
  OP_COLD_4,
  type OpVariant,
  opNumber,
  opNumbers,
  pairNumber,
} from './opcodes.ts'
import { SSTATUS, slotCsr } from './slot-csrs.ts'
import { Across, CsrSlot, State } from './state-layout.ts'

/** Instructions decoded ahead at most: code is mostly straight, but the rest of a page may never run. */
const RUN = 24

/** What the record of a CSR instruction says about it: the operation, and which accesses the operands leave out. */
function csrAction({ base, rd, rs1, imm }: Decoded): number {
  const operation = base.name.startsWith('csrrw') ? 'write' : base.name.startsWith('csrrs') ? 'set' : 'clear'
  const operations = { write: CsrAction.write, set: CsrAction.set, clear: CsrAction.clear }
  const reads = operation !== 'write' || rd !== 0
  const writes = operation === 'write' || (rs1 | imm) !== 0
  return operations[operation] | (reads ? CsrAction.reads : 0) | (writes ? CsrAction.writes : 0)
}

/** Where a register is in the state block. */
const registerAt = (field: Field | undefined, index: number): number =>
  (field?.file === 'f' ? State.f : State.x) + index * 8

/** Whether a transfer of control may go to where no instruction begins on a hart without compressed ones. */
export const mayMisalign = ({ base, length, imm }: Decoded): boolean =>
  base.name === 'jalr' || (opNumber(base, length, 'near') !== undefined && (imm & 2) !== 0)

/** In the place of bytes from the start of a page: no target of a jump is in the same page. */
const NOWHERE = -(2 ** 30)
/** Entries of a {@link RecordCache}: a power of two. */
const CACHED_RECORDS = 8192
/** Flags of a record: there is one, and straight code ends behind it. */
const KNOWN = 1
const ENDS = 2

/** Records of instructions whose record does not depend on where they are, found by a hash of the instruction. */
class RecordCache {
  readonly #words = new Int32Array(CACHED_RECORDS)
  readonly #records = new Int32Array(CACHED_RECORDS * (RECORD_SIZE / 4))
  readonly #flags = new Uint8Array(CACHED_RECORDS)
  readonly #memory: Int32Array

  constructor(memory: ArrayBuffer) {
    this.#memory = new Int32Array(memory)
  }

  /** Writes the record at `at`. @returns its flags; 0 when it is not known. */
  write(at: number, word: number): number {
    const entry = this.#entry(word)
    if (this.#words[entry] !== word) return 0
    const records = this.#records
    const memory = this.#memory
    const from = entry << 2
    const to = at >>> 2
    memory[to] = records[from]
    memory[to + 1] = records[from + 1]
    memory[to + 2] = records[from + 2]
    memory[to + 3] = records[from + 3]
    return this.#flags[entry]
  }

  /** Remembers the record at `at`. */
  remember(at: number, word: number, flags: number): void {
    const entry = this.#entry(word)
    this.#words[entry] = word
    this.#flags[entry] = flags
    for (let i = 0; i < RECORD_SIZE / 4; i++) this.#records[(entry << 2) + i] = this.#memory[(at >>> 2) + i]
  }

  #entry(word: number): number {
    return (Math.imul(word, 0x9e37_79b1) >>> 16) & (CACHED_RECORDS - 1)
  }
}

/** Fills the records that the interpreter finds undecoded. */
export class Predecoder {
  readonly #pool: CodePool
  readonly #instructions: InstructionCache
  readonly #compressed: boolean
  readonly #hypervisor: boolean
  readonly #memory: DataView
  readonly #ramEnd: number
  readonly #cache: RecordCache

  constructor(memory: MachineMemory, instructions: InstructionCache) {
    this.#pool = memory.code
    this.#instructions = instructions
    this.#compressed = instructions.extensions.has('C')
    this.#hypervisor = instructions.extensions.has('H')
    this.#memory = new DataView(memory.memory.buffer)
    this.#cache = new RecordCache(memory.memory.buffer)
    this.#ramEnd = memory.ramOffset + memory.ramBytes
  }

  /** Decodes the instruction of an undecoded record, and what follows it up to a jump. */
  decode(record: number): void {
    const start = this.#pool.instructionOf(record)
    const memory = this.#memory
    let linear = start
    let at = record
    /** The op before, if it is not part of a pair, and its record. */
    let before = OP_UNDECODED
    let beforeAt = record
    for (let count = 0; count < RUN; count++) {
      const offset = linear & 0xfff
      const first = memory.getUint16(linear, true)
      const length = (first & 3) === 3 ? 4 : 2
      if (length === 4 && offset === 0xffe) {
        memory.setUint16(at, OP_ACROSS, true)
        return
      }
      const word = length === 2 ? first : memory.getInt32(linear, true)
      let flags = this.#cache.write(at, word)
      if (flags === 0) {
        const decoded = this.#instructions.decode(word)
        if (decoded === undefined) {
          memory.setUint16(at, length === 2 ? OP_COLD_2 : OP_COLD_4, true)
          return
        }
        flags = this.#write(at, decoded, offset) ? KNOWN | ENDS : KNOWN
        if (opNumbers(decoded.base, length).near === undefined) this.#cache.remember(at, word, flags)
      }
      const op = memory.getUint16(at, true)
      const pair = pairNumber(before, op)
      if (pair !== 0) memory.setUint16(beforeAt, pair, true)
      before = pair === 0 ? op : OP_UNDECODED
      beforeAt = at
      linear += length
      at += (length / 2) * RECORD_SIZE
      if ((flags & ENDS) !== 0 || (linear & 0xfff) === 0 || linear >= this.#ramEnd) return
      if (memory.getUint16(at, true) !== OP_UNDECODED) return
    }
  }

  /**
   * Writes the record of an instruction across two pages, and behind it what leads to the page of the next one.
   *
   * @param at - an entry of `State.across`.
   */
  decodeAcross(at: number, word: number): void {
    const memory = this.#memory
    if (memory.getInt32(at + Across.instruction, true) === word) return
    memory.setInt32(at + Across.instruction, word, true)
    memory.setUint16(at + Across.end, OP_PAGE_END, true)
    if (this.#cache.write(at, word) !== 0) return
    const decoded = this.#instructions.decode(word)
    if (decoded === undefined) memory.setUint16(at, OP_COLD_4, true)
    else this.#write(at, decoded, NOWHERE)
  }

  /** Writes one record. @returns whether the code behind it is not reached by falling through. */
  #write(at: number, decoded: Decoded, offset: number): boolean {
    const { base, length, rd, rs1, rs2, imm } = decoded
    const memory = this.#memory
    const { fields } = base.format
    let variant: OpVariant = 'plain'
    let value = imm
    let aux = 0
    let detail = 0
    const numbers = opNumbers(base, length)
    const csr =
      numbers.slot === undefined ? undefined : slotCsr(decoded.csr, this.#hypervisor, this.#compressed)
    if (numbers.near !== undefined) {
      const target = offset + imm
      if (target >= 0 && target < 4096) {
        variant = imm < 0 || (base.name === 'jal' && rd !== 0) ? 'counted' : 'near'
        value = imm * (RECORD_SIZE / 2)
      }
    } else if (csr !== undefined) {
      variant = 'slot'
      aux = CsrSlot[csr.slot]
      detail = csr.level
      value = csr.mask
    } else if (base.extension === 'Zicsr') {
      aux = decoded.csr
      detail = csrAction(decoded)
      if (aux === SSTATUS) variant = 'status'
    } else if (fields.rm !== undefined) {
      aux = State.f + decoded.rs3 * 8
      detail = decoded.rm
    }
    let op = numbers[variant]
    // Without compressed instructions a jump can be misaligned: the evaluator knows what to do.
    const misaligned = !this.#compressed && mayMisalign(decoded)
    if (op === undefined || misaligned) op = length === 2 ? OP_COLD_2 : OP_COLD_4
    const isSink = rd === 0 && fields.rd?.file !== 'f'
    memory.setUint16(at + 2, isSink ? State.sink : registerAt(fields.rd, rd), true)
    memory.setUint16(at + 4, registerAt(fields.rs1, rs1), true)
    memory.setUint16(at + 6, registerAt(fields.rs2, rs2), true)
    memory.setInt32(at + 8, value, true)
    memory.setUint16(at + RECORD_AUX, aux | (detail << RECORD_DETAIL_SHIFT), true)
    memory.setUint16(at + RECORD_ARRIVALS, 0, true)
    memory.setUint16(at, op, true)
    return base.name === 'jal' || base.name === 'jalr'
  }
}
