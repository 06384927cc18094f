import { instructions } from '@worldswitch/isa'
import {
  type EngineName,
  Hart,
  hartExtensions,
  type InterruptLineNumber,
  MachineMemory,
  type RunResult,
} from '../src/index.ts'
import { Csr, random } from './board.ts'

const RAM = 0x8000_0000
const RAM_BYTES = 0x4_0000
const PAGES = RAM_BYTES / 4096
/** Where the tree of page tables begins in RAM. */
const TREE = RAM_BYTES / 2 + 4 * 4096
const STIMECMP = 0x14d
const LINES: readonly InterruptLineNumber[] = [1, 3, 5, 7, 9, 11]

/** Fills RAM with random code, random page tables and random pointers: everything a hostile guest might bring. */
function fill(memory: MachineMemory, next: () => number, raw: boolean): void {
  const long = instructions.filter((row) => row.length === 4)
  const short = instructions.filter((row) => row.length === 2)
  const bytes = new Uint8Array(RAM_BYTES)
  const view = new DataView(bytes.buffer)
  // The lower half: code.
  let at = 0
  while (at < RAM_BYTES / 2 - 4) {
    const dice = next() % 16
    if (raw || dice === 0) {
      view.setUint32(at, next(), true)
      at += 2 + (next() & 2)
    } else if (dice < 6) {
      const row = short[next() % short.length]
      view.setUint16(at, row.match | (next() & ~row.mask & 0xffff), true)
      at += 2
    } else {
      const row = long[next() % long.length]
      let word = row.match | (next() & ~row.mask)
      // Small distances keep jumps, branches and accesses where something is.
      if (next() % 4 !== 0 && row.format.name !== 'U') word &= 0x1fff_ffff | row.match
      view.setUint32(at, word, true)
      at += 4
    }
  }
  // The upper half: page tables that point anywhere in RAM, and sometimes outside.
  for (at = RAM_BYTES / 2; at < RAM_BYTES; at += 8) {
    const page = next() % 24 === 0 ? next() % 0x10_0000 : RAM / 4096 + (next() % PAGES)
    const flags = next() % 3 === 0 ? 1 : next() & 0xff & (next() % 4 === 0 ? 0xff : ~0x20)
    view.setBigUint64(at, (BigInt(page) << 10n) | BigInt(flags | 1), true)
  }
  // One Sv39 tree in which every address is mapped somewhere, with permissions that are not all alike.
  for (let entry = 0; entry < 512; entry++) {
    for (const level of [0, 1]) {
      view.setBigUint64(
        TREE + level * 4096 + entry * 8,
        (BigInt((RAM + TREE) / 4096 + level + 1) << 10n) | 1n,
        true,
      )
    }
    const flags = next() % 8 === 0 ? next() & 0xff : next() % 2 === 0 ? 0xcf : 0xdf
    const page = next() % 16 === 0 ? 0x1_0000 : RAM / 4096 + (next() % PAGES)
    view.setBigUint64(TREE + 2 * 4096 + entry * 8, (BigInt(page) << 10n) | BigInt(flags | 1), true)
  }
  memory.writeRam(RAM, bytes)
}

/** The bits of a single or a double, most often of one that has something to it. */
function randomFloat(next: () => number): bigint {
  const dice = next() % 8
  const bits = (BigInt(next()) << 32n) | BigInt(next())
  if (dice === 0) return bits
  const single = next() % 2 === 0
  const exponents = single ? [0, 1, 126, 127, 128, 150, 254, 255] : [0, 1, 1022, 1023, 1024, 1075, 2046, 2047]
  const [width, fraction] = single ? [8n, 23n] : [11n, 52n]
  const sign = BigInt(next() % 2) << (width + fraction)
  const rest = dice < 4 ? BigInt(next() % 3) : bits & ((1n << fraction) - 1n)
  const value = sign | (BigInt(exponents[next() % 8]) << fraction) | rest
  return single ? value | 0xffff_ffff_0000_0000n : value
}

