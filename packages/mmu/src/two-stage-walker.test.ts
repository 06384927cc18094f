import { beforeEach, describe, expect, test } from 'vitest'
import { ArrayMemory } from './array-memory.ts'
import type { PteReference } from './page-walker.ts'
import { gStageSchemes, type HgatpMode, type SatpMode, schemes } from './paging-scheme.ts'
import { encodePte, type Pte } from './pte.ts'
import { walkFlags } from './translate.ts'
import { TwoStageWalker } from './two-stage-walker.ts'
import { Access, type AccessName, PrivilegeLevel, WalkFault, walkReasons } from './walk-result.ts'

// Host memory: the G-stage's tables first, then the guest's pages. One page serves as the G-stage's table of every
// level below its 16 KiB root, so that the same picture works for every scheme: entry 0 leads down, entries 1 and up
// are leaves at the lowest level. Guest tables do the same.
const BASE = 0x8000_0000
const HOST = BASE / 4096
const G_ROOT = HOST
const G_TABLE = HOST + 4
const G_LEAVES = HOST + 5
const GUEST = HOST + 16
const PAGES = 64
// Guest-physical page numbers.
const VS_ROOT = 1
const VS_TABLE = 2
const VS_LEAVES = 3
const DATA = 4
const VA = 0x7abc

const rwx: Partial<Pte> = { valid: true, read: true, write: true, execute: true, accessed: true, dirty: true }
const guestRwx = { ...rwx, user: true }

let memory: ArrayMemory
let seen: [number, boolean][]
const put = (ppn: number, slot: number, pte: Partial<Pte>) =>
  memory.store64(ppn * 4096 + slot * 8, encodePte(pte))
/** Sets the G-stage leaf of a guest-physical page. */
const back = (guestPage: number, pte: Partial<Pte> = {}) =>
  put(G_LEAVES, guestPage, { ...guestRwx, ppn: GUEST + guestPage, ...pte })
/** Sets the VS-stage leaf of virtual page 7. */
const plant = (pte: Partial<Pte> = {}) => put(GUEST + VS_LEAVES, 7, { ...rwx, ppn: DATA, ...pte })

/** Tables of any pair of modes in which virtual page 7 is guest page {@link DATA}. */
function build(vs: SatpMode = 'sv39', g: HgatpMode = 'sv39x4') {
  memory = new ArrayMemory({ base: BASE, size: PAGES * 4096 })
  const gLevels = gStageSchemes[g].levels
  put(G_ROOT, 0, { valid: true, ppn: gLevels > 3 ? G_TABLE : G_TABLE + 3 })
  put(G_TABLE, 0, { valid: true, ppn: gLevels > 4 ? G_TABLE + 2 : G_TABLE + 3 })
  put(G_TABLE + 2, 0, { valid: true, ppn: G_TABLE + 3 })
  put(G_TABLE + 3, 0, { valid: true, ppn: G_LEAVES })
  for (let page = 0; page < 16; page++) back(page)
  const vsLevels = schemes[vs].levels
  put(GUEST + VS_ROOT, 0, { valid: true, ppn: vsLevels > 3 ? VS_TABLE : VS_TABLE + 5 })
  put(GUEST + VS_TABLE, 0, { valid: true, ppn: vsLevels > 4 ? VS_TABLE + 4 : VS_TABLE + 5 })
  put(GUEST + VS_TABLE + 4, 0, { valid: true, ppn: VS_TABLE + 5 })
  put(GUEST + VS_TABLE + 5, 0, { valid: true, ppn: VS_LEAVES })
  plant()
}

const makeWalker = (vs: SatpMode = 'sv39', g: HgatpMode = 'sv39x4', reference?: PteReference) => {
  const walker = new TwoStageWalker(memory, reference)
  walker.setVsStage(schemes[vs], VS_ROOT)
  walker.setGStage(gStageSchemes[g], G_ROOT)
  return walker
}

interface Request {
  access?: AccessName
  privilege?: 'U' | 'S'
  vs?: Parameters<typeof walkFlags>[0]
  g?: Parameters<typeof walkFlags>[0]
  va?: bigint
}

function go(request: Request = {}, walker = makeWalker()) {
  const va = request.va ?? BigInt(VA)
  const fault = walker.walk(
    Number(va & 0xffff_ffffn) | 0,
    Number(va >> 32n) | 0,
    Access[request.access ?? 'read'],
    PrivilegeLevel[request.privilege ?? 'S'],
    walkFlags(request.vs ?? {}),
    walkFlags(request.g ?? {}),
  )
  const { result } = walker
  expect(result.fault).toBe(fault)
  if (fault === WalkFault.none) return 'ok'
  return `${['', 'page', 'access', 'guest-page'][fault]}: ${walkReasons[result.reason]}`
}

