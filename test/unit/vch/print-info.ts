import {connectVch} from '../../../src/vch/connect.js'
import {resolveEndpoint} from '../../../src/vch/endpoint/resolve-endpoint.js'

const [host = '', certPath = ''] = process.argv.slice(2)
const options = {homeDirectory: certPath, signal: new AbortController().signal}
const api = await connectVch(await resolveEndpoint({host, certPath}, {}, options))
process.stdout.write(`${(await api.info()).name}\n`)
