import { library } from '../../tsup.config.base.ts'

export default library({ entry: ['src/cli.ts'], platform: 'node', banner: { js: '#!/usr/bin/env node' } })