beforeEach(() => build())

const vsModes = ['bare', 'sv39', 'sv48', 'sv57'] as const
const gModes = ['bare', 'sv39x4', 'sv48x4', 'sv57x4'] as const
describe.each(vsModes.flatMap((vs) => gModes.map((g) => ({ vs, g }))))('$vs over $g', ({ vs, g }) => {
  test('makes (vs + 1) * (g + 1) - 1 references', () => {
    build(vs, g)
    seen = []
    const walker = makeWalker(vs, g, (address, store) => {
      seen.push([address, store])
      return address
    })
    // Without a G-stage guest-physical addresses are the host's own.
    if (g === 'bare') {
      for (const [page, slot, ppn] of [
        [VS_ROOT, 0, VS_TABLE],
        [VS_TABLE, 0, VS_TABLE + 4],
        [VS_TABLE + 4, 0, VS_TABLE + 5],
        [VS_TABLE + 5, 0, VS_LEAVES],
      ]) {
        const skip = schemes[vs].levels === 3 && page === VS_ROOT ? VS_TABLE + 5 : ppn
        const skipTwo = schemes[vs].levels === 4 && page === VS_TABLE ? VS_TABLE + 5 : skip
        put(GUEST + page, slot, { valid: true, ppn: GUEST + skipTwo })
      }
      plant({ ppn: GUEST + DATA })
      walker.setVsStage(schemes[vs], GUEST + VS_ROOT)
    }
    expect(go({ access: 'write' }, walker)).toBe('ok')
    const page = vs === 'bare' ? (g === 'bare' ? VA >> 12 : GUEST + 7) : GUEST + DATA
    expect(walker.result.page).toBe(page * 4096)
    const expected = (schemes[vs].levels + 1) * (gStageSchemes[g].levels + 1) - 1
    expect(walker.result.references).toBe(expected)
    expect(seen.length).toBe(expected)
  })
})

test('Sv48 over Sv48x4 is the textbook 24 references', () => {
  build('sv48', 'sv48x4')
  const walker = makeWalker('sv48', 'sv48x4')
  expect(go({}, walker)).toBe('ok')
  expect(walker.result.references).toBe(24)
})

describe('who faults', () => {
  test.each<[string, () => void, Request, string, bigint, number]>([
    ['nobody', () => {}, {}, 'ok', 0x4abcn, 0],
    ['the VS-stage', () => plant({ read: false, write: false }), {}, 'page: permission', 0x3038n, 0],
    ['the G-stage', () => back(DATA, { valid: false }), {}, 'guest-page: invalid', 0x4abcn, 0],
    [
      'the G-stage for the VS-stage root',
      () => back(VS_ROOT, { valid: false }),
      { access: 'write' },
      'guest-page: invalid',
      0x1000n,
      0x3000,
    ],
    [
      'the G-stage for the last VS-stage table',
      () => back(VS_LEAVES, { valid: false }),
      { access: 'execute' },
      'guest-page: invalid',
      0x3038n,
      0x3000,
    ],
    [
      'a supervisor page below',
      () => back(DATA, { user: false }),
      {},
      'guest-page: supervisor-page',
      0x4abcn,
      0,
    ],
    [
      'a supervisor page below a table',
      () => back(VS_LEAVES, { user: false }),
      {},
      'guest-page: supervisor-page',
      0x3038n,
      0x3000,
    ],
    [
      'a VS-stage page without a G-stage table',
      () => plant({ ppn: 0x600 }),
      {},
      'guest-page: invalid',
      0x60_0abcn,
      0,
    ],
    [
      'a VS-stage page beyond Sv39x4',
      () => plant({ ppn: 2 ** 29 + 5 }),
      {},
      'guest-page: non-canonical',
      0x200_0000_5abcn,
      0,
    ],
    [
      'a VS-stage table beyond Sv39x4',
      () => put(GUEST + VS_ROOT, 0, { valid: true, ppn: 2 ** 44 - 1 }),
      {},
      'guest-page: non-canonical',
      0xff_ffff_ffff_f000n,
      0x3000,
    ],
    [
      'a G-stage table outside memory',
      () => put(G_ROOT, 0, { valid: true, ppn: 5 }),
      {},
      'access: not-memory',
      0n,
      0,
    ],
    ['guest memory that is not there', () => back(VS_ROOT, { ppn: 5 }), {}, 'access: not-memory', 0n, 0],
    ['a non-canonical address', () => {}, { va: 1n << 40n }, 'page: non-canonical', 0n, 0],
    ['VU-mode on a VS page', () => {}, { privilege: 'U' }, 'page: supervisor-page', 0n, 0],
    ['VS-mode on a VU page', () => plant({ user: true }), {}, 'page: user-page', 0n, 0],
    ['VS-mode on a VU page with SUM', () => plant({ user: true }), { vs: { sum: true } }, 'ok', 0x4abcn, 0],
    ['SUM in the G-stage, not needed', () => plant(), { g: { sum: true } }, 'ok', 0x4abcn, 0],
  ])('%s', (_name, prepare, request, expected, guest, pseudoinstruction) => {
    prepare()
    const walker = makeWalker()
    expect(go(request, walker)).toBe(expected)
    expect(walker.result.pseudoinstruction).toBe(pseudoinstruction)
    if (expected === 'ok' || expected.startsWith('guest')) expect(walker.result.guestAddress).toBe(guest)
  })

  test('a walk that failed leaves nothing behind for the next one', () => {
    const walker = makeWalker()
    back(VS_ROOT, { valid: false })
    go({}, walker)
    back(VS_ROOT)
    plant({ valid: false })
    expect(go({}, walker)).toBe('page: invalid')
    expect(walker.result).toMatchObject({ pseudoinstruction: 0, references: 15 - 3 })
  })
})

