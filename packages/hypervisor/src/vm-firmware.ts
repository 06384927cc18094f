import type { FenceRange, SbiPlatform } from '@worldswitch/machine'
import type { Vcpu } from './vcpu.ts'
import type { Vm } from './vm.ts'

const SIE = 2n

/** What a VM offers to the SBI: the same firmware interface as the bare machine's, over virtual CPUs. */
export function vmFirmware(vm: Vm, output: (byte: number) => void): SbiPlatform {
  const { uart0 } = vm.board.devices
  const vcpu = (hart: number): Vcpu => vm.vcpus[hart]
  let fenced: FenceRange | undefined
  return {
    harts: vm.vcpus.length,
    ids: { mvendorid: 0n, marchid: 0n, mimpid: 0n },
    memory: vm.dma,
    setTimer: (hart, deadline) => vcpu(hart).setTimer(deadline),
    sendIpi: (hart) => vcpu(hart).state.setPending('software', true),
    fenceInstructions() {},
    fenceTranslations(_hart, range, asid) {
      // An execution's tables serve all vCPUs: one fence does for every hart that a call names.
      if (range !== undefined && range === fenced) return
      fenced = range
      if (range === undefined || range.size > 64n * 4096n) {
        vm.execution.fence(undefined, asid)
        return
      }
      const end = range.start + range.size
      for (let page = range.start & ~0xfffn; page < end; page += 4096n) vm.execution.fence(page, asid)
    },
    canExecute: (address) =>
      address % 2n === 0n && address < 1n << 53n && vm.memory.contains(Number(address)),
    startHart(hart, address, opaque) {
      const { state } = vcpu(hart)
      state.pc = address
      state.privilege = 'S'
      state.satp = 0n
      state.sstatus &= ~SIE
      state.x[10] = BigInt(hart)
      state.x[11] = opaque
      vcpu(hart).online = true
      vcpu(hart).waiting = false
    },
    stopHart(hart) {
      vcpu(hart).online = false
    },
    writeConsole(bytes) {
      for (const byte of bytes) output(byte)
    },
    readConsole: (limit) => uart0.takeReceived(limit),
    reset(type, reason) {
      if (type !== 'shutdown') vm.end({ reason: 'reset', code: 0 })
      else if (reason === 'none') vm.end({ reason: 'poweroff', code: 0 })
      else vm.end({ reason: 'failed', code: 1 })
    },
  }
}
