import {
  Access,
  ArrayMemory,
  ContextSet,
  ContextTable,
  frameRange,
  GStageTable,
  gpa,
  gStageSchemes,
  gva,
  hpa,
  PageTable,
  PageWalker,
  PrivilegeLevel,
  schemes,
  TlbView,
  TwoStageWalker,
  tlbLayout,
} from '@worldswitch/mmu'
import { bench, describe } from 'vitest'

const BASE = 0x8000_0000
const SIZE = 4 * 2 ** 20
const OPERATIONS = 1000

describe(`per ${OPERATIONS} operations`, () => {
  for (const mode of ['sv39', 'sv57'] as const) {
    const memory = new ArrayMemory({ base: BASE, size: SIZE })
    const table = new PageTable(memory, frameRange(BASE, BASE + SIZE), mode)
    table.map({ va: gva(0x1000_0000), pa: gpa(BASE), size: SIZE, permissions: 'rw' })
    const walker = new PageWalker(memory)
    const scheme = schemes[mode]
    const root = table.root / 4096
    bench(`${mode} walk to a 4 KiB page`, () => {
      for (let i = 0; i < OPERATIONS; i++) {
        walker.walk(scheme, root, 0x1000_0000 + (i << 12), 0, Access.write, PrivilegeLevel.S, 0)
      }
    })
  }

  for (const [vs, g] of [
    ['sv39', 'sv39x4'],
    ['sv57', 'sv57x4'],
  ] as const) {
    const memory = new ArrayMemory({ base: BASE, size: SIZE })
    const half = SIZE / 2
    const nested = new GStageTable(memory, frameRange(BASE, BASE + half), g)
    nested.map({ gpa: gpa(BASE), hpa: hpa(BASE), size: SIZE, permissions: 'rwx' })
    const table = new PageTable(memory, frameRange(BASE + half, BASE + SIZE), vs)
    table.map({ va: gva(0x1000_0000), pa: gpa(BASE), size: SIZE, permissions: 'rw' })
    const walker = new TwoStageWalker(memory)
    walker.setVsStage(schemes[vs], table.root / 4096)
    walker.setGStage(gStageSchemes[g], nested.root / 4096)
    bench(`${vs} over ${g} walk to a 4 KiB page`, () => {
      for (let i = 0; i < OPERATIONS; i++) {
        walker.walk(0x1000_0000 + (i << 12), 0, Access.write, PrivilegeLevel.S, 0, 0)
      }
    })
  }

  const tlb = new TlbView(new WebAssembly.Memory({ initial: 4 }), 0, tlbLayout())
  bench('TLB fill', () => {
    for (let i = 0; i < OPERATIONS; i++) tlb.fill(1, 0, i << 12, 0, 1, 0)
  })
  const set = new ContextSet(1, 2, 3, 4)
  bench('TLB page flush, small pages', () => {
    for (let i = 0; i < OPERATIONS; i++) tlb.flushPage(i << 12, 0, set)
  })

  const contexts = new ContextTable({ exhausted() {} })
  bench('select one of 16 known contexts', () => {
    for (let i = 0; i < OPERATIONS; i++) contexts.select(8, i & 15, false, false)
  })
})