describe('without a VS-stage', () => {
  const bare = () => makeWalker('bare')
  test.each<[string, bigint, string]>([
    ['inside the first table', 0x7abcn, 'ok'],
    ['the last address of Sv39x4', 0x1ff_ffff_ffffn, 'guest-page: invalid'],
    ['the first address beyond Sv39x4', 0x200_0000_0000n, 'guest-page: non-canonical'],
    ['a sign-extended address', 0xffff_ffff_8000_0123n, 'guest-page: non-canonical'],
  ])('%s', (_name, va, expected) => {
    const walker = bare()
    expect(go({ va }, walker)).toBe(expected)
    expect(walker.result.guestAddress).toBe(va)
    expect(walker.result.pseudoinstruction).toBe(0)
  })

  test('and without a G-stage only physical memory bounds an address', () => {
    const walker = makeWalker('bare', 'bare')
    expect(go({ va: (1n << 56n) - 1n }, walker)).toBe('ok')
    expect(walker.result.page).toBe(2 ** 56 - 4096)
    expect(go({ va: 1n << 56n }, walker)).toBe('access: not-memory')
  })
})

describe('permissions', () => {
  const executeOnly = { read: false, write: false }
  test.each<[string, Partial<Pte>, Partial<Pte>, Request, string]>([
    [
      'both must permit a write: G-stage',
      {},
      { write: false },
      { access: 'write' },
      'guest-page: permission',
    ],
    ['both must permit a write: VS-stage', { write: false }, {}, { access: 'write' }, 'page: permission'],
    [
      'both must permit execution: G-stage',
      {},
      { execute: false },
      { access: 'execute' },
      'guest-page: permission',
    ],
    ['MXR of vsstatus reaches the VS-stage', executeOnly, {}, { vs: { mxr: true } }, 'ok'],
    ['MXR of vsstatus ends there', {}, executeOnly, { vs: { mxr: true } }, 'guest-page: permission'],
    ['MXR of sstatus reaches both', executeOnly, executeOnly, { vs: { mxr: true }, g: { mxr: true } }, 'ok'],
    [
      'HLVX reads what can be executed',
      executeOnly,
      executeOnly,
      { vs: { hlvx: true }, g: { hlvx: true } },
      'ok',
    ],
    [
      'HLVX needs X in the VS-stage',
      { execute: false },
      {},
      { vs: { hlvx: true }, g: { hlvx: true } },
      'page: permission',
    ],
    [
      'HLVX needs X in the G-stage, MXR or not',
      {},
      { execute: false },
      { vs: { hlvx: true, mxr: true }, g: { hlvx: true, mxr: true } },
      'guest-page: permission',
    ],
    [
      'HLVX is no fetch: a user page needs SUM',
      { user: true },
      {},
      { vs: { hlvx: true }, g: { hlvx: true } },
      'page: user-page',
    ],
    [
      'HLVX from a user page with SUM',
      { user: true },
      {},
      { vs: { hlvx: true, sum: true }, g: { hlvx: true } },
      'ok',
    ],
  ])('%s', (_name, vs, g, request, expected) => {
    plant(vs)
    back(DATA, g)
    expect(go(request)).toBe(expected)
  })

  test.each<[string, Request]>([
    ['MXR', { vs: { mxr: true }, g: { mxr: true } }],
    ['HLVX', { vs: { hlvx: true }, g: { hlvx: true } }],
    ['a fetch', { access: 'execute' }],
  ])('a VS-stage table must be readable itself: %s does not help', (_name, request) => {
    back(VS_LEAVES, executeOnly)
    const walker = makeWalker()
    expect(go(request, walker)).toBe('guest-page: permission')
    expect(walker.result.pseudoinstruction).toBe(0x3000)
  })

  test('a read-only page suffices for tables, also for a write or HLVX', () => {
    back(VS_LEAVES, { write: false, execute: false, dirty: false })
    expect(go({ access: 'write' })).toBe('ok')
    expect(go({ vs: { hlvx: true }, g: { hlvx: true } })).toBe('ok')
  })
})

