import type { Strategy } from '@worldswitch/hypervisor'
import { testCharging } from './charging.ts'
import { testFlooding } from './flooding.ts'
import { testHostile } from './hostile.ts'
import { testIsolation } from './isolation.ts'
import { testKernel } from './kernel.ts'
import { testLifecycle } from './lifecycle.ts'
import { testNetworks } from './networks.ts'
import { testScheduling } from './scheduling.ts'
import { testSharedTables } from './shared-tables.ts'
import { strategyKit } from './strategy-kit.ts'
import { testTenVms } from './ten-vms.ts'
import { testVcpus } from './vcpus.ts'
import { testVectors } from './vectors.ts'
import { testWaiting } from './waiting.ts'

/** What every strategy has to pass but for random programs, which are `testConformance`. */
export function testStrategy(strategy: Strategy): void {
  const kit = strategyKit(strategy)
  testVectors(kit)
  testVcpus(kit)
  testSharedTables(kit)
  testWaiting(kit)
  testScheduling(kit)
  testLifecycle(kit)
  testIsolation(kit)
  testHostile(kit)
  testFlooding(kit)
  testCharging(kit)
  testTenVms(kit)
  testNetworks(kit)
  testKernel(kit)
}
