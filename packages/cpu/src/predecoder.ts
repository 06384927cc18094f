import {
  type Decoded,
  type Extension,
  type Field,
  type Instruction,
  instructionIndex,
  instructions,
  isAvailable,
  operandFields,
  type RegisterFile,
} from '@worldswitch/isa'
import { type CodePool, OP_PAGE_END, OP_UNDECODED, RECORD_DETAIL_SHIFT, RECORD_SIZE } from './code-pool.ts'
import { CsrAction } from './csr-file.ts'
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
function csrAction(name: string, isUnread: boolean, isZero: boolean): number {
  const operation = name.startsWith('csrrw') ? 'write' : name.startsWith('csrrs') ? 'set' : 'clear'
  const operations = { write: CsrAction.write, set: CsrAction.set, clear: CsrAction.clear }
  const reads = operation !== 'write' || !isUnread
  const writes = operation === 'write' || !isZero
  return operations[operation] | (reads ? CsrAction.reads : 0) | (writes ? CsrAction.writes : 0)
}

/** Whether a transfer of control may go to where no instruction begins on a hart without compressed ones. */
export const mayMisalign = ({ base, length, imm }: Pick<Decoded, 'base' | 'length' | 'imm'>): boolean =>
  base.name === 'jalr' || (opNumber(base, length, 'near') !== undefined && (imm & 2) !== 0)

/** In the place of bytes from the start of a page: no target of a jump is in the same page. */
const NOWHERE = -(2 ** 30)

/** What depends on more than the registers in the record of a row. */
type Detail = 'none' | 'near' | 'csr' | 'rounding'

/** How the records of a row of the instruction table are made. */
interface RecordForm extends Readonly<Record<OpVariant, number>> {
  readonly base: Instruction
  readonly length: 2 | 4
  readonly detail: Detail
  /** See {@link registerOperand}. */
  readonly rd: number
  readonly rs1: number
  readonly rs2: number
  readonly rs3: number
  readonly imm: Field
  readonly csr: Field
  readonly rm: Field
  /** Whether the code behind it is not reached by falling through. */
  readonly ends: boolean
  /** Whether it is a call if it writes a register. */
  readonly isJal: boolean
}

/**
 * A register operand in one number: of each instruction three are decoded.
 *
 * @param file - which registers it numbers.
 * @returns from bit 0 where the register lies in the state block when the bits of the word are 0; from bit 16 how far these
 * are shifted right; from bit 24 their mask.
 */
function registerOperand({ slices, plus }: Field, file: RegisterFile): number {
  if (slices.length > 1) throw new Error('the bits of a register are apart in the word')
  const [[shift, width] = [0, 0]] = slices
  return ((file === 'f' ? State.f : State.x) + plus * 8) | (shift << 16) | (((1 << width) - 1) << 24)
}

/** Where a register is in the state block. */
const registerAt = (operand: number, word: number): number =>
  (operand & 0xffff) + (((word >>> ((operand >>> 16) & 0x1f)) & (operand >>> 24)) << 3)

function recordForm(row: Instruction): RecordForm {
  const { length, expandsTo: base = row } = row
  const { fields } = base.format
  const { rd, rs1, rs2, rs3, imm, csr, rm } = operandFields(row)
  const cold = length === 2 ? OP_COLD_2 : OP_COLD_4
  const { plain = cold, near = cold, counted = cold, slot = cold, status = cold } = opNumbers(base, length)
  let detail: Detail = 'none'
  if (near !== cold) detail = 'near'
  else if (base.extension === 'Zicsr') detail = 'csr'
  else if (fields.rm !== undefined) detail = 'rounding'
  return {
    base,
    length,
    detail,
    plain,
    near,
    counted,
    slot,
    status,
    rd: registerOperand(rd, fields.rd?.file ?? 'x'),
    rs1: registerOperand(rs1, fields.rs1?.file ?? 'x'),
    rs2: registerOperand(rs2, fields.rs2?.file ?? 'x'),
    rs3: registerOperand(rs3, 'f'),
    imm,
    csr,
    rm,
    ends: base.name === 'jal' || base.name === 'jalr',
    isJal: base.name === 'jal',
  }
}