describe('accessed and dirty', () => {
  const fresh = { accessed: false, dirty: false }
  const bits = (ppn: number, slot: number) => (memory.load32(ppn * 4096 + slot * 8) >> 6) & 3
  const vsBits = () => bits(GUEST + VS_LEAVES, 7)
  const tableBits = () => bits(G_LEAVES, VS_LEAVES)
  const dataBits = () => bits(G_LEAVES, DATA)
  const svadu = true

  test.each<[string, Request, string, [number, number, number], number]>([
    ['Svade in the G-stage: a table', { vs: { svadu } }, 'guest-page: not-accessed', [0, 0, 0], 0x3000],
    ['Svade in the VS-stage', { g: { svadu } }, 'page: not-accessed', [0, 1, 0], 0],
    ['both: a read', { vs: { svadu }, g: { svadu } }, 'ok', [1, 3, 1], 0],
    ['both: a write', { access: 'write', vs: { svadu }, g: { svadu } }, 'ok', [3, 3, 3], 0],
  ])('%s', (_name, request, expected, after, pseudoinstruction) => {
    plant(fresh)
    back(VS_LEAVES, fresh)
    back(DATA, fresh)
    const walker = makeWalker()
    expect(go(request, walker)).toBe(expected)
    expect([vsBits(), tableBits(), dataBits()]).toEqual(after)
    expect(walker.result.pseudoinstruction).toBe(pseudoinstruction)
  })

  test.each<[string, Partial<Pte>, Request, string]>([
    ['a read-only table', { write: false }, { vs: { svadu } }, 'guest-page: permission'],
    ['a clean table under Svade', { dirty: false }, { vs: { svadu } }, 'guest-page: not-dirty'],
  ])('an update of a VS-stage PTE is a write: %s refuses it', (_name, table, request, expected) => {
    plant(fresh)
    back(VS_LEAVES, table)
    const walker = makeWalker()
    expect(go(request, walker)).toBe(expected)
    expect(walker.result).toMatchObject({ pseudoinstruction: 0x3020, guestAddress: 0x3038n, updates: 0 })
    expect(vsBits()).toBe(0)
    // Nothing to update, nothing to refuse.
    plant()
    expect(go(request)).toBe('ok')
  })

  test('a clean page under Svade faults on the write itself', () => {
    back(DATA, { dirty: false })
    const walker = makeWalker()
    expect(go({ access: 'write' }, walker)).toBe('guest-page: not-dirty')
    expect(walker.result).toMatchObject({ pseudoinstruction: 0, guestAddress: 0x4abcn })
    expect(go()).toBe('ok')
  })

  test('an update walks the G-stage once more and counts as one in each stage', () => {
    plant(fresh)
    back(DATA, fresh)
    const walker = makeWalker()
    expect(go({ access: 'write', vs: { svadu }, g: { svadu } }, walker)).toBe('ok')
    expect(walker.result).toMatchObject({ references: 15 + 3, updates: 2 })
  })
})

