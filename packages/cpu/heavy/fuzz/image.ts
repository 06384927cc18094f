import { BASE, BLOCK_SIZE, BLOCKS, HANDLERS, RECORD, SUPERVISOR, TABLE } from './layout.ts'
import type { MachineUnderTest } from './machine-under-test.ts'
import { type FuzzProgram, fuzzProgram } from './program.ts'
import { supervisor } from './supervisor.ts'

/** A batch of programs and the image that runs them one after the other. */
export class Batch {
  readonly machine: MachineUnderTest
  readonly programs: readonly FuzzProgram[]
  /** Programs that are not run: see `onHart`. */
  readonly leftOut = new Set<number>()
  readonly #pristine: Uint8Array

  /** @param seed - of the first program; the others count up. */
  constructor(machine: MachineUnderTest, seed: number, count: number) {
    this.machine = machine
    const runner = supervisor(machine.hypervisor, machine.extensions.has('D'))
    this.#pristine = new Uint8Array(BLOCKS - BASE + count * BLOCK_SIZE)
    this.#pristine.set(runner.bytes)
    this.#pristine.set(runner.handlers, HANDLERS - BASE)
    this.programs = Array.from({ length: count }, (_, i) =>
      fuzzProgram(seed + i, this.blockOf(i), machine, runner),
    )
    this.programs.forEach(({ bytes }, i) => {
      this.#pristine.set(bytes, this.blockOf(i) - BASE)
    })
  }

  /** Whether the supervisor and its handlers are as they were. @param at - reads a word of memory. */
  supervisorIntact(at: (address: number) => number): boolean {
    const words = new DataView(this.#pristine.buffer)
    for (let address = SUPERVISOR; address < RECORD; address += 4) {
      if (at(address) !== words.getUint32(address - BASE, true)) return false
    }
    return true
  }

  /** Physical address of a program's block. */
  blockOf(index: number): number {
    return BLOCKS + index * BLOCK_SIZE
  }
  /** Index of the program of a block. */
  indexOf(block: number): number {
    return (block - BLOCKS) / BLOCK_SIZE
  }

  /** The image to load at {@link BASE}. @param without - programs to skip besides the ones left out. */
  image(without: ReadonlySet<number> = new Set()): Uint8Array {
    const image = this.#pristine.slice()
    const table = new DataView(image.buffer, TABLE - BASE)
    this.programs.forEach((_, i) => {
      table.setBigUint64(8 * i, this.leftOut.has(i) || without.has(i) ? 0n : BigInt(this.blockOf(i)), true)
    })
    table.setBigUint64(8 * this.programs.length, 0xffff_ffff_ffff_ffffn, true)
    return image
  }
}
