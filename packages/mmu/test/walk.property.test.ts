import {
  Access,
  ArrayMemory,
  PageWalker,
  PrivilegeLevel,
  schemes,
  type WalkMemory,
  walkFlags,
} from '@worldswitch/mmu'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { naiveTranslate } from './naive-walker.ts'

const RUNS = Number(process.env.MMU_FUZZ_RUNS ?? 500)
const SEED = 0x5eed
const BASE = 0x8000_0000
const PAGES = 16

const modes = [
  { mode: 'sv39', levels: 3, bits: 39n },
  { mode: 'sv48', levels: 4, bits: 48n },
  { mode: 'sv57', levels: 5, bits: 57n },
] as const

// Few distinct indices, so that random entries are found again by random addresses.
const indices = [0, 1, 2, 255, 256, 511]
const index = fc.constantFrom(...indices)
const lowBits = fc.oneof(
  { arbitrary: fc.integer({ min: 0, max: 0x3ff }), weight: 3 },
  { arbitrary: fc.constantFrom(0x01, 0x21), weight: 5 },
  { arbitrary: fc.constantFrom(0xcf, 0xdf, 0x0f, 0x1f, 0x4b, 0x5b, 0xc7, 0xd7, 0xff), weight: 5 },
)
const inRam = fc.integer({ min: 0, max: PAGES - 1 }).map((page) => BigInt(BASE / 4096 + page))
const ppn = fc.oneof(
  { arbitrary: inRam, weight: 12 },
  { arbitrary: fc.bigInt({ min: 0n, max: (1n << 44n) - 1n }), weight: 1 },
  // Superpages of every level, aligned, and NAPOT.
  { arbitrary: fc.bigInt({ min: 0n, max: 255n }).map((n) => n << 36n), weight: 1 },
  { arbitrary: fc.bigInt({ min: 0n, max: (1n << 26n) - 1n }).map((n) => n << 18n), weight: 2 },
  { arbitrary: fc.bigInt({ min: 0n, max: (1n << 35n) - 1n }).map((n) => n << 9n), weight: 2 },
  { arbitrary: fc.bigInt({ min: 0n, max: (1n << 40n) - 1n }).map((n) => (n << 4n) | 8n), weight: 2 },
)
const highBits = fc.oneof(
  { arbitrary: fc.constant(0n), weight: 12 },
  { arbitrary: fc.constantFrom(0x200n, 0x080n, 0x100n, 0x180n, 0x280n), weight: 2 },
  { arbitrary: fc.bigInt({ min: 0n, max: 0x3ffn }), weight: 1 },
)
const entry = fc
  .tuple(lowBits, ppn, highBits)
  .map(([low, page, high]) => BigInt(low) | (page << 10n) | (high << 54n))
const garbage = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n })

const NAPOT = -1n
/** A leaf that a walk may well accept: some permissions, aligned to a superpage or a NAPOT group. */
const goodLeaf = fc
  .tuple(
    fc.constantFrom(0x0f, 0x4b, 0x59, 0xcf, 0xdf, 0x5f, 0xc7, 0xff),
    fc.bigInt({ min: 0n, max: (1n << 44n) - 1n }),
    fc.constantFrom(NAPOT, 0n, 9n, 18n, 27n, 36n),
  )
  .map(([low, target, kind]) =>
    kind === NAPOT
      ? (1n << 63n) | (((target & ~0xfn) | 8n) << 10n) | BigInt(low)
      : (((target >> kind) << kind) << 10n) | BigInt(low),
  )
const page = fc.integer({ min: 0, max: PAGES - 1 })
const noise = fc.array(
  fc.tuple(page, index, fc.oneof({ arbitrary: entry, weight: 15 }, { arbitrary: garbage, weight: 1 })),
  {
    maxLength: 12,
  },
)

const address = fc.oneof(
  {
    arbitrary: fc
      .tuple(index, index, index, index, index, fc.integer({ min: 0, max: 4095 }))
      .map(([a, b, c, d, e, offset]) =>
        [a, b, c, d, e].reduce(
          (va, vpn, level) => va | (BigInt(vpn) << BigInt(12 + 9 * level)),
          BigInt(offset),
        ),
      ),
    weight: 12,
  },
  { arbitrary: garbage, weight: 1 },
)

const request = fc.record({
  va: address,
  /** Tables on the way down from the root, and the entry that ends the way at some level. */
  way: fc.array(page, { minLength: 5, maxLength: 5 }),
  leafLevel: fc.integer({ min: 0, max: 4 }),
  leaf: fc.oneof(entry, goodLeaf),
  pointerBits: fc.constantFrom(...Array<bigint>(20).fill(0x001n), 0x021n, 0x301n, 0x041n),
  canonical: fc.oneof(
    { arbitrary: fc.constant(true), weight: 9 },
    { arbitrary: fc.constant(false), weight: 1 },
  ),
  access: fc.constantFrom('read', 'write', 'execute'),
  privilege: fc.constantFrom('U', 'S'),
  sum: fc.boolean(),
  mxr: fc.boolean(),
  svadu: fc.boolean(),
  svpbmt: fc.boolean(),
  svnapot: fc.boolean(),
} as const)

