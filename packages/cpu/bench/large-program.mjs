/** Programs of many instructions, as compilers mix them: arithmetic, loads and stores, branches that are taken or not. */
import { Hart, MachineMemory } from '@worldswitch/cpu'
import { assemble } from '@worldswitch/isa'

const ENTRY = 0x8000_0000

const mix = [
  (i) => `addi a${i % 6}, a${(i + 1) % 6}, ${(i % 100) - 50}`,
  (i) => `ld t${i % 3}, ${(i % 32) * 8}(s1)`,
  (i) => `xor a${i % 6}, a${(i + 2) % 6}, t${i % 3}`,
  (i) => `slli t${i % 3}, a${i % 6}, ${1 + (i % 13)}`,
  (i) => `sd a${i % 6}, ${(i % 32) * 8}(s1)`,
  (i) => `add a${i % 6}, a${i % 6}, t${(i + 1) % 3}`,
  (i) => `sltu t${i % 3}, a${i % 6}, a${(i + 3) % 6}`,
  (i) => `beqz t${i % 3}, 1f\n mul a${i % 6}, a${i % 6}, a${(i + 1) % 6}\n 1:`,
]

/** Lines with so many instructions; the numbers decide which. */
export const instructions = (count, first = 0) => {
  const lines = []
  for (let left = count, i = first; left > 0; i++) {
    const last = left === 1 && i % mix.length === mix.length - 1
    lines.push(last ? 'nop' : mix[i % mix.length](i))
    left -= i % mix.length === mix.length - 1 && !last ? 2 : 1
  }
  return lines.join('\n')
}

/** A hart in M-mode at the start of a program, with `s1` at data. */
export const hartWith = (source, engine) => {
  const memory = new MachineMemory({ ramBytes: 4 << 20 })
  memory.writeRam(ENTRY, assemble(source, { origin: BigInt(ENTRY) }).bytes)
  const hart = new Hart({ id: 0, memory, engine })
  hart.pc = BigInt(ENTRY)
  hart.writeX(9, BigInt(ENTRY + (3 << 20)))
  return hart
}

export const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1]
