import path from 'node:path'
import { testRebuild } from '../../../.repo/rebuild-test.mjs'
import { buildPrograms } from '../tools/build-programs.mjs'

testRebuild(path.resolve(import.meta.dirname, '..'), buildPrograms)
