import { a } from './a.ts'
import { c } from './c.ts'
import { cacheBlocks } from './cache-blocks.ts'
import { d, f } from './float/float.ts'
import { hypervisor } from './hypervisor.ts'
import type { Extension, Instruction } from './instruction.ts'
import { m } from './m.ts'
import { privileged } from './privileged.ts'
import { arithmetic, wordArithmetic } from './rv64i/arithmetic.ts'
import { controlTransfer } from './rv64i/control-transfer.ts'
import { environment } from './rv64i/environment.ts'
import { loadsAndStores } from './rv64i/loads-and-stores.ts'
import { svinval } from './svinval.ts'
import { zawrs } from './zawrs.ts'
import { zba } from './zba.ts'
import { zbb } from './zbb.ts'
import { zbc } from './zbc.ts'
import { zbs } from './zbs.ts'
import { zicond } from './zicond.ts'
import { zicsr } from './zicsr.ts'
import { zifencei } from './zifencei.ts'

/** Every instruction, in the order of the documentation. */
export const instructions: readonly Instruction[] = [
  ...arithmetic,
  ...wordArithmetic,
  ...loadsAndStores,
  ...controlTransfer,
  ...environment,
  ...zifencei,
  ...zicsr,
  ...m,
  ...a,
  ...f,
  ...d,
  ...c,
  ...zba,
  ...zbb,
  ...zbc,
  ...zbs,
  ...zicond,
  ...cacheBlocks,
  ...zawrs,
  ...privileged,
  ...svinval,
  ...hypervisor,
]

/** All extensions in the table. */
export const allExtensions: ReadonlySet<Extension> = new Set(instructions.map((row) => row.extension))

const byName = new Map(instructions.map((row) => [row.name, row]))

/** The row of a mnemonic, or undefined. */
export const instructionNamed = (name: string): Instruction | undefined => byName.get(name)
