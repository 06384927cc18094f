import { strategyKit, testConformance } from '@worldswitch/strategy-tests'
import { trapEmulate } from '../src/trap-emulate.ts'

testConformance(strategyKit(trapEmulate), { first: 1000, runs: 150, length: 500 })