describe('the reference hook', () => {
  test('sees supervisor-physical addresses of both stages in order', () => {
    plant({ accessed: false })
    seen = []
    const walker = makeWalker('sv39', 'sv39x4', (address, store) => {
      seen.push([address, store])
      return address
    })
    expect(go({ vs: { svadu: true } }, walker)).toBe('ok')
    const g = (page: number): [number, boolean][] => [
      [G_ROOT * 4096, false],
      [(G_TABLE + 3) * 4096, false],
      [G_LEAVES * 4096 + page * 8, false],
    ]
    const pte = (GUEST + VS_LEAVES) * 4096 + 7 * 8
    expect(seen).toEqual([
      ...g(VS_ROOT),
      [(GUEST + VS_ROOT) * 4096, false],
      ...g(VS_TABLE + 5),
      [(GUEST + VS_TABLE + 5) * 4096, false],
      ...g(VS_LEAVES),
      [pte, false],
      ...g(VS_LEAVES),
      [pte, true],
      ...g(DATA),
    ])
  })

  test.each([
    ['of the G-stage', G_LEAVES],
    ['of the VS-stage', GUEST + VS_LEAVES],
  ])('may refuse a PTE %s: an access fault that tells no guest-physical address', (_name, page) => {
    const walker = makeWalker('sv39', 'sv39x4', (address) =>
      Math.floor(address / 4096) === page ? -WalkFault.access : address,
    )
    expect(go({}, walker)).toBe('access: reference-refused')
    expect(walker.result.pseudoinstruction).toBe(0)
  })
})

describe('mapping sizes and memory types', () => {
  test.each<[string, () => void, number, number, number?]>([
    ['4 KiB over 4 KiB', () => {}, 12, 12],
    [
      '2 MiB over 4 KiB: a fence must meet all of it',
      () => put(GUEST + VS_TABLE + 5, 0, { ...rwx, ppn: 0 }),
      21,
      12,
    ],
    [
      '4 KiB over 2 MiB',
      () => {
        // The guest's first 2 MiB in one piece: its pages lie at the same offsets from a 2 MiB boundary.
        put(G_TABLE + 3, 0, { ...guestRwx, ppn: HOST })
        for (const page of [VS_ROOT, VS_TABLE + 5, VS_LEAVES])
          for (let word = 0; word < 4096; word += 8)
            memory.store64((HOST + 32 + page) * 4096 + word, memory.load64((GUEST + page) * 4096 + word)!)
        put(HOST + 32 + VS_ROOT, 0, { valid: true, ppn: 32 + VS_TABLE + 5 })
        put(HOST + 32 + VS_TABLE + 5, 0, { valid: true, ppn: 32 + VS_LEAVES })
      },
      12,
      12,
      32 + VS_ROOT,
    ],
  ])('%s', (_name, prepare, shift, mappingShift, root = VS_ROOT) => {
    prepare()
    const walker = makeWalker()
    walker.setVsStage(schemes.sv39, root)
    expect(go({}, walker)).toBe('ok')
    expect(walker.result).toMatchObject({ shift, mappingShift })
  })

  test('64 KiB in both stages', () => {
    for (let page = 16; page < 32; page++) back(page, { ppn: HOST + 32 + 8, napot: true })
    plant({ ppn: 16 + 8, napot: true })
    const walker = makeWalker()
    const svnapot = true
    expect(go({ vs: { svnapot }, g: { svnapot } }, walker)).toBe('ok')
    expect(walker.result).toMatchObject({ shift: 16, mappingShift: 16, page: (HOST + 32 + 7) * 4096 })
    expect(go({ vs: { svnapot } })).toBe('guest-page: reserved-bits')
    expect(go({ g: { svnapot } })).toBe('page: reserved-bits')
  })

  test.each([
    [0, 0, 0],
    [0, 2, 2],
    [1, 2, 1],
    [2, 1, 2],
    [1, 0, 1],
  ])('memory type %i of the VS-stage over %i of the G-stage is %i', (vs, g, expected) => {
    plant({ memoryType: vs })
    back(DATA, { memoryType: g })
    const walker = makeWalker()
    const svpbmt = true
    expect(go({ vs: { svpbmt }, g: { svpbmt } }, walker)).toBe('ok')
    expect(walker.result.memoryType).toBe(expected)
  })

  test('each stage needs its own Svpbmt', () => {
    plant({ memoryType: 1 })
    expect(go({ g: { svpbmt: true } })).toBe('page: reserved-bits')
    plant()
    back(DATA, { memoryType: 1 })
    expect(go({ vs: { svpbmt: true } })).toBe('guest-page: reserved-bits')
  })

  test('only G of the VS-stage makes a mapping global', () => {
    back(DATA, { global: true })
    const walker = makeWalker()
    go({}, walker)
    expect(walker.result.global).toBe(false)
    plant({ global: true })
    go({}, walker)
    expect(walker.result.global).toBe(true)
  })
})

