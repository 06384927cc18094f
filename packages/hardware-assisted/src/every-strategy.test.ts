import {
  strategyKit,
  testConformance,
  testHostile,
  testIsolation,
  testKernel,
  testVcpus,
  testVectors,
  testWaiting,
} from '@worldswitch/strategy-tests'
import { createHardwareAssisted, hardwareAssisted } from './hardware-assisted.ts'

const kit = strategyKit(hardwareAssisted)

testVectors(kit)
// The bare machine that it is compared with has no `stimecmp`.
testConformance(strategyKit(createHardwareAssisted({ guestTimer: false })))
testVcpus(kit)
testWaiting(kit)
testIsolation(kit)
testHostile(kit)
testKernel(kit)
