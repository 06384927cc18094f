import { testStrategy } from '@worldswitch/strategy-tests'
import { trapEmulate } from './trap-emulate.ts'

testStrategy(trapEmulate)
