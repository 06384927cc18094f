import { Host, runVms } from '@worldswitch/hypervisor'
import { expect, test } from 'vitest'
import { guest, POWEROFF, RAM, smallHost } from '../test/guests.ts'

/** Runs a program to its end; the exits that it took, those that did not happen left out. */
function exitsOf(program: string, host = smallHost()): Record<string, number> {
  const { vm } = guest(host, program)
  expect(runVms(host, [vm])).toBe('ended')
  return Object.fromEntries(Object.entries(vm.ledger.totals().exits).filter(([, count]) => count > 0))
}

/** Every program takes these: its code page, and the power-off. */
const always = { shadowFault: 1, sbiCall: 1 }

test.each([
  ['nothing privileged: no exits but the first touch', 'li x5, 1\nadd x5, x5, x5', {}],
  ['a loop of a thousand instructions: none either', 'li x5, 500\n1: addi x5, x5, -1\nbnez x5, 1b', {}],
  ['CSR instructions: one each', 'csrw sscratch, x5\ncsrr x6, sscratch\ncsrrs x0, sie, x0', { csrAccess: 3 }],
  ['the time: one each', 'rdtime x5\nrdcycle x6\nrdinstret x7', { csrAccess: 3 }],
  [
    'a device: one for each access',
    'li x5, 0x10000000\nlbu x6, 5(x5)\nsb x6, 7(x5)',
    { mmioRead: 1, mmioWrite: 1 },
  ],
  ['fences of memory and code: none', 'fence\nfence.i', {}],
  ['SFENCE.VMA: one', 'sfence.vma', { translationFence: 1 }],
  [
    '2 MiB without translation: none more, loads and stores alike',
    'li x5, 0x80300000\nld x6, 0(x5)\nsd x6, 8(x5)\nld x6, 16(x5)\nli x5, 0x80301000\nsd x6, 0(x5)',
    {},
  ],
  [
    'another 2 MiB: one',
    'li x5, 0x80000000\nld x6, 0(x5)\nli x5, 0x801ff000\nsd x6, 0(x5)',
    { shadowFault: 2 },
  ],
  [
    'a call from user mode and back: the call, the CSRs, the return',
    'la x5, 1f\ncsrw sepc, x5\nla x5, 2f\ncsrw stvec, x5\nsret\n1: ecall\n.align 2\n2:',
    { csrAccess: 2, trapReturn: 1, guestSystemCall: 1 },
  ], // prettier-ignore
  [
    'WFI with an interrupt pending: one',
    'csrsi sie, 2\ncsrsi sip, 2\nwfi',
    { csrAccess: 2, waitForInterrupt: 1 },
  ],
])('%s', (_name, program, exits) => {
  expect(exitsOf(`${program}\n${POWEROFF}`)).toEqual({ ...always, ...exits })
})

/** Page tables at 0x80300000 and, a copy, 0x80301000; what is under their entry 2 is a page of 1 GiB, RAM with the code. */
const spaces = (more: string, kernel = 0xef): string => `
  li x5, 0x80300000
  li x6, 0x80301000
  li x7, ${0x2000_0000 + kernel}
  sd x7, 16(x5)
  sd x7, 16(x6)
  li x10, 0x8000100000080300
  li x11, 0x8000200000080301
  csrw satp, x10
  ${more}`

/** Leads entry 0 of both to a table of 4 KiB pages at 0x80303000. @param flags - of page 0, which is at 0x80304000. */
const pages = (flags: number): string => `
  li x7, 0x200c0801
  sd x7, 0(x5)
  sd x7, 0(x6)
  li x5, 0x80302000
  li x7, 0x200c0c01
  sd x7, 0(x5)
  li x5, 0x80303000
  li x7, ${0x200c_1000 + flags}
  sd x7, 0(x5)
  li x8, 0x1000
  sd x7, 8(x5)`

