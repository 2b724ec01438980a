import {createHash} from 'node:crypto'
import {findImage, fullReference, imageCommand, imageId, knownImage} from '../containers/image-catalogue.js'
import {VchError} from '../containers/vch-error.js'
import {sendJson, type ApiCall} from './api-call.js'
import type {ApiContext} from './api-context.js'
import type {Route} from './routes.js'

const CREATED = '2019-06-26T08:12:41Z'

function repositoryOf(reference: string): string {
  const full = fullReference(reference)
  const repository = full.slice(0, full.lastIndexOf(':'))
  return repository.includes('/') ? repository : `library/${repository}`
}

/**
 * A pull (facts/vch-docker-api.md § 5): the known images are there already; others fail as on a registry without signed
 * schema-1 manifests, which is what today's registries are to a VCH.
 */
async function pull(context: ApiContext, call: ApiCall): Promise<void> {
  const from = call.query.get('fromImage') ?? ''
  if (from === '') throw new VchError(500, 'vSphere Integrated Containers does not yet implement ImportImage')
  const tag = call.query.get('tag') ?? ''
  const asked = tag === '' || from.slice(from.lastIndexOf('/')).includes(':') ? from : `${from}:${tag}`
  const full = fullReference(asked)
  const repository = repositoryOf(asked)
  const {response} = call
  response.writeHead(200, {'Content-Type': 'application/json'})
  const line = (value: object): void => void response.write(`${JSON.stringify(value)}\n`)
  line({status: `${full.slice(full.lastIndexOf(':') + 1)}: Pulling from ${repository}`})
  if (findImage(context.store.state.images, asked) === undefined) {
    const others = context.store.state.images.some((image) => repositoryOf(image) === repository)
    const missingTag = `Tag ${full.slice(full.lastIndexOf(':') + 1)} not found in repository ${repository}`
    const message = others ? missingTag : 'Error while pulling image manifest: missing signature key'
    line({errorDetail: {message}, error: message})
  } else {
    line({status: `Digest: sha256:${createHash('sha256').update(`manifest ${full}`).digest('hex')}`})
    line({status: `Status: Image is up to date for ${repository}:${full.slice(full.lastIndexOf(':') + 1)}`})
  }
  response.end()
}

function list(context: ApiContext, call: ApiCall): void {
  const documents = context.store.state.images.map((image) => ({
    Id: imageId(image),
    ParentId: '',
    RepoTags: [fullReference(image)],
    RepoDigests: null,
    Created: Date.parse(CREATED) / 1000,
    Size: 0,
    VirtualSize: 0,
    Labels: null,
  }))
  sendJson(call, 200, documents)
}

function inspect(context: ApiContext, call: ApiCall): void {
  const image = knownImage(context.store.state.images, call.params[0] ?? '')
  sendJson(call, 200, {
    Id: `sha256:${imageId(image)}`,
    RepoTags: [fullReference(image)],
    RepoDigests: [],
    Parent: '',
    Comment: '',
    Created: CREATED,
    DockerVersion: '1.13.0',
    Author: '',
    Config: {Cmd: imageCommand(image), Entrypoint: null, Env: null, Labels: null, Volumes: null, WorkingDir: ''},
    Architecture: 'amd64',
    Os: 'linux',
    Size: 0,
    VirtualSize: 0,
    RootFS: {Type: 'layers'},
  })
}

function remove(context: ApiContext, call: ApiCall): void {
  const {store} = context
  const image = knownImage(store.state.images, call.params[0] ?? '')
  const user = store.state.containers.find((record) => record.image === image)
  if (user !== undefined) {
    throw new VchError(
      409,
      `conflict: unable to remove repository reference "${fullReference(image)}" (must force) - container ${user.id.slice(0, 12)} is using its referenced image ${imageId(image).slice(0, 12)}`,
    )
  }
  store.update(({images}) => void images.splice(images.indexOf(image), 1))
  sendJson(call, 200, [{Untagged: fullReference(image)}, {Deleted: imageId(image)}])
}

export const IMAGE_ROUTES: readonly Route[] = [
  ['POST', /^\/images\/create$/, pull],
  ['GET', /^\/images\/json$/, list],
  ['GET', /^\/images\/(.+)\/json$/, inspect],
  ['DELETE', /^\/images\/(.+)$/, remove],
]
