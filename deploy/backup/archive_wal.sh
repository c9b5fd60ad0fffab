#!/bin/sh
# archive_wal.sh ARCHIVE PATH NAME: Postgres' archive_command = 'archive_wal.sh /archive %p %f'.
# Keeps one WAL segment, durably: it is on disk under its own name before Postgres may recycle its
# own copy. The same segment again is no error, another one of that name is.
set -eu
[ $# -eq 3 ] || {
  echo "usage: archive_wal.sh ARCHIVE PATH NAME; Postgres calls it by archive_command = '/usr/lib/signet/archive_wal.sh /archive %p %f'" >&2
  exit 2
}
archive=$1 path=$2 name=$3
if [ -e "$archive/$name" ]; then
  cmp -s "$path" "$archive/$name" && exit 0
  echo "archive_wal.sh: $archive/$name is there already, and is another one; two servers write to one archive" >&2
  exit 1
fi
cp "$path" "$archive/.$name.new"
sync "$archive/.$name.new"
mv "$archive/.$name.new" "$archive/$name"
sync "$archive"