// Without translation the code, in one 2 MiB, was found before: each example has that, too.
test.each([
  ['one address space: its code', '', 1],
  ['two with the kernel in common: the code once', 'csrw satp, x11\ncsrw satp, x10', 1],
  [
    'a fence of one: what is common stays',
    'li x12, 1\nsfence.vma x0, x12\ncsrw satp, x11\nli x12, 2\nsfence.vma x0, x12',
    1,
  ],
  ['a fence of all: the code again', 'sfence.vma', 2],
  ['a fence of its address: the code again', 'auipc x5, 0\nsfence.vma x5', 2],
  ['SUM: the same kernel', 'li x5, 0x40000\ncsrs sstatus, x5', 1],
  ['MXR: another view of it', 'li x5, 0x80000\ncsrs sstatus, x5', 2],
])('%s', (_name, program, fills) => {
  expect(exitsOf(spaces(`${program}\n${POWEROFF}`)).shadowFault).toBe(1 + fills)
})

test.each([
  ['without G: each has its own code', 'csrw satp, x11\ncsrw satp, x10', 2],
  ['without G, fenced: the code again', 'li x12, 1\nsfence.vma x0, x12', 2],
])('two address spaces %s', (_name, program, fills) => {
  expect(exitsOf(spaces(`${program}\n${POWEROFF}`, 0xcf)).shadowFault).toBe(1 + fills)
})

test('a page that is not common among those that are ends that, for good', () => {
  // The code: common. Then a page of 4 KiB beside it, under the same entry of Sv48's root, without G: all anew.
  const program = `
    li x5, 0x80300000
    li x6, 0x80301000
    li x7, 0x200c0401
    sd x7, 0(x5)
    li x7, 0x200000ef
    sd x7, 16(x6)
    li x7, 0x200000c7
    sd x7, 24(x6)
    li x10, 0x9000100000080300
    csrw satp, x10
    li x8, 0xc0300000
    ld x9, 0(x8)
    sfence.vma
    ld x9, 0(x8)
    ${POWEROFF}`
  // Without translation, the code, the page (which drops all), the code, the page; after the fence both.
  expect(exitsOf(program).shadowFault).toBe(7)
})

test.each([
  ['with D: one for the load', 0xc7, false, 1, 0],
  ['without D: one, and the store is the guest’s own fault', 0x47, false, 1, 2],
  ['without D, which the hart sets: one for the load, one for the first store', 0x47, true, 2, 0],
  ['with D on such a hart: one', 0xc7, true, 1, 0],
])('loads and stores of a page %s', (_name, flags, svadu, fills, faults) => {
  const run = (accesses: string): Record<string, number> => {
    const handler =
      'la x12, 1f\ncsrw stvec, x12\nj 2f\n.align 2\n1: csrr x12, sepc\naddi x12, x12, 4\ncsrw sepc, x12\nsret\n2:'
    const program = spaces(`${handler}\n${pages(flags)}\nsfence.vma\n${accesses}\n${POWEROFF}`)
    return exitsOf(program, new Host({ memory: RAM + 8 * 2 ** 20, svadu }))
  }
  const none = run('')
  const all = run('ld x9, 0(x0)\nsd x9, 8(x0)\nsd x9, 16(x0)')
  expect(all.shadowFault - none.shadowFault).toBe(fills)
  expect(all.guestPageFault ?? 0).toBe(faults)
})

test('the monitor reads as many guest entries as the guest has levels', () => {
  const paging = (mode: number, root: string): string => `
  li x5, 0x80300000
  ${root}
  li x5, ${(BigInt(mode) << 60n) | 0x8_0300n}
  csrw satp, x5
  ld x6, 0(x7)
  ${POWEROFF}`
  const gigapage = 'li x6, 0x200000cf\nsd x6, 16(x5)\nli x7, 0x80200000'
  const host = smallHost()
  const { vm } = guest(host, paging(8, gigapage))
  runVms(host, [vm])
  // One reference each for the code page and for the data, which is the same page: one walk.
  expect(vm.ledger.softwareWalkReferences).toBe(1)
  expect(vm.ledger.hotSpots('csrAccess')).toHaveLength(1)
})
