import { describe, expect, test } from 'vitest'
import { board, Csr, ENTRY, random, snapshot } from '../test/board.ts'
import { fastCsrs } from './csr-fast.ts'

const names = new Map(Object.entries(Csr).map(([name, number]) => [number as number, name]))

/**
 * The interpreter takes the fast form of a CSR, host access the general one. Both must leave the same state, whatever
 * was there before.
 */
describe.each(Object.keys(fastCsrs).map(Number))('CSR %i', (number) => {
  test(`${names.get(number) ?? 'time'} has one meaning in both forms`, () => {
    const next = random(number)
    const value = () => (BigInt(next()) << 32n) | BigInt(next())
    const readOnly = number >> 10 === 3
    const fast = board(readOnly ? `csrrs a1, ${number}, zero` : `csrrw a1, ${number}, a0`)
    const general = board('nop')
    for (let i = 0; i < 100; i++) {
      const setup = [Csr.mstatus, Csr.mideleg, Csr.mie, Csr.mip, Csr.satp, number].map(
        (csr) => [csr, value()] as const,
      )
      const written = next() % 4 === 0 ? value() & ~(0xfn << 60n) : value()
      for (const { hart } of [fast, general]) {
        for (const [csr, initial] of setup) hart.writeCsr(csr, initial)
        // No interrupt may come before the instruction, and it is fetched without translation.
        hart.writeCsr(Csr.mstatus, hart.readCsr(Csr.mstatus) & ~0x2_000an)
        hart.writeX(10, written)
        hart.privilege = 'M'
        hart.pc = ENTRY
      }
      const old = general.hart.readCsr(number)
      fast.hart.run(1)
      if (!readOnly) general.hart.writeCsr(number, written)
      expect(fast.hart.readX(11)).toBe(old)
      const { csrs } = snapshot(general.hart)
      expect(snapshot(fast.hart).csrs).toEqual({
        ...(csrs as object),
        mcycle: BigInt(i + 1),
        minstret: BigInt(i + 1),
      })
    }
  })
})
