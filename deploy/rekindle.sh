#!/bin/sh
# rekindle as the service runs it: in its folder, as its user, with its keys. Installed as /usr/local/bin/rekindle,
# it makes every command of docs/operations.md work as it stands there; only root may read the keys.
set -eu
set -a
. /etc/rekindle/rekindle.env
set +a
cd /var/lib/rekindle
exec runuser --user rekindle -- /opt/rekindle/bin/rekindle "$@"
