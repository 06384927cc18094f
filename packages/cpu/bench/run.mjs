// Measures the interpreter on the programs of programs.c, in S-mode behind Sv39 with 4 KiB pages, against nothing but the clock.
// Usage: node run.mjs [engine] [scale]; needs `pnpm build` of this package and of those below it.
import { readFileSync } from 'node:fs'
import { Hart, MachineMemory } from '@worldswitch/cpu'

const engine = process.argv[2] ?? 'interpreter'
const scale = Number(process.argv[3] ?? 1)
const names = ['sieve', 'crc', 'matrix', 'sort', 'list', 'machine', 'mixed', 'fib']
const repetitions = [12, 20, 20, 12, 12, 20, 15, 20]
const ENTRY = 0x8020_0000
const TABLES = 0x8010_0000
const image = readFileSync(process.env.PROGRAMS ?? new URL('programs.bin', import.meta.url))

/** Identity mapping of the RAM in 4 KiB pages: root, one middle table, one leaf table per 2 MiB. */
function mapRam(memory) {
  const pte = (address, flags) => (BigInt(address / 4096) << 10n) | BigInt(flags)
  const middle = TABLES + 4096
  memory.store64(TABLES + 2 * 8, pte(middle, 1))
  for (let i = 0; i < memory.ramBytes / 0x20_0000; i++) {
    const leaf = middle + 4096 * (i + 1)
    memory.store64(middle + i * 8, pte(leaf, 1))
    for (let j = 0; j < 512; j++)
      memory.store64(leaf + j * 8, pte(0x8000_0000 + i * 0x20_0000 + j * 4096, 0xcf))
  }
}

let logarithms = 0
for (const [which, name] of names.entries()) {
  const memory = new MachineMemory({ ramBytes: 16 << 20 })
  memory.writeRam(ENTRY, image)
  mapRam(memory)
  const hart = new Hart({ id: 0, memory, engine, monitor: 'M' })
  const start = (count) => {
    hart.privilege = 'S'
    hart.writeCsr(0x180, (8n << 60n) | BigInt(TABLES / 4096))
    hart.pc = BigInt(ENTRY)
    hart.writeX(10, BigInt(which))
    hart.writeX(11, BigInt(count))
  }
  const finish = () => {
    for (;;) {
      const result = hart.run(10_000_000)
      if (result.reason === 'trap') {
        if (result.trap.cause !== 9)
          throw new Error(
            `${name}: cause ${result.trap.cause} at ${result.trap.pc.toString(16)} tval ${result.trap.tval.toString(16)}`,
          )
        return hart.readX(10)
      }
    }
  }
  start(Math.max(1, Math.round(repetitions[which] * scale * 0.3)))
  finish()
  let best = 0
  for (let i = 0; i < 3; i++) {
    start(Math.max(1, Math.round(repetitions[which] * scale)))
    const steps = hart.steps
    const began = performance.now()
    finish()
    best = Math.max(best, (hart.steps - steps) / (performance.now() - began) / 1000)
  }
  logarithms += Math.log(best)
  const { tlbMisses } = hart.counters
  console.log(
    `${name.padEnd(10)} ${best.toFixed(0).padStart(6)} MIPS   ${hart.readX(10).toString(16)}  steps ${hart.steps} tlb misses ${tlbMisses}`,
  )
}
console.log(`geometric mean ${Math.exp(logarithms / names.length).toFixed(0)} MIPS`)
