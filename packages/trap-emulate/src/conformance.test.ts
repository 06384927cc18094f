import { strategyKit, testConformance } from '@worldswitch/strategy-tests'
import { trapEmulate } from './trap-emulate.ts'

testConformance(strategyKit(trapEmulate))
