import { describe, expect, test } from 'vitest'
import { board, Csr, ENTRY, random, snapshot } from '../test/board.ts'
import { fastCsrs, fastGuestCsrs } from './csr-fast.ts'

const names = new Map(Object.entries(Csr).map(([name, number]) => [number as number, name]))
const extensions = ['Zicntr', 'M', 'A', 'F', 'C', 'H'] as const
const FS_INITIAL = 1n << 13n

/** Whatever was there before, the fast form of an instruction and the general one of the host leave the same state. */
function compare(number: number, meant: number, mode: 'M' | 'VS'): void {
  const next = random(number)
  const value = () => (BigInt(next()) << 32n) | BigInt(next())
  const readOnly = number >> 10 === 3
  const program = readOnly ? `csrrs a1, ${number}, zero` : `csrrw a1, ${number}, a0`
  let now = 0n
  const time = () => now
  const fast = board(program, { extensions, time, pmpOpen: true })
  const general = board('nop', { extensions, time, pmpOpen: true })
  for (let i = 0; i < 100; i++) {
    now = value()
    const setup = [
      ...[Csr.mstatus, Csr.mideleg, Csr.mie, Csr.mip, Csr.satp, Csr.hideleg, Csr.hvip, Csr.htimedelta],
      ...(readOnly ? [] : [meant]),
    ].map((csr) => [csr, value()] as const)
    const written = next() % 4 === 0 ? value() & ~(0xfn << 60n) : value()
    for (const { hart } of [fast, general]) {
      for (const [csr, initial] of setup) hart.writeCsr(csr, initial)
      // No interrupt may come before the instruction, and it is fetched without translation.
      hart.writeCsr(Csr.mstatus, hart.readCsr(Csr.mstatus) & ~0x2_000an)
      if (number === Csr.fcsr) hart.writeCsr(Csr.mstatus, hart.readCsr(Csr.mstatus) | FS_INITIAL)
      if (mode === 'VS') {
        for (const csr of [Csr.mie, Csr.vsatp, Csr.hgatp]) hart.writeCsr(csr, 0n)
        hart.writeCsr(Csr.mcounteren, 0xffn)
        hart.writeCsr(Csr.hcounteren, 0xffn)
      }
      hart.writeX(10, written)
      hart.privilege = mode === 'VS' ? 'S' : 'M'
      hart.virtual = mode === 'VS'
      hart.pc = ENTRY
    }
    const old = readOnly
      ? BigInt.asUintN(64, now + (mode === 'VS' ? general.hart.readCsr(Csr.htimedelta) : 0n))
      : general.hart.readCsr(meant)
    fast.hart.run(1)
    if (!readOnly) general.hart.writeCsr(meant, written)
    expect(fast.hart.readX(11)).toBe(old)
    const { csrs } = snapshot(general.hart)
    expect(snapshot(fast.hart).csrs).toEqual({
      ...(csrs as object),
      mcycle: BigInt(i + 1),
      minstret: BigInt(i + 1),
    })
  }
}

describe('the fast form of a CSR means what the general one does', () => {
  test.each(Object.keys(fastCsrs).map((number) => [names.get(Number(number)) ?? 'time', Number(number)]))(
    '%s',
    (_name, number) => compare(Number(number), Number(number), 'M'),
  )

  const replica = (number: number) => (number >> 10 === 3 ? number : number + 0x100)
  test.each(
    Object.keys(fastGuestCsrs).map((number) => [
      names.get(replica(Number(number))) ?? 'time',
      Number(number),
    ]),
  )('%s, by an instruction in VS-mode', (_name, number) =>
    compare(Number(number), replica(Number(number)), 'VS'),
  )
})
