import { beforeEach, describe, expect, test } from 'vitest'
import { ArrayMemory } from './array-memory.ts'
import { PageWalker } from './page-walker.ts'
import { gStageSchemes, schemes } from './paging-scheme.ts'
import { encodePte, type Pte } from './pte.ts'
import { walkFlags } from './translate.ts'
import { Access, PrivilegeLevel, WalkFault, WalkFlag, walkReasons } from './walk-result.ts'

const BASE = 0x8000_0000
const ROOT = BASE / 4096
const [T1, T0, DATA] = [ROOT + 1, ROOT + 2, ROOT + 3]
const VA = 0x0000_0001_2345_6789n // vpn[2] = 4, vpn[1] = 0x11a, vpn[0] = 0x056
const slots = [0x056, 0x11a, 4]

let memory: ArrayMemory
beforeEach(() => {
  memory = new ArrayMemory({ base: BASE, size: 8 * 4096 })
})

const everything: Partial<Pte> = {
  valid: true,
  read: true,
  write: true,
  execute: true,
  accessed: true,
  dirty: true,
}
const at = (ppn: number, slot: number) => ppn * 4096 + slot * 8
const put = (ppn: number, slot: number, pte: Partial<Pte>) => memory.store64(at(ppn, slot), encodePte(pte))

/** A three-level path to `leaf`, which replaces the entry of its level. */
function plant(leaf: Partial<Pte>, level = 0, pointer: Partial<Pte> = {}) {
  put(ROOT, slots[2], { valid: true, ppn: T1, ...pointer })
  put(T1, slots[1], { valid: true, ppn: T0 })
  put([T0, T1, ROOT][level], slots[level], { ppn: DATA, ...leaf })
}

interface Request {
  access?: keyof typeof Access
  privilege?: keyof typeof PrivilegeLevel
  sum?: boolean
  mxr?: boolean
  svadu?: boolean
  svpbmt?: boolean
  svnapot?: boolean
}

function walk(request: Request = {}, va = VA, walker = new PageWalker(memory)) {
  const access = Access[request.access ?? 'read']
  const privilege = PrivilegeLevel[request.privilege ?? 'S']
  walker.walk(
    schemes.sv39,
    ROOT,
    Number(va & 0xffff_ffffn),
    Number(va >> 32n),
    access,
    privilege,
    walkFlags(request),
  )
  const { result } = walker
  return result.fault === WalkFault.none
    ? 'ok'
    : `${result.fault === WalkFault.page ? 'page' : 'access'}: ${walkReasons[result.reason]}`
}

describe('permissions', () => {
  const rwx = { read: true, write: true, execute: true }
  const base = { valid: true, accessed: true, dirty: true }
  test.each<[string, Partial<Pte>, Request, string]>([
    ['S reads its page', { read: true }, {}, 'ok'],
    ['S writes a read-only page', { read: true }, { access: 'write' }, 'page: permission'],
    ['S writes its page', { read: true, write: true }, { access: 'write' }, 'ok'],
    ['S executes a page without X', { read: true, write: true }, { access: 'execute' }, 'page: permission'],
    ['S executes an execute-only page', { execute: true }, { access: 'execute' }, 'ok'],
    ['S reads an execute-only page', { execute: true }, {}, 'page: permission'],
    ['S reads an execute-only page with MXR', { execute: true }, { mxr: true }, 'ok'],
    [
      'S writes an execute-only page with MXR',
      { execute: true },
      { mxr: true, access: 'write' },
      'page: permission',
    ],
    [
      'MXR does not make data executable',
      { read: true },
      { mxr: true, access: 'execute' },
      'page: permission',
    ],
    ['U reads a supervisor page', rwx, { privilege: 'U' }, 'page: supervisor-page'],
    ['U reads a supervisor page with SUM', rwx, { privilege: 'U', sum: true }, 'page: supervisor-page'],
    ['U reads its page', { ...rwx, user: true }, { privilege: 'U' }, 'ok'],
    ['U writes its page', { ...rwx, user: true }, { privilege: 'U', access: 'write' }, 'ok'],
    ['U executes its page', { ...rwx, user: true }, { privilege: 'U', access: 'execute' }, 'ok'],
    ['S reads a user page', { ...rwx, user: true }, {}, 'page: user-page'],
    ['S reads a user page with SUM', { ...rwx, user: true }, { sum: true }, 'ok'],
    ['S writes a user page with SUM', { ...rwx, user: true }, { sum: true, access: 'write' }, 'ok'],
    [
      'S executes a user page, SUM or not',
      { ...rwx, user: true },
      { sum: true, access: 'execute' },
      'page: user-page',
    ],
  ])('%s', (_name, bits, request, expected) => {
    plant({ ...base, ...bits })
    expect(walk(request)).toBe(expected)
  })
})

