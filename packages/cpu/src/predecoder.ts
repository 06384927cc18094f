import type { Decoded, Field } from '@worldswitch/isa'
import { type CodePool, OP_UNDECODED, RECORD_SIZE } from './code-pool.ts'
import { CsrAction } from './csr-file.ts'
import type { InstructionCache } from './instruction-cache.ts'
import type { MachineMemory } from './machine-memory.ts'
import { OP_ACROSS, OP_COLD_2, OP_COLD_4, type OpVariant, opNumber } from './opcodes.ts'
import { CsrSlot, type CsrSlotName, State } from './state-layout.ts'

/** Instructions decoded ahead at most: code is mostly straight, but the rest of a page may never run. */
const RUN = 24

/** Values of the state's `csrLevel` from which a slot may be reached. */
const LEVEL_VS = 1
const LEVEL_HS = 2
const LEVEL_M = 3

interface SlotCsr {
  readonly slot: CsrSlotName
  readonly level: number
  /** Bits that can be set: -1 for all, or -2 for an address of code. */
  readonly mask: number
}

/** CSRs that are nothing but a slot: no side effects, no checks beyond the privilege in their number. */
const slotCsrs: Readonly<Record<number, SlotCsr>> = {
  320: { slot: 'sscratch', level: LEVEL_VS, mask: -1 },
  321: { slot: 'sepc', level: LEVEL_VS, mask: -2 },
  322: { slot: 'scause', level: LEVEL_VS, mask: -1 },
  323: { slot: 'stval', level: LEVEL_VS, mask: -1 },
  832: { slot: 'mscratch', level: LEVEL_M, mask: -1 },
  833: { slot: 'mepc', level: LEVEL_M, mask: -2 },
  834: { slot: 'mcause', level: LEVEL_M, mask: -1 },
  835: { slot: 'mtval', level: LEVEL_M, mask: -1 },
}

/** What the record of a CSR instruction says about it: the operation, and which accesses the operands leave out. */
function csrAction({ base, rd, rs1, imm }: Decoded): number {
  const operation = base.name.startsWith('csrrw') ? 'write' : base.name.startsWith('csrrs') ? 'set' : 'clear'
  const operations = { write: CsrAction.write, set: CsrAction.set, clear: CsrAction.clear }
  const reads = operation !== 'write' || rd !== 0
  const writes = operation === 'write' || (rs1 | imm) !== 0
  return operations[operation] | (reads ? CsrAction.reads : 0) | (writes ? CsrAction.writes : 0)
}

/** Likewise those of the hypervisor extension. */
const hypervisorSlotCsrs: Readonly<Record<number, SlotCsr>> = {
  576: { slot: 'vsscratch', level: LEVEL_HS, mask: -1 },
  577: { slot: 'vsepc', level: LEVEL_HS, mask: -2 },
  578: { slot: 'vscause', level: LEVEL_HS, mask: -1 },
  579: { slot: 'vstval', level: LEVEL_HS, mask: -1 },
  1603: { slot: 'htval', level: LEVEL_HS, mask: -1 },
  1610: { slot: 'htinst', level: LEVEL_HS, mask: -1 },
}

/** Where a register is in the state block. */
const registerAt = (field: Field | undefined, index: number): number =>
  (field?.file === 'f' ? State.f : State.x) + index * 8

/** Fills the records that the interpreter finds undecoded. */
export class Predecoder {
  readonly #pool: CodePool
  readonly #instructions: InstructionCache
  readonly #compressed: boolean
  readonly #hypervisor: boolean
  readonly #memory: DataView
  readonly #ramEnd: number

  constructor(memory: MachineMemory, instructions: InstructionCache) {
    this.#pool = memory.code
    this.#instructions = instructions
    this.#compressed = instructions.extensions.has('C')
    this.#hypervisor = instructions.extensions.has('H')
    this.#memory = new DataView(memory.memory.buffer)
    this.#ramEnd = memory.ramOffset + memory.ramBytes
  }

  /** Decodes the instruction of an undecoded record, and what follows it up to a jump. */
  decode(record: number): void {
    const start = this.#pool.instructionOf(record)
    const memory = this.#memory
    let linear = start
    let at = record
    for (let count = 0; count < RUN; count++) {
      const offset = linear & 0xfff
      const first = memory.getUint16(linear, true)
      const length = (first & 3) === 3 ? 4 : 2
      if (length === 4 && offset === 0xffe) {
        memory.setUint16(at, OP_ACROSS, true)
        return
      }
      const word = length === 2 ? first : memory.getInt32(linear, true)
      const decoded = this.#instructions.decode(word)
      if (decoded === undefined) {
        memory.setUint16(at, length === 2 ? OP_COLD_2 : OP_COLD_4, true)
        return
      }
      const last = this.#write(at, decoded, offset)
      linear += length
      at += (length / 2) * RECORD_SIZE
      if (last || (linear & 0xfff) === 0 || linear >= this.#ramEnd) return
      if (memory.getUint16(at, true) !== OP_UNDECODED) return
    }
  }

  #slotCsr(number: number): SlotCsr | undefined {
    return slotCsrs[number] ?? (this.#hypervisor ? hypervisorSlotCsrs[number] : undefined)
  }

  /** Writes one record. @returns whether the code behind it is not reached by falling through. */
  #write(at: number, decoded: Decoded, offset: number): boolean {
    const { base, length, rd, rs1, rs2, imm } = decoded
    const memory = this.#memory
    const { fields } = base.format
    let variant: OpVariant = 'plain'
    let value = imm
    let aux = 0
    let level = 0
    const near = opNumber(base, length, 'near') !== undefined
    const csr = opNumber(base, length, 'slot') === undefined ? undefined : this.#slotCsr(decoded.csr)
    if (near) {
      const target = offset + imm
      if (target >= 0 && target < 4096) {
        variant = 'near'
        value = imm * (RECORD_SIZE / 2)
      }
    } else if (csr !== undefined) {
      variant = 'slot'
      aux = CsrSlot[csr.slot]
      level = csr.level
      value = csr.mask === -2 && !this.#compressed ? -4 : csr.mask
    } else if (base.extension === 'Zicsr') {
      aux = decoded.csr
      level = csrAction(decoded)
    } else if (fields.rm !== undefined) {
      aux = State.f + decoded.rs3 * 8
      level = decoded.rm
    }
    let op = opNumber(base, length, variant)
    // Without compressed instructions a jump can be misaligned: the evaluator knows what to do.
    const misaligned = !this.#compressed && (base.name === 'jalr' || (near && (imm & 2) !== 0))
    if (op === undefined || misaligned) op = length === 2 ? OP_COLD_2 : OP_COLD_4
    const isSink = rd === 0 && fields.rd?.file !== 'f'
    memory.setUint16(at + 2, isSink ? State.sink : registerAt(fields.rd, rd), true)
    memory.setUint16(at + 4, registerAt(fields.rs1, rs1), true)
    memory.setUint16(at + 6, registerAt(fields.rs2, rs2), true)
    memory.setInt32(at + 8, value, true)
    memory.setUint16(at + 12, aux, true)
    memory.setUint16(at + 14, level, true)
    memory.setUint16(at, op, true)
    return base.name === 'jal' || base.name === 'jalr'
  }
}
