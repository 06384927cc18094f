import {
  Access,
  ArrayMemory,
  gStageSchemes,
  PrivilegeLevel,
  schemes,
  TwoStageWalker,
  type WalkMemory,
  walkFlags,
} from '@worldswitch/mmu'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type NaiveRequest, naiveTranslate } from './naive-walker.ts'

const RUNS = Number(process.env.MMU_FUZZ_RUNS ?? 500)
const SEED = 0x5eed
const BASE = 0x8000_0000
const HOST = BASE / 4096
/** Pages of the guest, from guest-physical 0 on; they lie behind the G-stage's tables. */
const GUEST_PAGES = 12
const GUEST = HOST + 8
const PAGES = 8 + GUEST_PAGES

const pairs = (['sv39', 'sv48', 'sv57'] as const).flatMap((vs) =>
  (['sv39x4', 'sv48x4', 'sv57x4'] as const).map((g) => ({ vs, g })),
)

const stage = fc.record({
  mxr: fc.boolean(),
  svadu: fc.boolean(),
  svpbmt: fc.boolean(),
  svnapot: fc.boolean(),
})
const guestPage = fc.integer({ min: 0, max: GUEST_PAGES - 1 })
/** Low bits of leaves: mostly useful ones, with and without A and D, now and then nonsense. */
const leafBits = fc.oneof(
  { arbitrary: fc.constantFrom(0xdf, 0xd7, 0xcf, 0xc7), weight: 6 },
  { arbitrary: fc.constantFrom(0x1f, 0x5f, 0x17, 0x53, 0x59, 0x5b, 0x0f, 0x4f), weight: 6 },
  { arbitrary: fc.integer({ min: 0, max: 255 }), weight: 1 },
)
const high = fc.oneof(
  { arbitrary: fc.constant(0n), weight: 12 },
  { arbitrary: fc.constantFrom(0x080n, 0x100n, 0x180n, 0x200n, 0x001n), weight: 1 },
)
const target = fc.oneof(
  { arbitrary: guestPage.map(BigInt), weight: 10 },
  { arbitrary: fc.constantFrom(1n << 30n, 1n << 39n, (1n << 44n) - 1n, 0x600n, 0x28n), weight: 1 },
)
/** G-stage leaves of the guest's pages: usable as tables nearly always. `lost` lead out of memory. */
const backing = fc.oneof(
  {
    arbitrary: fc.constantFrom(0xdf, 0xdf, 0xdf, 0x5f).map((bits) => ({ bits, top: 0n, lost: false })),
    weight: 20,
  },
  { arbitrary: fc.record({ bits: leafBits, top: high, lost: fc.boolean() }), weight: 1 },
)
const scenario = fc.record({
  backings: fc.array(backing, { minLength: GUEST_PAGES, maxLength: GUEST_PAGES }),
  /** Guest pages that hold the VS-stage tables on the way. */
  way: fc.uniqueArray(guestPage, { minLength: 5, maxLength: 5 }),
  slots: fc.array(fc.constantFrom(0, 1, 255, 256, 511), { minLength: 5, maxLength: 5 }),
  leafLevel: fc.oneof(
    { arbitrary: fc.constant(0), weight: 3 },
    { arbitrary: fc.integer({ min: 0, max: 4 }), weight: 1 },
  ),
  leaf: fc.tuple(leafBits, target, high),
  bad: fc.option(fc.tuple(fc.integer({ min: 1, max: 4 }), target), { freq: 8 }),
  offset: fc.integer({ min: 0, max: 4095 }),
  accesses: fc.array(
    fc.record({
      access: fc.constantFrom('read', 'write', 'execute'),
      privilege: fc.constantFrom('U', 'S'),
      sum: fc.boolean(),
      hlvx: fc.boolean(),
      vs: stage,
      g: stage,
    } as const),
    { minLength: 1, maxLength: 6 },
  ),
})

class GStageRefusal {
  readonly fault: 'page' | 'access'
  readonly guest: bigint
  readonly store: boolean
  constructor(fault: 'page' | 'access', guest: bigint, store: boolean) {
    this.fault = fault
    this.guest = guest
    this.store = store
  }
}