describe('malformed tables', () => {
  test.each<[string, () => void, string]>([
    ['V clear', () => plant({ ...everything, valid: false }), 'page: invalid'],
    ['W without R', () => plant({ valid: true, write: true, accessed: true }), 'page: reserved-bits'],
    ['W and X without R', () => plant({ ...everything, read: false }), 'page: reserved-bits'],
    ...[1, 2, 4, 8, 16, 32, 64].map((reserved): [string, () => void, string] => [
      `reserved bits ${reserved} in a leaf`,
      () => plant({ ...everything, reserved }),
      'page: reserved-bits',
    ]),
    ['reserved bit in a pointer', () => plant(everything, 0, { reserved: 1 }), 'page: reserved-bits'],
    ['A in a pointer', () => plant(everything, 0, { accessed: true }), 'page: reserved-bits'],
    ['D in a pointer', () => plant(everything, 0, { dirty: true }), 'page: reserved-bits'],
    ['U in a pointer', () => plant(everything, 0, { user: true }), 'page: reserved-bits'],
    ['RSW in a pointer is fine', () => plant(everything, 0, { software: 3 }), 'ok'],
    ['memory type without Svpbmt', () => plant({ ...everything, memoryType: 1 }), 'page: reserved-bits'],
    ['N without Svnapot', () => plant({ ...everything, napot: true, ppn: 8 }), 'page: reserved-bits'],
    ['pointer at the last level', () => plant({ valid: true }), 'page: too-deep'],
    ['misaligned megapage', () => plant({ ...everything, ppn: 0x80001 }, 1), 'page: misaligned-superpage'],
    ['misaligned gigapage', () => plant({ ...everything, ppn: 0x80200 }, 2), 'page: misaligned-superpage'],
    ['next table outside RAM', () => plant(everything, 0, { ppn: 0x1000 }), 'access: not-memory'],
    ['next table beyond 2^53', () => plant(everything, 0, { ppn: 2 ** 44 - 1 }), 'access: not-memory'],
    ['a table that is its own child', () => put(ROOT, 4, { valid: true, ppn: ROOT }), 'page: invalid'],
  ])('%s', (_name, prepare, expected) => {
    prepare()
    expect(walk()).toBe(expected)
  })

  test('a malformed superpage is a page fault even where permissions would allow nothing', () => {
    plant({ valid: true, execute: true, ppn: 0x80001 }, 1)
    expect(walk({ privilege: 'U' })).toBe('page: misaligned-superpage')
  })
})

describe.each([1, 2, 3, 4])('a superpage at level %i', (level) => {
  // One root serves as the table of every level above the leaf: entry 0 leads back to it, entry 1 is the leaf.
  const walker = () => new PageWalker(memory)
  const go = (ppn: number, subject: PageWalker) => {
    put(ROOT, 0, { valid: true, ppn: ROOT })
    put(ROOT, 1, { ...everything, ppn })
    const va = 1n << BigInt(12 + 9 * level)
    const [low, high] = [Number(va & 0xffff_ffffn), Number(va >> 32n)]
    return subject.walk(schemes.sv57, ROOT, low, high, Access.read, PrivilegeLevel.S, 0)
  }

  test('is misaligned by every PPN bit below its size', () => {
    for (let bit = 0; bit < 9 * level; bit++) {
      const subject = walker()
      expect(go(2 ** bit, subject)).toBe(WalkFault.page)
      expect(walkReasons[subject.result.reason]).toBe('misaligned-superpage')
    }
  })

  test('is aligned with any bit above', () => {
    for (let bit = 9 * level; bit < 44; bit++) {
      const subject = walker()
      expect(go(2 ** bit, subject)).toBe(WalkFault.none)
      expect(subject.result.page).toBe(2 ** (bit + 12))
    }
  })
})

