import base from '../vitest.config.base.ts'

export default { ...base, test: { ...base.test, include: ['*.test.mjs'] } }