describe.each(modes)('$mode walk', ({ mode, levels, bits }) => {
  test('agrees with the numbered steps of the specification on random tables', () => {
    const outcomes = new Map<string, number>()
    fc.assert(
      fc.property(
        noise,
        fc.array(request, { minLength: 4, maxLength: 12 }),
        fc.oneof(
          { arbitrary: page, weight: 30 },
          { arbitrary: fc.constantFrom(-1, PAGES, 2 ** 43), weight: 1 },
        ),
        (entries, requests, root) => {
          const memory = new ArrayMemory({ base: BASE, size: PAGES * 4096 })
          const words = new Map<bigint, bigint>()
          const plant = (table: number, slot: number, value: bigint) => {
            if (!memory.store64(BASE + table * 4096 + slot * 8, value)) return
            words.set(BigInt(BASE + table * 4096 + slot * 8), value)
          }
          const rootPpn = BigInt(BASE / 4096 + root)
          for (const { va, way, leafLevel, leaf, pointerBits } of requests) {
            let table = root
            for (let level = levels - 1; level >= 0; level--) {
              const slot = Number((va >> BigInt(12 + 9 * level)) & 0x1ffn)
              const last = level === Math.min(leafLevel, levels - 1)
              plant(table, slot, last ? leaf : (BigInt(BASE / 4096 + way[level]) << 10n) | pointerBits)
              if (last) break
              table = way[level]
            }
          }
          for (const [table, slot, value] of entries) plant(table, slot, value)
          const end = BigInt(BASE + PAGES * 4096)
          const model = {
            load: (at: bigint) => (at >= BigInt(BASE) && at < end ? (words.get(at) ?? 0n) : undefined),
            store: (at: bigint, value: bigint) => {
              words.set(at, value)
              return true
            },
          }
          const walker = new PageWalker(memory)
          for (const { canonical, way, leafLevel, leaf, pointerBits, ...rest } of requests) {
            const va = canonical ? BigInt.asUintN(64, BigInt.asIntN(Number(bits), rest.va)) : rest.va
            const expected = naiveTranslate(model, { ...rest, va, levels, bits, rootPpn })
            const fault = walker.walk(
              schemes[mode],
              Number(rootPpn),
              Number(va & 0xffff_ffffn) | 0,
              Number(va >> 32n) | 0,
              Access[rest.access],
              PrivilegeLevel[rest.privilege],
              walkFlags(rest),
            )
            const { result } = walker
            const name = ['none', 'page', 'access'][fault]
            const visited = Array.from(result.pteAddresses.subarray(0, result.references), BigInt)
            const actual =
              name === 'none'
                ? {
                    fault: name,
                    visited,
                    updated: result.updates === 1,
                    address: BigInt(result.page) | (va & 0xfffn),
                    level: result.level,
                    global: result.global,
                    bits: result.bits,
                    memoryType: result.memoryType,
                    size: 1n << BigInt(result.shift),
                  }
                : { fault: name, visited, updated: result.updates === 1 }
            expect(actual).toEqual(expected)
            const outcome = name === 'none' ? `level ${result.level} size ${result.shift}` : name
            outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
          }
          for (const [at, value] of words) expect(memory.load64(Number(at))).toBe(value)
        },
      ),
      { seed: SEED, numRuns: RUNS },
    )
    // The generators reach every kind of outcome, else the agreement would say little.
    const reached = ['page', 'access', 'level 0 size 16']
    for (let level = 0; level < levels; level++) reached.push(`level ${level} size ${12 + 9 * level}`)
    expect([...outcomes.keys()]).toEqual(expect.arrayContaining(reached))
  })

  test('ends within its levels on pure garbage, wherever it points', () => {
    fc.assert(
      fc.property(fc.array(garbage, { minLength: 8, maxLength: 8 }), garbage, garbage, (noise, va, root) => {
        // Every address is memory, and every table is the same noise: pointers lead everywhere and back.
        const endless: WalkMemory = {
          load32: (at) => Number((noise[(at / 8) & 7] >> BigInt(8 * (at & 4))) & 0xffff_ffffn),
          store32: () => true,
        }
        const walker = new PageWalker(endless)
        for (const access of Object.values(Access)) {
          const low = Number(va & 0xffff_ffffn)
          const high = Number(BigInt.asIntN(Number(bits), va) >> 32n)
          const fault = walker.walk(schemes[mode], Number(root & 0xfff_ffff_ffffn), low, high, access, 1, 31)
          expect([0, 1]).toContain(fault)
          expect(walker.result.references).toBeLessThanOrEqual(levels)
        }
      }),
      { seed: SEED, numRuns: 300 },
    )
  })
})