describe('non-canonical addresses', () => {
  test.each([
    ['highest of the lower half', 0x0000_003f_ffff_ffffn, 'page: invalid'],
    ['first above the lower half', 0x0000_0040_0000_0000n, 'page: non-canonical'],
    ['last below the upper half', 0xffff_ffbf_ffff_ffffn, 'page: non-canonical'],
    ['lowest of the upper half', 0xffff_ffc0_0000_0000n, 'page: invalid'],
    ['upper bit alone', 0x8000_0000_0000_0000n, 'page: non-canonical'],
  ])('%s', (_name, va, expected) => expect(walk({}, va)).toBe(expected))
})

describe('accessed and dirty', () => {
  const low = () => memory.load32(at(T0, slots[0])) & 0xff
  const clean = { ...everything, accessed: false, dirty: false }

  test.each<[string, Partial<Pte>, Request, string, number]>([
    ['Svade: read without A', clean, {}, 'page: not-accessed', 0x0f],
    ['Svade: write without D', { ...clean, accessed: true }, { access: 'write' }, 'page: not-dirty', 0x4f],
    ['Svade: read without D', { ...clean, accessed: true }, {}, 'ok', 0x4f],
    ['Svade: execute without A', clean, { access: 'execute' }, 'page: not-accessed', 0x0f],
    ['Svadu: read sets A alone', clean, { svadu: true }, 'ok', 0x4f],
    ['Svadu: execute sets A alone', clean, { svadu: true, access: 'execute' }, 'ok', 0x4f],
    ['Svadu: write sets A and D', clean, { svadu: true, access: 'write' }, 'ok', 0xcf],
    [
      'Svadu: nothing is set when the access is refused',
      clean,
      { svadu: true, privilege: 'U' },
      'page: supervisor-page',
      0x0f,
    ],
    ['Svadu: D without A gains A', { ...clean, dirty: true }, { svadu: true }, 'ok', 0xcf],
  ])('%s', (_name, pte, request, expected, after) => {
    plant(pte)
    expect(walk(request)).toBe(expected)
    expect(low()).toBe(after)
  })

  test('a PTE in read-only memory is an access fault when A must be set', () => {
    plant(clean)
    const readOnly = { load32: (a: number) => memory.load32(a), store32: () => false }
    expect(walk({ svadu: true }, VA, new PageWalker(readOnly))).toBe('access: not-memory')
  })

  test('only an update counts as one', () => {
    plant(clean)
    const walker = new PageWalker(memory)
    walk({ svadu: true }, VA, walker)
    expect(walker.result.updates).toBe(1)
    walk({ svadu: true }, VA, walker)
    expect(walker.result.updates).toBe(0)
  })
})

describe('what a walk reports', () => {
  test.each<[string, number, Partial<Pte>, number, number]>([
    ['4 KiB', 0, {}, DATA * 4096, 12],
    ['2 MiB', 1, { ppn: 0x80200 }, 0x8020_0000 + 0x5_6000, 21],
    ['1 GiB', 2, { ppn: 0x80000 }, 0x8000_0000 + 0x2345_6000, 30],
    ['the highest page', 0, { ppn: 2 ** 44 - 1 }, (2 ** 44 - 1) * 4096, 12],
  ])('page and size of %s', (_name, level, leaf, page, shift) => {
    plant({ ...everything, ...leaf }, level)
    const walker = new PageWalker(memory)
    expect(walk({}, VA, walker)).toBe('ok')
    expect(walker.result).toMatchObject({ page, shift, level, bits: 0xcf, global: false, memoryType: 0 })
    const path = [at(ROOT, slots[2]), at(T1, slots[1]), at(T0, slots[0])].slice(0, 3 - level)
    expect(Array.from(walker.result.pteAddresses.subarray(0, walker.result.references))).toEqual(path)
  })

  test.each([
    ['leaf', { global: true }, {}],
    ['pointer above it', {}, { global: true }],
  ])('a mapping is global by its %s', (_name, leaf, pointer) => {
    plant({ ...everything, ...leaf }, 0, pointer)
    const walker = new PageWalker(memory)
    walk({}, VA, walker)
    expect(walker.result.global).toBe(true)
  })

  test('references made before a fault are listed', () => {
    plant({ ...everything, valid: false })
    const walker = new PageWalker(memory)
    walk({}, VA, walker)
    expect(walker.result.references).toBe(3)
  })
})