/** A hart in a random state on random memory, with a bus that answers randomly and plays with interrupt lines. */
export function chaos(seed: number, engine: EngineName, raw = false): { hart: Hart; memory: MachineMemory } {
  const next = random(seed * 7919 + 13)
  const memory = new MachineMemory({ ramBytes: RAM_BYTES, codePages: 8, tlbEntries: 16 })
  fill(memory, next, raw)
  const device = random(seed + 99)
  const withGuest = seed % 4 !== 0
  const bus = {
    read: (_address: number, width: 1 | 2 | 4 | 8) => {
      if (device() % 4 === 0) return undefined
      hart.setInterruptLine(LINES[device() % 6], device() % 2 === 0)
      return BigInt(device()) & ((1n << BigInt(8 * width)) - 1n)
    },
    write: () => {
      if (device() % 3 === 0)
        memory.writeRam(RAM + (device() % (RAM_BYTES - 64)), new Uint8Array(1 + (device() % 64)))
      return device() % 4 !== 0
    },
  }
  const hart: Hart = new Hart({
    id: 0,
    memory,
    engine,
    bus,
    time: () => BigInt(hart.steps),
    timerMoved: () => hart?.requestStop(),
    pmpOpen: next() % 4 !== 0,
    // Half of them have a monitor that keeps the program out of M-mode, where nothing is translated.
    monitor: seed % 2 === 0 ? 'M' : undefined,
    extensions:
      next() % 3 === 0
        ? hartExtensions.filter(
            (name) => name !== (seed % 8 < 4 ? 'Svade' : 'Svadu') && (withGuest || name !== 'H'),
          )
        : [
            'M',
            'A',
            'F',
            'D',
            ...(next() % 4 === 0 ? [] : ['C' as const]),
            ...(withGuest ? ['H' as const] : []),
          ],
  })
  for (let x = 1; x < 32; x++) {
    const dice = next() % 4
    hart.writeX(
      x,
      dice === 0 ? BigInt(next()) : dice === 1 ? 0x1000_0000n : BigInt(RAM + (next() % RAM_BYTES)),
    )
  }
  for (let f = 0; f < 32; f++) hart.writeF(f, randomFloat(next))
  for (const csr of [
    Csr.medeleg,
    Csr.mideleg,
    Csr.mie,
    Csr.mstatus,
    Csr.mcounteren,
    Csr.menvcfg,
    Csr.pmpaddr0,
    Csr.pmpcfg0,
  ]) {
    hart.writeCsr(csr, (BigInt(next()) << 32n) | BigInt(next() & ~0x0040_0000))
  }
  if (hart.hasCsr(STIMECMP)) hart.writeCsr(STIMECMP, BigInt(next() % 4000))
  hart.writeCsr(Csr.mtvec, BigInt(RAM + ((next() % (RAM_BYTES / 4)) & ~3)))
  hart.writeCsr(Csr.stvec, BigInt(RAM + ((next() % (RAM_BYTES / 4)) & ~3)))
  const root = BigInt(RAM / 4096 + PAGES / 2 + (next() % (PAGES / 2)))
  const dice = next() % 4
  if (dice === 0) hart.writeCsr(Csr.satp, (BigInt(8 + (next() % 3)) << 60n) | root)
  else if (dice < 3)
    hart.writeCsr(Csr.satp, (8n << 60n) | (BigInt(next() % 3) << 44n) | BigInt((RAM + TREE) / 4096))
  hart.privilege = (['U', 'S', 'M'] as const)[next() % 3]
  if (withGuest) enterGuest(hart, next)
  hart.pc = BigInt(RAM + (next() % (RAM_BYTES / 2)))
  return { hart, memory }
}

/** Random state of the hypervisor extension, and mostly the mode of a guest. */
function enterGuest(hart: Hart, next: () => number): void {
  for (const csr of [
    Csr.hstatus,
    Csr.hedeleg,
    Csr.hideleg,
    Csr.hvip,
    Csr.hcounteren,
    Csr.henvcfg,
    Csr.htimedelta,
    Csr.vsstatus,
  ]) {
    if (next() % 4 !== 0) hart.writeCsr(csr, (BigInt(next()) << 32n) | BigInt(next()))
  }
  hart.writeCsr(Csr.vstvec, BigInt(RAM + ((next() % (RAM_BYTES / 4)) & ~3)))
  const tree = BigInt((RAM + TREE) / 4096)
  const stage = (first: boolean): bigint => {
    const dice = next() % 4
    if (dice === 0) return 0n
    // Addresses of both stages come to lie in the same tree, or on random tables.
    const root = dice < 3 ? tree : BigInt(RAM / 4096 + PAGES / 2 + (next() % (PAGES / 2)))
    const mode = dice < 3 ? 8n : BigInt(8 + (next() % 3))
    return (mode << 60n) | (BigInt(first ? next() % 3 : next() % 2) << 44n) | root
  }
  hart.writeCsr(Csr.vsatp, stage(true))
  hart.writeCsr(Csr.hgatp, stage(false))
  if (next() % 4 === 0) return
  if (hart.privilege === 'M') hart.privilege = 'S'
  hart.virtual = true
}

/** What the monitor does about a trap: reflects it, or sends the program elsewhere in another mode. */
export function steer(hart: Hart, { trap }: RunResult): void {
  if (trap === undefined) return
  const turn = hart.steps
  if (turn % 3 === 0) hart.enterTrap(trap, turn % 2 === 0 && hart.hasCsr(Csr.hstatus) ? 'VS' : 'S')
  else {
    hart.privilege = turn % 5 < 2 ? 'U' : 'S'
    if (hart.hasCsr(Csr.hstatus)) hart.virtual = turn % 7 < 5
    hart.pc = turn % 2 === 0 ? trap.pc + 2n : BigInt(RAM + ((turn * 4094) % (RAM_BYTES / 2)))
  }
}

/** Runs exactly `steps`, or less when nothing wakes the hart. @param slice - the most steps of one call, given a turn. */
export function runSteps(hart: Hart, steps: number, slice: (turn: number) => number): number {
  let done = 0
  for (let turn = 0; done < steps && turn < 4 * steps; turn++) {
    const deadline = hart.timerDeadline ?? BigInt(Number.MAX_SAFE_INTEGER)
    const budget = Math.min(slice(turn), steps - done, Math.max(1, Number(deadline) - hart.steps))
    const result = hart.run(budget)
    if (result.steps > budget) throw new Error(`${result.steps} steps in a budget of ${budget}`)
    done += result.steps
    steer(hart, result)
    if (result.reason === 'budget' && result.steps !== budget) throw new Error('the budget was not used up')
  }
  return done
}

/** A checksum of RAM. */
export function checksum(memory: MachineMemory): number {
  let sum = 0
  const words = new Int32Array(memory.ram.buffer, memory.ram.byteOffset, memory.ram.length / 4)
  for (const word of words) sum = (Math.imul(sum, 31) + word) | 0
  return sum
}
