import { memoryBlocks } from '@worldswitch/devices'
import { Host, HypervisorError, runVms, type VmOptions } from '@worldswitch/hypervisor'
import { describe, expect, test } from 'vitest'
import { guest, POWEROFF, RAM, smallHost } from '../test/guests.ts'

/** Every gigapage shows the start of RAM; a load from each under each of four settings of SUM and MXR. */
const tableEater = `
  li x5, 0x80300000
  li x7, 0x80301000
  li x6, 0x200000cf
entries:
  sd x6, 0(x5)
  addi x5, x5, 8
  bltu x5, x7, entries
  li x5, 0x8000000000080300
  csrw satp, x5
  li x12, 4
  li x7, 0x4000000000
  li x8, 0x40000000
view:
  addi x12, x12, -1
  slli x13, x12, 18
  li x14, 0xc0000
  csrc sstatus, x14
  csrs sstatus, x13
  li x10, 0x300000
touch:
  ld x11, 0(x10)
  add x10, x10, x8
  bltu x10, x7, touch
  bnez x12, view
${POWEROFF}`

describe('shadow tables', () => {
  test('of a guest that touches the whole address space take a bounded part of the host', () => {
    const host = new Host({ memory: 64 * 2 ** 20 })
    const { vm } = guest(host, tableEater)
    let most = 0
    while (vm.run(host.cycles + 10_000) === 'running') most = Math.max(most, host.frames.used)
    expect(vm.ended?.reason).toBe('poweroff')
    expect(vm.ledger.exits('shadowFault')).toBeGreaterThan(1024)
    expect(most).toBeLessThanOrEqual(512 + RAM / 4096)
  })

  test.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])(
    'of a guest for which the host has %i frames are enough, or it ends',
    (left) => {
      const host = smallHost()
      const { vm } = guest(
        host,
        `li x5, 0x80300000
        li x6, 0x200000cf
        sd x6, 16(x5)
        li x6, 0x8000000000080300
        csrw satp, x6
        li x5, 0x803feffc
        li x6, 10
      next:
        ld x7, 0(x5)
        addi x6, x6, -1
        bnez x6, next
        ${POWEROFF}`,
      )
      while (host.frames.available > left) host.frames.allocate()
      expect(runVms(host, [vm], { cycles: 10_000_000 })).toBe('ended')
      expect(['poweroff', 'out-of-memory']).toContain(vm.ended?.reason)
      if (left > 8) expect(vm.ended?.reason).toBe('poweroff')
    },
  )

  test.each(['sv39', 'sv48', 'sv57'] as const)('suit a hart that has %s alone', (mode) => {
    const host = new Host({ memory: RAM + 8 * 2 ** 20, satpModes: ['bare', mode] })
    const { vm } = guest(host, `li x5, 0x80000000\nld x6, 0(x5)\n${POWEROFF}`)
    expect(runVms(host, [vm])).toBe('ended')
    expect(vm.ended).toEqual({ reason: 'poweroff', code: 0 })
  })

  test('need a hart that translates', () => {
    const host = new Host({ memory: RAM, satpModes: ['bare'] })
    expect(() => guest(host, POWEROFF)).toThrow('shadow page tables need')
    expect(() => guest(host, POWEROFF)).toThrow(HypervisorError)
  })
})

describe('a VM that cannot be made', () => {
  test.each<[string, Partial<VmOptions>, number]>([
    ['because the host is full', { memory: RAM, initrd: new Uint8Array(RAM / 2) }, 0x10_0000],
    [
      'because its kernel does not fit',
      { kernel: { format: 'raw', bytes: new Uint8Array(2 * RAM), address: 0x8020_0000 } },
      RAM,
    ],
    ['for want of slots', { disks: new Array(9).fill(memoryBlocks(new Uint8Array(512))) }, RAM],
  ])('%s leaves nothing behind', (_name, options, memory) => {
    const host = new Host({ memory })
    expect(() => guest(host, POWEROFF, options)).toThrow()
    expect(host.frames.used).toBe(0)
  })
})

describe('a VM that is destroyed', () => {
  test('while its disk works takes no memory when the data comes', async () => {
    const host = smallHost()
    const { vm } = guest(host, POWEROFF)
    vm.destroy()
    expect(vm.memory.write(0x8030_0000, new Uint8Array(512))).toBe(false)
    expect(vm.memory.read(0x8030_0000, new Uint8Array(512))).toBe(false)
    expect(host.frames.used).toBe(0)
  })

  test('inside one of its own callbacks takes no memory any more', () => {
    const host = smallHost()
    const { vm } = guest(host, `li x5, 0x10000000\nsb x5, 0(x5)\nli x5, 0x80300000\nsd x5, 0(x5)`, {
      output: () => vm.destroy(),
    })
    expect(runVms(host, [vm])).toBe('ended')
    expect(host.frames.used).toBe(0)
  })

  test('cannot be entered', () => {
    const host = smallHost()
    const { vm } = guest(host, POWEROFF)
    vm.destroy()
    expect(() => vm.enter(vm.vcpus[0], 1)).toThrow('has ended')
    expect(host.frames.used).toBe(0)
  })
})