describe('extensions', () => {
  test.each([
    [1, 'ok'],
    [2, 'ok'],
    [3, 'page: reserved-bits'],
  ])('Svpbmt memory type %i', (memoryType, expected) => {
    plant({ ...everything, memoryType })
    const walker = new PageWalker(memory)
    expect(walk({ svpbmt: true }, VA, walker)).toBe(expected)
    if (expected === 'ok') expect(walker.result.memoryType).toBe(memoryType)
  })

  test('a memory type in a pointer stays reserved', () => {
    plant(everything, 0, { memoryType: 1 })
    expect(walk({ svpbmt: true })).toBe('page: reserved-bits')
  })

  test.each<[string, number, number, string]>([
    ['64 KiB', 0x80018, 0, 'ok'],
    ['another size', 0x80014, 0, 'page: reserved-bits'],
    ['no size', 0x80010, 0, 'page: reserved-bits'],
    ['a superpage', 0x80008, 1, 'page: reserved-bits'],
  ])('Svnapot with %s', (_name, ppn, level, expected) => {
    plant({ ...everything, napot: true, ppn }, level)
    const walker = new PageWalker(memory)
    expect(walk({ svnapot: true }, VA, walker)).toBe(expected)
    // vpn[0] is 0x56: page 6 of the group.
    if (expected === 'ok') expect(walker.result).toMatchObject({ page: 0x8001_6000, shift: 16 })
  })
})

describe('without translation', () => {
  test.each<[string, bigint, number, keyof typeof PrivilegeLevel, number]>([
    ['bare', 0x8000_1234n, 0x8000_1000, 'S', WalkFault.none],
    ['M-mode', 0x8000_1234n, 0x8000_1000, 'M', WalkFault.none],
    ['the last physical page', 0x00ff_ffff_ffff_ffffn, 2 ** 56 - 4096, 'U', WalkFault.none],
    ['beyond physical memory', 0x0100_0000_0000_0000n, 0, 'S', WalkFault.access],
  ])('%s', (_name, va, page, privilege, fault) => {
    const walker = new PageWalker(memory)
    const scheme = privilege === 'M' ? schemes.sv39 : schemes.bare
    const [low, high] = [Number(va & 0xffff_ffffn), Number(va >> 32n)]
    expect(walker.walk(scheme, ROOT, low, high, Access.write, PrivilegeLevel[privilege], 0)).toBe(fault)
    expect(walker.result.references).toBe(0)
    if (fault === WalkFault.none) expect(walker.result.page).toBe(page)
  })
})

describe('the reference hook', () => {
  test('sees every reference and may refuse one', () => {
    plant({ ...everything, accessed: false })
    const seen: [number, boolean][] = []
    const walker = new PageWalker(memory, (address, store) => {
      seen.push([address, store])
      return store ? -WalkFault.access : address
    })
    expect(walk({ svadu: true }, VA, walker)).toBe('access: reference-refused')
    expect(seen).toEqual([
      [at(ROOT, slots[2]), false],
      [at(T1, slots[1]), false],
      [at(T0, slots[0]), false],
      [at(T0, slots[0]), true],
    ])
    expect(memory.load32(at(T0, slots[0])) & 0x40).toBe(0)
  })

  test('may move references, as a second stage does', () => {
    const offset = 0x4000_0000
    put(ROOT, slots[2], { ...everything, ppn: 0x40000 })
    const walker = new PageWalker(memory, (address) => address + offset)
    const [low, high] = [Number(VA & 0xffff_ffffn), Number(VA >> 32n)]
    const root = ROOT - offset / 4096
    expect(walker.walk(schemes.sv39, root, low, high, Access.read, PrivilegeLevel.S, 0)).toBe(WalkFault.none)
    expect(walker.result.page).toBe(0x4000_0000 + 0x2345_6000)
  })
})

describe('wide roots', () => {
  test('index 11 bits at the root and zero-extend', () => {
    const walker = new PageWalker(memory)
    // Bits 40..30 select entry 0x600 of a 16 KiB root.
    put(ROOT, 0x600, { ...everything, user: true, ppn: 0xc0000 })
    const high = 0x180
    const go = (vaHigh: number) =>
      walker.walk(gStageSchemes.sv39x4, ROOT, 0x1000, vaHigh, Access.read, PrivilegeLevel.U, WalkFlag.sum)
    expect(go(high)).toBe(WalkFault.none)
    expect(walker.result.page).toBe(0xc000_1000)
    expect(go(high | 0x200)).toBe(WalkFault.page)
    expect(walkReasons[walker.result.reason]).toBe('non-canonical')
  })
})