/** Fills the records that the interpreter finds undecoded. */
export class Predecoder {
  readonly #pool: CodePool
  readonly #compressed: boolean
  readonly #hypervisor: boolean
  readonly #memory: DataView
  readonly #words: Int32Array
  readonly #ramEnd: number
  readonly #extensions: ReadonlySet<Extension>
  /** Of instructions that the hart has, by index in the instruction table, as they were needed. */
  readonly #forms: (RecordForm | undefined)[] = instructions.map(() => undefined)

  /** @param extensions - what the hart has. */
  constructor(memory: MachineMemory, extensions: ReadonlySet<Extension>) {
    this.#pool = memory.code
    this.#extensions = extensions
    this.#compressed = extensions.has('C')
    this.#hypervisor = extensions.has('H')
    this.#memory = new DataView(memory.memory.buffer)
    this.#words = new Int32Array(memory.memory.buffer)
    this.#ramEnd = memory.ramOffset + memory.ramBytes
  }

  /** Decodes the instruction of an undecoded record, and what follows it up to a jump. */
  decode(record: number): void {
    const memory = this.#memory
    let linear = this.#pool.instructionOf(record)
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
      const form = this.#write(at, length === 2 ? first : memory.getInt32(linear, true), offset)
      if (form === undefined) return
      const op = memory.getUint16(at, true)
      const pair = pairNumber(before, op)
      if (pair !== 0) memory.setUint16(beforeAt, pair, true)
      before = pair === 0 ? op : OP_UNDECODED
      beforeAt = at
      linear += length
      at += (length / 2) * RECORD_SIZE
      if (form.ends || (linear & 0xfff) === 0 || linear >= this.#ramEnd) return
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
    this.#write(at, word, NOWHERE)
  }

  /** @returns undefined when the hart does not have the instruction. */
  #formOf(index: number): RecordForm | undefined {
    const row = instructions[index]
    if (!isAvailable(row, this.#extensions)) return undefined
    const form = recordForm(row)
    this.#forms[index] = form
    return form
  }

  /**
   * Writes one record.
   *
   * @param offset - of the instruction, in bytes from the start of the page.
   * @returns undefined when the instruction is illegal.
   */
  #write(at: number, word: number, offset: number): RecordForm | undefined {
    const index = instructionIndex(word)
    const form = index === -1 ? undefined : (this.#forms[index] ?? this.#formOf(index))
    if (form === undefined) {
      this.#memory.setUint16(at, (word & 3) === 3 ? OP_COLD_4 : OP_COLD_2, true)
      return undefined
    }
    const rd = registerAt(form.rd, word)
    const rs1 = registerAt(form.rs1, word)
    const imm = form.imm.extract(word)
    let op = form.plain
    let value = imm
    let aux = 0
    let detail = 0
    switch (form.detail) {
      case 'near': {
        const target = offset + imm
        if (target < 0 || target >= 4096) break
        op = imm < 0 || (form.isJal && rd !== State.x) ? form.counted : form.near
        value = imm * (RECORD_SIZE / 2)
        break
      }
      case 'csr': {
        const number = form.csr.extract(word)
        const slot = form.slot === OP_COLD_4 ? undefined : slotCsr(number, this.#hypervisor, this.#compressed)
        if (slot !== undefined) {
          op = form.slot
          aux = CsrSlot[slot.slot]
          detail = slot.level
          value = slot.mask
          break
        }
        if (number === SSTATUS) op = form.status
        aux = number
        detail = csrAction(form.base.name, rd === State.x, rs1 === State.x && imm === 0)
        break
      }
      case 'rounding':
        aux = registerAt(form.rs3, word)
        detail = form.rm.extract(word)
    }
    // Without compressed instructions a jump can be misaligned: the evaluator knows what to do.
    if (!this.#compressed && mayMisalign({ base: form.base, length: form.length, imm })) op = OP_COLD_4
    const words = this.#words
    const to = at >>> 2
    // What is written to x0 goes nowhere.
    words[to] = op | ((rd === State.x ? State.sink : rd) << 16)
    words[to + 1] = rs1 | (registerAt(form.rs2, word) << 16)
    words[to + 2] = value
    // Nobody has arrived there yet.
    words[to + 3] = aux | (detail << RECORD_DETAIL_SHIFT)
    return form
  }
}
