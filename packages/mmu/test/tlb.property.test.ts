import { Access, ContextSet, KINDS, REGIMES, TlbView, tlbLayout } from '@worldswitch/mmu'
import fc from 'fast-check'
import { expect, test } from 'vitest'

const RUNS = Number(process.env.MMU_FUZZ_RUNS ?? 250)
const layout = tlbLayout(16)
const SHIFTS = [12, 12, 12, 16, 21, 30, 39, 48]

interface Entry {
  readonly page: bigint
  readonly context: number
  readonly addend: number
  readonly shift: number
}

/** What the arrays should hold, as a Map from place to entry; flushes ask each entry whether it is meant. */
class Model {
  readonly entries = new Map<string, Entry>()

  fill(regime: number, kind: number, va: bigint, context: number, addend: number, shift: number) {
    const [first, second] = this.places(regime, kind, va, context)
    const is = (entry: Entry | undefined) => entry?.page === va >> 12n && entry.context === context
    const old = this.entries.get(first)
    if (is(this.entries.get(second))) this.entries.delete(second)
    if (old && !is(old)) this.entries.set(second, old)
    this.entries.set(first, { page: va >> 12n, context, addend, shift })
  }

  flush(meant: (entry: Entry, place: string) => boolean) {
    for (const [place, entry] of this.entries) if (meant(entry, place)) this.entries.delete(place)
  }

  lookup(regime: number, kind: number, va: bigint, size: number, context: number): number {
    const [first, second] = this.places(regime, kind, va, context)
    if (va % BigInt(size) !== 0n) return -1
    const at = [first, second].find((place) => {
      const entry = this.entries.get(place)
      return entry?.page === va >> 12n && entry.context === context
    })
    if (at === undefined) return -1
    const entry = this.entries.get(at)!
    if (at === second) {
      const old = this.entries.get(first)
      this.entries.set(first, entry)
      if (old) this.entries.set(second, old)
      else this.entries.delete(second)
    }
    return Number(BigInt.asUintN(32, va + BigInt(entry.addend)))
  }

  private places(regime: number, kind: number, va: bigint, context: number): [string, string] {
    const first = ((va >> 12n) ^ (BigInt(context) * 101n)) % 16n
    return [`${regime}.${kind}.${first}`, `${regime}.${kind}.${first ^ 8n}`]
  }
}

const va = fc
  .tuple(
    fc.constantFrom(
      0n,
      0xffff_ffc0_0000_0000n,
      0xffff_ffff_8000_0000n,
      0x3f_0000_0000n,
      0xffff_0000_0000_0000n,
    ),
    fc.constantFrom(0n, 0x1_0000n, 0x20_0000n, 0x4000_0000n, 0x80_0000_0000n),
    fc.integer({ min: 0, max: 0x1_ffff }),
  )
  .map(([region, block, offset]) => BigInt.asUintN(64, region + block + BigInt(offset)))
const context = fc.constantFrom<number[]>(1, 2, 3, 255, 510)
const contexts = fc.option(fc.uniqueArray(context, { maxLength: 3 }), { nil: undefined })
const addend = fc.constantFrom(0, 0x1000, 0x7fff_f000, 0xffff_f000)
const regime = fc.integer({ min: 0, max: REGIMES - 1 })
const kind = fc.integer({ min: 0, max: KINDS - 1 })

const fill = fc.record({
  op: fc.constant('fill' as const),
  regime,
  kind,
  va,
  context,
  addend,
  shift: fc.constantFrom(...SHIFTS),
})
const step = fc.oneof(
  { arbitrary: fill, weight: 10 },
  { arbitrary: fc.record({ op: fc.constant('flushPage' as const), va, contexts }), weight: 5 },
  { arbitrary: fc.record({ op: fc.constant('flushTarget' as const), kind, va, addend }), weight: 1 },
  { arbitrary: fc.constant({ op: 'flushAll' as const }), weight: 1 },
  { arbitrary: fc.constant({ op: 'grow' as const }), weight: 1 },
)

const low = (address: bigint) => Number(BigInt.asIntN(32, address))
const high = (address: bigint) => Number(BigInt.asIntN(32, address >> 32n))

test('fills and flushes leave exactly what a map of entries would hold', () => {
  let hits = 0
  fc.assert(
    fc.property(fc.array(step, { minLength: 5, maxLength: 60 }), (steps) => {
      const memory = new WebAssembly.Memory({ initial: 1, maximum: 100 })
      const tlb = new TlbView(memory, 256, layout)
      const model = new Model()
      const fills: Extract<(typeof steps)[number], { op: 'fill' }>[] = []
      for (const each of steps) {
        switch (each.op) {
          case 'fill': {
            const { regime, kind, va, context, addend, shift } = each
            tlb.fill(regime, kind, low(va), high(va), context, addend, shift)
            model.fill(regime, kind, va, context, addend, shift)
            fills.push(each)
            break
          }
          case 'flushPage': {
            const { va, contexts } = each
            tlb.flushPage(low(va), high(va), contexts && new ContextSet(...contexts))
            model.flush((entry) => {
              const page = (entry.page << 12n) >> BigInt(entry.shift)
              return page === va >> BigInt(entry.shift) && (contexts?.includes(entry.context) ?? true)
            })
            break
          }
          case 'flushTarget': {
            const target = BigInt.asUintN(32, each.va + BigInt(each.addend))
            tlb.flushTarget(each.kind, Number(target))
            model.flush(
              (entry, place) =>
                place.split('.')[1] === String(each.kind) &&
                BigInt.asUintN(32, (entry.page << 12n) + BigInt(entry.addend)) >> 12n === target >> 12n,
            )
            break
          }
          case 'flushAll':
            tlb.flushAll()
            model.flush(() => true)
            break
          case 'grow':
            memory.grow(1)
        }
        for (const { regime, kind, va, context } of fills) {
          for (const size of [1, 8]) {
            const expected = model.lookup(regime, kind, va, size, context)
            expect(tlb.lookup(regime, kind, low(va), high(va), size, context)).toBe(expected)
            if (expected !== -1) hits++
          }
        }
      }
    }),
    { seed: 0x71b, numRuns: RUNS },
  )
  expect(hits).toBeGreaterThan(RUNS)
  expect(Object.keys(Access)).toHaveLength(KINDS)
})
