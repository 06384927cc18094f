import {
  strategyKit,
  testHostile,
  testIsolation,
  testKernel,
  testVcpus,
  testVectors,
  testWaiting,
} from '@worldswitch/strategy-tests'
import { hardwareAssisted } from './hardware-assisted.ts'

const kit = strategyKit(hardwareAssisted)

testVectors(kit)
testVcpus(kit)
testWaiting(kit)
testIsolation(kit)
testHostile(kit)
testKernel(kit)