type Stage = Pick<NaiveRequest, 'mxr' | 'svadu' | 'svpbmt' | 'svnapot'>
interface Naive {
  host: { load(address: bigint): bigint | undefined; store(address: bigint, value: bigint): boolean }
  vs: Pick<NaiveRequest, 'levels' | 'bits' | 'rootPpn'>
  g: Pick<NaiveRequest, 'levels' | 'bits' | 'rootPpn'>
}

/** Two-stage translation out of the naive single-stage one, as the chapter describes it. */
function naiveTwoStage(
  { host, vs, g }: Naive,
  request: {
    va: bigint
    access: 'read' | 'write' | 'execute'
    privilege: 'U' | 'S'
    sum: boolean
    hlvx: boolean
    vs: Stage
    g: Stage
  },
) {
  let references = 0
  const gStage = (va: bigint, access: 'read' | 'write' | 'execute', explicit: boolean) => {
    const rules = explicit ? { ...request.g, hlvx: request.hlvx } : { ...request.g, mxr: false }
    const found = naiveTranslate(host, { ...g, ...rules, va, access, privilege: 'U', sum: false })
    references += found.visited.length
    return found
  }
  const physical = (guest: bigint, store: boolean): bigint => {
    const found = gStage(guest, store ? 'write' : 'read', false)
    if (found.fault !== 'none') throw new GStageRefusal(found.fault, guest, store)
    return found.address
  }
  const guestMemory = {
    load: (guest: bigint) => host.load(physical(guest, false)),
    store: (guest: bigint, value: bigint) => host.store(physical(guest, true), value),
  }
  try {
    const { va, access, privilege, sum, hlvx } = request
    const first = naiveTranslate(guestMemory, { ...vs, ...request.vs, va, access, privilege, sum, hlvx })
    references += first.visited.length
    if (first.fault !== 'none') return { fault: first.fault }
    const second = gStage(first.address, access, true)
    if (second.fault === 'page') return { fault: 'guest-page', guest: first.address, pseudoinstruction: 0 }
    if (second.fault !== 'none') return { fault: 'access' }
    return {
      fault: 'none',
      guest: first.address,
      address: second.address,
      references,
      shift: first.size,
      mapping: [first.size, second.size].sort((a, b) => Number(a - b))[0],
      memoryType: first.memoryType === 0 ? second.memoryType : first.memoryType,
      global: first.global,
    }
  } catch (refusal) {
    if (!(refusal instanceof GStageRefusal)) throw refusal
    if (refusal.fault === 'access') return { fault: 'access' }
    return { fault: 'guest-page', guest: refusal.guest, pseudoinstruction: refusal.store ? 0x3020 : 0x3000 }
  }
}

