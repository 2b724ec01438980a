import {openDocker} from './door/docker-client.js'
import {openDoor} from './door/door.js'
import type {Endpoint} from './endpoint/endpoint.js'
import type {ImageApi} from './image-api.js'
import {buildImage, inspectImage, pushImage, tagImage} from './operations/engine-images.js'
import {readInfo} from './operations/info.js'

/**
 * The images of a Docker Engine. Nothing is contacted yet.
 * @throws VN-VCH-CERT-BAD
 */
export async function connectImages(endpoint: Endpoint): Promise<ImageApi> {
  const door = openDoor(endpoint, await openDocker(endpoint))
  return {
    endpoint: endpoint.text,
    info: (options) => readInfo(door, options),
    inspectImage: (reference, options) => inspectImage(door, reference, options),
    buildImage: (request, options) => buildImage(door, request, options),
    tagImage: (source, target, options) => tagImage(door, source, target, options),
    pushImage: async (reference, {login, ...options}) => {
      const withLogin = openDoor(endpoint, await openDocker(endpoint, {'X-Registry-Auth': login.header}))
      return pushImage(withLogin, reference, {...options, secrets: login.secrets})
    },
  }
}
