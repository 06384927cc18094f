import type { Peer } from './peer.ts'
import { programVersion } from './program-version.ts'

const PROGRAM = 'qemu-system-riscv64'

/**
 * QEMU's system emulation by its translator (TCG), not counting instructions, with one hart that has what `rv64` has,
 * and the hypervisor extension where it is needed.
 */
export const qemu: Peer = {
  name: 'qemu',
  title: "QEMU's translator, qemu-system-riscv64",
  version: () => programVersion(PROGRAM, 'install QEMU (Debian: apt install qemu-system-misc)'),
  command: ({ kernel, initrd, firmware, bootargs, memory, hypervisor }) => ({
    file: PROGRAM,
    args: [
      ...['-machine', 'virt', '-cpu', hypervisor ? 'rv64,h=true' : 'rv64', '-smp', '1', '-accel', 'tcg'],
      ...['-m', `${memory / 2 ** 20}M`, '-nographic', '-no-reboot'],
      ...['-kernel', kernel, '-append', bootargs],
      ...(initrd === undefined ? [] : ['-initrd', initrd]),
      ...(firmware === undefined ? [] : ['-bios', firmware]),
    ],
  }),
}