test.each(['sv39x4', 'sv48x4', 'sv57x4'] as const)('%s ends exactly at its width', (mode) => {
  build('bare', mode)
  const { addressBits, levels } = gStageSchemes[mode]
  put(G_ROOT, 2047, { ...guestRwx, ppn: 2 ** (9 * (levels - 1)) })
  const walker = makeWalker('bare', mode)
  const end = 1n << BigInt(addressBits)
  expect(go({ va: end - 1n }, walker)).toBe('ok')
  expect(walker.result.page).toBe(2 ** (12 + 9 * (levels - 1)) * 2 - 4096)
  expect(go({ va: end }, walker)).toBe('guest-page: non-canonical')
  expect(go({ va: end | (1n << 63n) }, walker)).toBe('guest-page: non-canonical')
})

test('the root of the G-stage is found 16 KiB aligned, whatever the low bits of its number', () => {
  const walker = makeWalker()
  walker.setGStage(gStageSchemes.sv39x4, G_ROOT + 3)
  expect(go({}, walker)).toBe('ok')
})

describe('a walker that remembers where VS-stage PTEs are', () => {
  const remembering = (reference?: PteReference) => {
    const walker = new TwoStageWalker(memory, reference, new Float64Array(2 * 8))
    walker.setVsStage(schemes.sv39, VS_ROOT)
    walker.setGStage(gStageSchemes.sv39x4, G_ROOT)
    expect(go({}, walker)).toBe('ok')
    expect(walker.result.references).toBe(15)
    return walker
  }
  const lost = 'guest-page: invalid'

  test('walks the G-stage for the access alone the next time', () => {
    const walker = remembering()
    expect(go({}, walker)).toBe('ok')
    expect(walker.result.references).toBe(6)
    expect(walker.result.page).toBe((GUEST + DATA) * 4096)
  })

  test('still asks before each reference', () => {
    seen = []
    const walker = remembering((address, store) => {
      seen.push([address, store])
      return address
    })
    const [all] = [seen]
    seen = []
    expect(go({}, walker)).toBe('ok')
    expect(all.length).toBe(15)
    expect(seen.length).toBe(6)
    expect(all).toEqual(expect.arrayContaining(seen))
  })

  test('sees what became of the access, and what became of a table only when told', () => {
    const walker = remembering()
    back(VS_LEAVES, { valid: false })
    expect(go({}, walker)).toBe('ok')
    walker.forget()
    expect(go({}, walker)).toBe(lost)
    back(VS_LEAVES)
    expect(go({}, walker)).toBe('ok')
    back(DATA, { valid: false })
    expect(go({}, walker)).toBe(lost)
  })

  test('remembers no page that the G-stage refused', () => {
    const walker = remembering()
    walker.forget()
    back(VS_LEAVES, { valid: false })
    expect(go({}, walker)).toBe(lost)
    back(VS_LEAVES)
    expect(go({}, walker)).toBe('ok')
  })

  test('asks the G-stage for the update of A and D, which is a write', () => {
    plant({ dirty: false })
    const walker = remembering()
    back(VS_LEAVES, { write: false })
    expect(go({ access: 'write', vs: { svadu: true } }, walker)).toBe('guest-page: permission')
    expect(walker.result.pseudoinstruction).toBe(0x3020)
  })

  test.each([
    ['another root', (walker: TwoStageWalker) => walker.setGStage(gStageSchemes.sv39x4, G_ROOT + 4), {}],
    ['another scheme', (walker: TwoStageWalker) => walker.setGStage(gStageSchemes.bare, G_ROOT), {}],
    ['other rules', () => {}, { g: { svadu: true } }],
  ])('forgets by itself with %s', (_what, change, request) => {
    const walker = remembering()
    back(VS_ROOT, { valid: false })
    change(walker)
    expect(go(request, walker)).not.toBe('ok')
  })

  test('keeps what it has when the same tables are set again, and drops what shares a place', () => {
    const walker = remembering()
    walker.setGStage(gStageSchemes.sv39x4, G_ROOT + 3)
    expect(go({}, walker)).toBe('ok')
    expect(walker.result.references).toBe(6)
    const small = new TwoStageWalker(memory, undefined, new Float64Array(2))
    small.setVsStage(schemes.sv39, VS_ROOT)
    small.setGStage(gStageSchemes.sv39x4, G_ROOT)
    for (let i = 0; i < 2; i++) expect(go({}, small)).toBe('ok')
    expect(small.result.references).toBe(15)
  })
})
