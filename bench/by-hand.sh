#!/bin/sh
# The steps of the workflow as an experienced operator would paste them, against the Docker API of a VCH.
set -eu

api() {
  method=$1
  path=$2
  shift 2
  curl -sSf --unix-socket "$BENCH_SOCKET" -X "$method" -H 'Content-Type: application/json' "http://vch/v1.25$path" "$@"
}

image=vicnfs/nfs-server:0.1
ports='"111/tcp":[{"HostPort":"111"}],"2049/tcp":[{"HostPort":"2049"}],"32767/tcp":[{"HostPort":"32767"}],"32768/tcp":[{"HostPort":"32768"}]'

api POST /volumes/create -d '{"Name":"nfs-vol","Driver":"vsphere","DriverOpts":{"Capacity":"1024"}}' >/dev/null
api POST '/containers/create?name=nfs-server' -d '{"Image":"'"$image"'","Env":["EXPORT_FOLDER=/exports/nfs-vol","EXPORT_OPTS=*(rw,sync,no_subtree_check,insecure,no_root_squash)"],"HostConfig":{"Binds":["nfs-vol:/exports/nfs-vol"],"NetworkMode":"storage-net","PortBindings":{'"$ports"'}},"NetworkingConfig":{"EndpointsConfig":{"storage-net":{"IPAMConfig":{"IPv4Address":"'"$BENCH_ADDRESS"'"}}}}}' >/dev/null
api POST /containers/nfs-server/start >/dev/null
until api GET '/containers/nfs-server/logs?stdout=1' | grep -aq ready; do sleep 1; done

work=$(mktemp -d)
cd "$work"
"$VICNFS_VIC_MACHINE" inspect config --format raw --name "$VICNFS_VCH" >config
existing=$(tr ' ' '\n' <config | sed -n 's/^--volume-store=//p')
set --
for store in $existing; do set -- "$@" --volume-store "$store"; done
"$VICNFS_VIC_MACHINE" configure --name "$VICNFS_VCH" "$@" --volume-store "nfs://$BENCH_ADDRESS/exports/nfs-vol?uid=0&gid=0:nfs-store" >configure.log
until api GET /info | grep -q '"VolumeStores","[^"]*nfs-store'; do sleep 1; done

api POST /volumes/create -d '{"Name":"shared","Driver":"vsphere","DriverOpts":{"VolumeStore":"nfs-store"}}' >/dev/null
run() {
  api POST "/containers/create?name=$1" -d '{"Image":"'"$image"'","Cmd":["sh","-c","'"$2"'"],"WorkingDir":"/data","HostConfig":{"Binds":["shared:/data"]}}' >/dev/null
  api POST "/containers/$1/start" >/dev/null
  api POST "/containers/$1/wait" | grep -q '"StatusCode":0'
}
run writer 'echo hello > greeting'
run reader 'cat greeting'
api GET '/containers/reader/logs?stdout=1' | grep -aq hello
rm -rf "$work"