describe.each(pairs)('$vs over $g', ({ vs, g }) => {
  const vsScheme = schemes[vs]
  const gScheme = gStageSchemes[g]

  test('agrees with two naive walks', () => {
    const outcomes = new Set<string>()
    fc.assert(
      fc.property(scenario, ({ backings, way, slots, leafLevel, leaf, bad, offset, accesses }) => {
        const memory = new ArrayMemory({ base: BASE, size: PAGES * 4096 })
        const words = new Map<bigint, bigint>()
        const plant = (page: number, slot: number, value: bigint) => {
          memory.store64(page * 4096 + slot * 8, value)
          words.set(BigInt(page * 4096 + slot * 8), value)
        }
        const pointer = (page: number) => (BigInt(page) << 10n) | 1n
        // G-stage: entry 0 of every table leads down to the table of the guest's pages.
        for (let level = gScheme.levels - 1; level > 0; level--) {
          plant(level === gScheme.levels - 1 ? HOST : HOST + 3 + level, 0, pointer(HOST + 3 + level - 1))
        }
        for (const [page, { bits, top, lost }] of backings.entries()) {
          plant(HOST + 3, page, BigInt(bits) | (BigInt(lost ? 5 : GUEST + page) << 10n) | (top << 54n))
        }
        // VS-stage: a way down to a leaf, through whatever pages.
        let va = BigInt(offset)
        for (let level = 0; level < vsScheme.levels; level++)
          va |= BigInt(slots[level]) << BigInt(12 + 9 * level)
        va = BigInt.asUintN(64, BigInt.asIntN(vsScheme.addressBits, va))
        const last = Math.min(leafLevel, vsScheme.levels - 1)
        let table = way[0]
        for (let level = vsScheme.levels - 1; level >= last; level--) {
          const next =
            level === last ? leaf[1] : bad !== null && bad[0] === level ? bad[1] : BigInt(way[level])
          const bits = level === last ? BigInt(leaf[0]) | (leaf[2] << 54n) : 1n
          plant(GUEST + table, slots[level], bits | (next << 10n))
          table = way[level]
        }
        const end = BigInt(BASE + PAGES * 4096)
        const host = {
          load: (at: bigint) => (at >= BigInt(BASE) && at < end ? (words.get(at) ?? 0n) : undefined),
          store: (at: bigint, value: bigint) => {
            words.set(at, value)
            return true
          },
        }
        const naive: Naive = {
          host,
          vs: {
            levels: vsScheme.levels as 3,
            bits: BigInt(vsScheme.addressBits) as 39n,
            rootPpn: BigInt(way[0]),
          },
          g: { levels: gScheme.levels as 3, bits: BigInt(gScheme.addressBits) as 41n, rootPpn: BigInt(HOST) },
        }
        const walker = new TwoStageWalker(memory)
        walker.setVsStage(vsScheme, way[0])
        walker.setGStage(gScheme, HOST)
        for (const each of accesses) {
          const hlvx = each.hlvx && each.access === 'read'
          const expected = naiveTwoStage(naive, { ...each, hlvx, va })
          const fault = walker.walk(
            Number(va & 0xffff_ffffn) | 0,
            Number(va >> 32n) | 0,
            Access[each.access],
            PrivilegeLevel[each.privilege],
            walkFlags({ ...each.vs, sum: each.sum, hlvx }),
            walkFlags({ ...each.g, hlvx }),
          )
          const { result } = walker
          const name = ['none', 'page', 'access', 'guest-page'][fault]
          const actual =
            name === 'guest-page'
              ? { fault: name, guest: result.guestAddress, pseudoinstruction: result.pseudoinstruction }
              : name !== 'none'
                ? { fault: name }
                : {
                    fault: name,
                    guest: result.guestAddress,
                    address: BigInt(result.page) | (va & 0xfffn),
                    references: result.references,
                    shift: 1n << BigInt(result.shift),
                    mapping: 1n << BigInt(result.mappingShift),
                    memoryType: result.memoryType,
                    global: result.global,
                  }
          expect(actual).toEqual(expected)
          outcomes.add(name === 'guest-page' ? `${name} ${result.pseudoinstruction.toString(16)}` : name)
        }
        for (const [at, value] of words) expect(memory.load64(Number(at))).toBe(value)
      }),
      { seed: SEED, numRuns: RUNS },
    )
    expect([...outcomes].sort()).toEqual([
      'access',
      'guest-page 0',
      'guest-page 3000',
      'guest-page 3020',
      'none',
      'page',
    ])
  })

  test('ends within its bound on pure garbage', () => {
    const garbage = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n })
    const bound = (vsScheme.levels + 1) * (gScheme.levels + 1) - 1 + gScheme.levels
    fc.assert(
      fc.property(fc.array(garbage, { minLength: 8, maxLength: 8 }), garbage, (noise, va) => {
        const endless: WalkMemory = {
          load32: (at) => Number((noise[(at / 8) & 7] >> BigInt(8 * (at & 4))) & 0xffff_ffffn),
          store32: () => true,
        }
        const walker = new TwoStageWalker(endless)
        walker.setVsStage(vsScheme, Number(noise[0] & 0xfff_ffff_ffffn))
        walker.setGStage(gScheme, Number(noise[1] & 0xfff_ffff_ffffn))
        const top = Number(BigInt.asIntN(vsScheme.addressBits, va) >> 32n)
        for (const access of Object.values(Access)) {
          const fault = walker.walk(Number(va & 0xffff_ffffn), top, access, PrivilegeLevel.S, 31, 31)
          expect([0, 1, 3]).toContain(fault)
          expect(walker.result.references).toBeLessThanOrEqual(bound)
        }
      }),
      { seed: SEED, numRuns: 100 },
    )
  })
})
