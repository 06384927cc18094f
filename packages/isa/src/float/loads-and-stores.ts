import * as formats from '../formats.ts'
import type { Instruction } from '../instruction.ts'
import { double, floatRow, type Precision, single } from './precision.ts'

const accesses = ({ extension, suffix, bytes, box, name }: Precision): Instruction[] => {
  const letter = suffix === 's' ? 'w' : 'd'
  const width = bytes === 4 ? 0x2000 : 0x3000
  return [
    floatRow({
      name: `fl${letter}`,
      extension,
      format: formats.FloatLoad,
      match: 0x07 | width,
      mask: 0x707f,
      summary: `Loads a ${name}.`,
      semantics: (e) => e.setFd(box(e, e.load(bytes, e.add(e.rs1(), e.imm())))),
    }),
    floatRow({
      name: `fs${letter}`,
      extension,
      format: formats.FloatStore,
      match: 0x27 | width,
      mask: 0x707f,
      summary:
        bytes === 8 ? `Stores a ${name}.` : `Stores a ${name}: the low 32 bits, whatever the others are.`,
      semantics: (e) => e.store(bytes, e.add(e.rs1(), e.imm()), e.fs2()),
    }),
  ]
}

/** Unprivileged ISA, chapters "F" and "D", load and store instructions. */
export const floatLoadsAndStores: readonly Instruction[] = [...accesses(single), ...accesses(double)]
