// Stops, or starts, the containers of a VCH that have a label: what `docker stop` and `docker start` do, for a machine
// without docker. Speaks to $DOCKER_HOST, a unix:// or tcp:// endpoint without TLS, as the sandbox has it.
//
//   DOCKER_HOST=… node containers.js stop store=projects
import {request} from 'node:http'

const [, , verb, label] = process.argv
const {DOCKER_HOST: endpoint = ''} = process.env
if (!['stop', 'start'].includes(verb) || !label || !/^(unix|tcp):\/\//.test(endpoint)) {
  console.error('usage: DOCKER_HOST=unix:///path node containers.js stop|start NAME=VALUE')
  process.exit(2)
}

const url = new URL(endpoint.replace(/^tcp:/, 'http:'))
const where = url.protocol === 'unix:' ? {socketPath: url.pathname} : {host: url.hostname, port: url.port}

/** Asks the Docker API; 304 says that it is so already. */
function ask(method, path) {
  return new Promise((resolve, reject) => {
    const asked = request({...where, method, path}, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part) => (text += part))
      response.on('end', () => {
        if (response.statusCode < 400) resolve(text)
        else reject(new Error(`${method} ${path}: ${response.statusCode} ${text.trim()}`))
      })
    })
    asked.on('error', reject)
    asked.end()
  })
}

const filters = encodeURIComponent(JSON.stringify({label: [label]}))
const listed = JSON.parse(await ask('GET', `/containers/json?all=1&filters=${filters}`))
// Looked at again, since not every server heeds a filter by label.
const [key, value] = label.split('=')
const all = listed.filter(({Labels}) => Labels?.[key] === value)
const due = all.filter(({State}) => (State === 'running') === (verb === 'stop'))
for (const {Id, Names} of due) {
  await ask('POST', `/containers/${Id}/${verb}`)
  console.log(`${verb} ${Names[0].slice(1)}`)
}
if (due.length === 0) console.log(`no container with ${label} to ${verb}`)
