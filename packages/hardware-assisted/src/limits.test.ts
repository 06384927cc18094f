import { Host, runVms } from '@worldswitch/hypervisor'
import { POWEROFF, RAM, strategyKit, TOUCH_ALL } from '@worldswitch/strategy-tests'
import { describe, expect, test } from 'vitest'
import { createHardwareAssisted, hardwareAssisted } from './hardware-assisted.ts'

describe('nested tables', () => {
  test.each([4096, 2 ** 21] as const)(
    'with pages of %i bytes take a bounded part of the host, and give it back',
    (largestPage) => {
      const { smallHost, guest } = strategyKit(createHardwareAssisted({ largestPage }))
      const host = smallHost()
      const { vm } = guest(host, TOUCH_ALL)
      expect(runVms(host, [vm])).toBe('ended')
      expect(vm.ended?.reason).toBe('poweroff')
      // A root of four, one for each level below it.
      expect(host.frames.used - vm.memory.resident / 4096).toBeLessThanOrEqual(6)
      vm.destroy()
      expect(host.frames.used).toBe(0)
    },
  )

  test.each([1, 2, 3, 4, 5, 6, 7, 8, 40, 600])(
    'for which the host has %i frames are enough, or the VM ends',
    (left) => {
      const { smallHost, guest } = strategyKit(createHardwareAssisted({ largestPage: 4096 }))
      const host = smallHost()
      const { vm } = guest(host, TOUCH_ALL)
      while (host.frames.available > left) host.frames.allocate()
      expect(runVms(host, [vm], { cycles: 20_000_000 })).toBe('ended')
      expect(vm.ended?.reason).toBe(left > 520 ? 'poweroff' : 'out-of-memory')
    },
  )

  test('use pages of 1 GiB where they are asked for, and the VM and the host are large enough', () => {
    const { host: make, guest } = strategyKit(createHardwareAssisted({ largestPage: 2 ** 30 }))
    const host = make({ memory: 1536 * 2 ** 20 })
    // RAM begins at 2 GiB: the block is the first one.
    const { vm } = guest(
      host,
      `li x5, 0xbffff000\nsd x5, 0(x5)\nli x5, 0x80000000\nsd x5, 0(x5)\n${POWEROFF}`,
      {
        memory: 2 ** 30,
      },
    )
    expect(runVms(host, [vm])).toBe('ended')
    expect([vm.ended?.reason, vm.ledger.exits('nestedFault')]).toEqual(['poweroff', 1])
    expect(vm.memory.blockAt(0x9000_0000)?.bytes).toBe(2 ** 30)
  })
})

test('identifiers of virtual machines come back', () => {
  const { smallHost, guest } = strategyKit(hardwareAssisted)
  const host = smallHost(2)
  const before = host.takeVmid()!
  host.releaseVmid(before)
  for (let round = 0; round < 3; round++) {
    const { vm } = guest(host, POWEROFF, { vcpus: 4 })
    runVms(host, [vm])
    vm.destroy()
  }
  expect(host.takeVmid()).toBe(before)
})

test('a VM that was destroyed leaves nothing in the TLB for the next one', () => {
  const { smallHost, guest } = strategyKit(hardwareAssisted)
  const host = smallHost()
  const print = 'li x6, 0x10000000\naddi x5, x5, 65\nsb x5, 0(x6)'
  const first = guest(host, `li x5, 0x80300000\nli x6, 7\nsd x6, 0(x5)\n${POWEROFF}`)
  runVms(host, [first.vm])
  first.vm.destroy()
  const second = guest(host, `li x5, 0x80300000\nld x5, 0(x5)\n${print}\n${POWEROFF}`)
  runVms(host, [second.vm])
  expect(second.text()).toBe('A')
})

test('vCPUs that use one ASID for different address spaces do not see each other’s', () => {
  const { smallHost, guest } = strategyKit(hardwareAssisted)
  const host = smallHost()
  // Each maps 0x4000_0000 to a page of its own, under ASID 0, and reads it again and again.
  const { vm, text } = guest(
    host,
    `
    li s0, 0x80300000
    li s1, 0x20000
    li a0, 1
    la a1, other
    li a7, 0x48534d
    li a6, 0
    ecall
    li s2, 0
    j go
  other:
    li s0, 0x80310000
    li s1, 0x20000
    li s2, 1
  go:
    # A root with this code and a table; the table's first entry is a 2 MiB page, with what this vCPU wrote.
    li t0, 0x200000cf
    sd t0, 16(s0)
    li t1, 0x1000
    add t1, t1, s0
    srli t0, t1, 2
    ori t0, t0, 1
    sd t0, 8(s0)
    li t2, 0x2000
    add t2, t2, s0
    srli t0, t2, 2
    ori t0, t0, 1
    sd t0, 0(t1)
    li t3, 0x3000
    add t3, t3, s0
    srli t0, t3, 2
    ori t0, t0, 0xcf
    sd t0, 0(t2)
    addi t4, s2, 65
    sd t4, 0(t3)
    srli t0, s0, 12
    li t5, 8
    slli t5, t5, 60
    or t0, t0, t5
    csrw satp, t0
    li t1, 0x40000000
  again:
    ld t2, 0(t1)
    bne t2, t4, wrong
    addi s1, s1, -1
    bnez s1, again
    csrw satp, x0
    li t1, 0x10000000
    sb t4, 0(t1)
    li t1, 0x80320000
    amoadd.d t2, t4, (t1)
    beqz t2, sleep
    ${POWEROFF}
  sleep: j sleep
  wrong: j wrong`,
    { vcpus: 2 },
  )
  expect(runVms(host, [vm], { cycles: 50_000_000 })).toBe('ended')
  expect([...text()].sort().join('')).toBe('AB')
})

test('a VM that is destroyed inside one of its own callbacks takes no memory any more', () => {
  const { smallHost, guest } = strategyKit(hardwareAssisted)
  const host = smallHost()
  const { vm } = guest(host, `li x5, 0x10000000\nsb x5, 0(x5)\nli x5, 0x80300000\nsd x5, 0(x5)`, {
    output: () => vm.destroy(),
  })
  expect(runVms(host, [vm])).toBe('ended')
  expect(host.frames.used).toBe(0)
})

test('a kernel for which the host has no memory leaves nothing behind', () => {
  const { guest } = strategyKit(hardwareAssisted)
  const host = new Host({ memory: 0x10_0000, hypervisor: true })
  expect(() => guest(host, POWEROFF, { initrd: new Uint8Array(RAM / 2) })).toThrow()
  expect(host.frames.used).toBe(0)
})
