import { runVms } from '@worldswitch/hypervisor'
import { expect, test } from 'vitest'
import { guest, POWEROFF, smallHost } from '../test/guests.ts'

/** Runs a program to its end; the exits that it took, those that did not happen left out. */
function exitsOf(program: string): Record<string, number> {
  const host = smallHost()
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
    'a page of data: one for the first load, one for the first store of another',
    'li x5, 0x80300000\nld x6, 0(x5)\nsd x6, 8(x5)\nld x6, 16(x5)\nli x5, 0x80301000\nsd x6, 0(x5)',
    { shadowFault: 3 },
  ], // prettier-ignore
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
