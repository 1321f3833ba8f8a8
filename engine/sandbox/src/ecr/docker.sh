#!/usr/bin/env bash
# `docker` as builds in the sandbox have it (assumed: there is no Docker daemon): images are built by buildah, without
# isolation from this machine, and lie in the sandbox's data directory. Every other command is refused by name.
set -euo pipefail
registry=@REGISTRY@
fail() { echo "docker (as the sandbox plays it): $*" >&2; exit 1; }
buildah() { command buildah --root "$registry/store" --runroot "$registry/run" --storage-driver vfs "$@"; }

# Sets the directory of a repository and tag, from HOST/NAME:TAG.
place() {
  local path=${1#*/}
  tag=${path##*:} name=${path%:*}
  directory=$registry/repositories/${name//\//%2F}
  [[ $1 == */*:* && $name != *..* && $tag != */* ]] || fail "$1 is not HOST/NAME:TAG"
}

case ${1:-} in
  build)
    shift
    command -v buildah >/dev/null || fail 'no image can be built here: install buildah (Debian: apt-get install buildah)'
    exec buildah --root "$registry/store" --runroot "$registry/run" --storage-driver vfs \
      bud --isolation chroot --signature-policy "$registry/policy.json" "$@" ;;
  login)
    read -r password || [[ $password ]] || fail 'no password on stdin'
    mkdir -p "$HOME/.docker/sandbox"
    touch "$HOME/.docker/sandbox/${!#}"
    echo 'Login Succeeded' ;;
  push)
    place "$2"
    [[ -e $HOME/.docker/sandbox/${2%%/*} ]] || fail 'no basic auth credentials'
    [[ -d $directory ]] || fail "name unknown: The repository with name '$name' does not exist in the registry"
    fresh=$(mktemp -d "$registry/incoming-XXXXXX")
    buildah push --quiet --disable-compression --signature-policy "$registry/policy.json" \
      --digestfile "$fresh/digest" "$2" "oci:$fresh/image:$tag"
    rm -rf "${directory:?}/$tag"
    mv "$fresh" "$directory/$tag"
    echo "$tag: digest: $(<"$directory/$tag/digest")" ;;
  image)
    [[ ${2:-} == inspect && ${3:-} == --format && ${4:-} == *RepoDigests* && $# == 5 ]] || fail "docker $* is not emulated"
    place "$5"
    echo "${5%:*}@$(<"$directory/$tag/digest")" ;;
  *) fail "docker ${1:-} is not emulated" ;;
esac
