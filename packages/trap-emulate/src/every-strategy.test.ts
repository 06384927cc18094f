import {
  strategyKit,
  testHostile,
  testIsolation,
  testKernel,
  testVcpus,
  testVectors,
  testWaiting,
} from '@worldswitch/strategy-tests'
import { trapEmulate } from './trap-emulate.ts'

const kit = strategyKit(trapEmulate)

testVectors(kit)
testVcpus(kit)
testWaiting(kit)
testIsolation(kit)
testHostile(kit)
testKernel(kit)
